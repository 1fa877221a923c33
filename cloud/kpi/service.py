"""The door of the opening hours: what other packages may use."""

from cloud.kpi.corrections import record_corrections
from cloud.kpi.ledgers import opening_rows
from cloud.kpi.power import record_power
from cloud.kpi.records import record_intervals
from cloud.kpi.verdicts import (
    Day,
    Opening,
    Strip,
    holiday_calendar,
    opening,
    openings,
    policy_of,
    today_strip,
    today_strips,
)
from cloud.kpi.worker import OPENING_TOPIC, judge_due, keep_verdicts

__all__ = [
    "OPENING_TOPIC",
    "Day",
    "Opening",
    "Strip",
    "holiday_calendar",
    "judge_due",
    "keep_verdicts",
    "opening",
    "opening_rows",
    "openings",
    "policy_of",
    "record_corrections",
    "record_intervals",
    "record_power",
    "today_strip",
    "today_strips",
]
