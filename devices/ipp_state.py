"""What an IPP printer says of itself, as faults, paper and supplies (RFC 8011 §5.4.12, PWG 5100.13 §5.6). No I/O."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from devices.faults import Fault

#: At or below this a supply is told as low; printers say so themselves at very different levels.
LOW_PERCENT: Final = 10
#: Reasons that are told: the keyword without its severity -> (words, whether it is an error whatever the printer says).
_REASONS: Final[Mapping[str, tuple[str, bool]]] = {
    "media-empty": ("没有纸", True),
    "media-needed": ("没有纸", True),
    "media-low": ("纸快用完", False),
    "media-jam": ("卡纸", True),
    "door-open": ("机门打开", True),
    "cover-open": ("上盖打开", True),
    "interlock-open": ("机门打开", True),
    "input-tray-missing": ("纸盒没有装好", True),
    "output-area-full": ("出纸口已满", True),
    "output-area-almost-full": ("出纸口将满", False),
    "marker-supply-empty": ("耗材用完", True),
    "marker-supply-low": ("耗材不足", False),
    "toner-empty": ("碳粉用完", True),
    "toner-low": ("碳粉不足", False),
    "marker-waste-almost-full": ("废粉盒将满", False),
    "marker-waste-full": ("废粉盒已满", True),
    "fuser-over-temp": ("定影器过热", True),
    "paused": ("打印机已暂停", True),
    "shutdown": ("打印机正在关机", True),
    "offline": ("打印机脱机", True),
    "timed-out": ("打印机没有反应", True),
    "other": ("打印机故障", False),
}
#: Two names of one matter.
_SAME: Final[Mapping[str, str]] = {
    "media-needed": "media-empty", "cover-open": "door-open", "interlock-open": "door-open",
    "toner-empty": "marker-supply-empty", "toner-low": "marker-supply-low", "shutdown": "offline",
    "timed-out": "offline",
}  # fmt: skip
_SEVERITIES: Final = ("-error", "-warning", "-report")
_STOPPED: Final = 5
#: The kind of a supply that is a bin: its level says how full it is.
_BIN: Final = "receptacleThatIsFilled"
MAX_SUPPLIES: Final = 16


@dataclass(frozen=True, slots=True)
class Supply:
    """One supply: `percent` of it is left, of a bin that is empty; None: unknown."""

    name: str
    percent: int | None


@dataclass(frozen=True, slots=True)
class PrinterState:
    """What one answer says."""

    state: int
    accepting: bool
    reasons: tuple[str, ...]
    #: The fullest tray; None: the printer does not know.
    paper_percent: int | None
    formats: frozenset[str]
    supplies: tuple[Supply, ...] = field(default=())

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> "PrinterState":
        """Return the state in parsed attributes; what is missing is taken for the harmless."""
        levels = [
            level for tray in _texts(attributes, "printer-input-tray") if (level := _percent(_pairs(tray))) is not None
        ]
        return cls(
            state=int(attributes.get("printer-state", 3)),
            accepting=attributes.get("printer-is-accepting-jobs", True) is not False,
            reasons=tuple(one for one in _texts(attributes, "printer-state-reasons") if one != "none"),
            paper_percent=max(levels, default=None),
            formats=frozenset(_texts(attributes, "document-format-supported")),
            supplies=tuple(_supplies(attributes))[:MAX_SUPPLIES],
        )

    def faults(self) -> dict[str, Fault]:
        """Return what is wrong, each matter once."""
        found: dict[str, Fault] = {}
        for reason in self.reasons:
            name, told = _told(reason)
            if told is not None and not (name in found and found[name].severity == "error"):
                found[name] = told
        found |= {name: fault for name, fault in _worn(self.supplies) if name not in found}
        if self.state == _STOPPED and not any(fault.severity == "error" for fault in found.values()):
            found["other"] = Fault("error", "打印机停止工作")
        if not self.accepting:
            found.setdefault("offline", Fault("error", "打印机不接受任务"))
        return found


def _told(reason: str) -> tuple[str, Fault | None]:
    """Return (name, fault) of a reason; none where it is no matter of a person."""
    name = next((reason.removesuffix(end) for end in _SEVERITIES if reason.endswith(end)), reason)
    if name not in _REASONS:
        return name, Fault("error", name) if reason.endswith("-error") else None
    words, bad = _REASONS[name]
    severe = bad or reason.endswith("-error")
    return _SAME.get(name, name), Fault("error" if severe else "warning", words)


def _worn(supplies: Iterable[Supply]) -> Iterator[tuple[str, Fault]]:
    known = [one for one in supplies if one.percent is not None]
    empty = [one.name for one in known if one.percent == 0]
    low = [one.name for one in known if one.percent and one.percent <= LOW_PERCENT]
    if empty:
        yield "marker-supply-empty", Fault("error", f"耗材用完：{'、'.join(empty)}")
    if low:
        yield "marker-supply-low", Fault("warning", f"耗材不足：{'、'.join(low)}")


def _supplies(attributes: Mapping[str, Any]) -> Iterator[Supply]:
    """Yield the supplies, from the newer attributes or those of CUPS."""
    texts, names = _texts(attributes, "printer-supply"), _texts(attributes, "printer-supply-description")
    for at, text in enumerate(texts):
        pairs = _pairs(text)
        percent = _percent(pairs)
        if percent is not None and pairs.get("class") == _BIN:
            percent = 100 - percent
        yield Supply(names[at] if at < len(names) else pairs.get("type", "?"), percent)
    if not texts:
        levels = _many(attributes.get("marker-levels"))
        for name, level in zip(_texts(attributes, "marker-names"), levels, strict=False):
            yield Supply(name, level if isinstance(level, int) and 0 <= level <= 100 else None)  # noqa: PLR2004


def _percent(pairs: Mapping[str, str]) -> int | None:
    """Return level of capacity in percent; None where either is unknown (they are negative then)."""
    try:
        level, capacity = int(pairs.get("level", "")), int(pairs.get("maxcapacity", "100"))
    except ValueError:
        return None
    if level < 0:
        return None
    return min(100, level) if capacity <= 0 or pairs.get("unit") == "percent" else min(100, level * 100 // capacity)


def _pairs(text: str) -> dict[str, str]:
    return {key: value for part in text.split(";") for key, mark, value in [part.partition("=")] if mark}


def _texts(attributes: Mapping[str, Any], name: str) -> list[str]:
    return [one for one in _many(attributes.get(name)) if isinstance(one, str)]


def _many(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
