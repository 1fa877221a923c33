"""The shipped tables of law and days: files beside the code, each row with its source."""

import csv
from importlib.resources import files

from protocols.rules.calendar import Calendar

HOLIDAYS_FILE = "holidays.csv"


def load_calendar() -> Calendar:
    """Return the calendar of holidays.csv; a BadTable names the row that cannot be read."""
    with files("cloud.kpi.tables").joinpath(HOLIDAYS_FILE).open(encoding="utf-8") as rows:
        return Calendar.from_rows(csv.DictReader(rows))
