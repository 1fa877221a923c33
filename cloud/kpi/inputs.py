"""What a verdict was computed from, as the document that `yizhan kpi opening` reads, and its digest. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from protocols.rules.facts import Facts, Policy, PowerCut, SlotInterval
from protocols.rules.minutes import Span
from protocols.venue.rfc3339 import format_time


def clip(facts: Facts, window: Span | None) -> Facts:
    """Return the facts inside `window` alone, in one order; no window, no facts.

    What lies outside the required hours changes no minute; cut off, it changes no digest either: a door that stays
    locked all night would else make a new version of the day's verdict every minute.
    """
    if window is None:
        return Facts(policy=facts.policy)
    signals = [_clipped(interval, window) for interval in facts.signals if _meets(interval, window)]
    return Facts(
        signals=tuple(sorted(signals, key=lambda i: (i.slot, i.signal, i.start, i.end, i.value, i.clock))),
        closures=_clipped_spans(facts.closures, window),
        power_cuts=_clipped_cuts(facts.power_cuts, window),
        policy=facts.policy,
    )


def input_document(day: date, facts: Facts) -> dict[str, Any]:
    """Return the facts as `cloud.kpi.document.read_facts` reads them: the verdict can be computed again from it."""
    return {
        "day": day.isoformat(),
        "signals": [
            {
                "slot": interval.slot,
                "signal": interval.signal,
                "value": interval.value,
                **_span_object((interval.start, interval.end)),
                "clock": interval.clock,
            }
            for interval in facts.signals
        ],
        "closures": [_span_object(span) for span in facts.closures],
        "power_cuts": [_cut_object(cut) for cut in facts.power_cuts],
        "policy": policy_object(facts.policy),
    }


def policy_object(policy: Policy) -> dict[str, Any]:
    """Return the policy with every key written out."""
    document: dict[str, Any] = {
        "holiday_policy": policy.holiday_policy,
        "grace_minutes": policy.grace_minutes,
        "unknown_budget": policy.unknown_budget,
        "hours": [[[_clock_text(first), _clock_text(last)] for first, last in day] for day in policy.hours],
    }
    if policy.signals_required is not None:
        document["signals_required"] = sorted(policy.signals_required)
    return document


def digest(document: dict[str, Any], *, required: bool, provisional: bool) -> str:
    """Return the SHA-256 of the document in canonical form (D18) and of what the holiday table said of its day."""
    text = json.dumps(
        document | {"calendar": {"required": required, "provisional": provisional}},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _meets(interval: SlotInterval, window: Span) -> bool:
    return interval.start < window[1] and window[0] < interval.end and interval.start < interval.end


def _clipped(interval: SlotInterval, window: Span) -> SlotInterval:
    return replace(interval, start=max(interval.start, window[0]), end=min(interval.end, window[1]))


def _clipped_spans(spans: Iterable[Span], window: Span) -> tuple[Span, ...]:
    cut = [(max(start, window[0]), min(end, window[1])) for start, end in spans]
    return tuple(sorted(span for span in cut if span[0] < span[1]))


def _clipped_cuts(cuts: Iterable[PowerCut], window: Span) -> tuple[PowerCut, ...]:
    cut = [one._replace(start=max(one.start, window[0]), end=min(one.end, window[1])) for one in cuts]
    return tuple(sorted(one for one in cut if one.start < one.end))


def _cut_object(cut: PowerCut) -> dict[str, Any]:
    named = {"slot": cut.slot} if cut.slot else {}
    return _span_object(cut.span) | named | ({"events": list(cut.events)} if cut.events else {})


def _span_object(span: tuple[datetime, datetime]) -> dict[str, str]:
    return {"from": format_time(span[0]), "to": format_time(span[1])}


def _clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
