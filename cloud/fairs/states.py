"""What fairs, booths and shows may become, one table each; and the one place that says what a fair lacks. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from cloud.fairs.law import Paper, papers_on
from cloud.platform.times import market_day

FairState = Literal["draft", "announced", "postponed", "open", "closed", "cancelled"]
BoothState = Literal["requested", "assigned", "declined", "withdrawn"]
ShowState = Literal["planned", "live", "ended", "cancelled"]
FAIR_STATES: Final[tuple[FairState, ...]] = get_args(FairState)

#: State of a fair -> what it may become; which papers each step needs stands in tables/papers.csv.
FAIRS: Final[Mapping[FairState, frozenset[FairState]]] = {
    "draft": frozenset({"announced", "cancelled"}),
    "announced": frozenset({"open", "postponed", "cancelled"}),
    "postponed": frozenset({"announced", "cancelled"}),
    "open": frozenset({"closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}
#: How refusals name the state of a fair.
STATE_WORDS: Final[Mapping[str, str]] = {
    "draft": "尚未发布", "announced": "已发布", "postponed": "已延期", "open": "进行中", "closed": "已结束",
    "cancelled": "已取消",
}  # fmt: skip
#: A fair whose plan may still be changed.
PLANNED: Final = frozenset[FairState]({"draft", "announced", "postponed"})
#: A fair for which firms may ask for a booth.
ASKABLE: Final = frozenset[FairState]({"announced"})
#: A step for which a person says why.
REASONED: Final = frozenset({"postponed", "cancelled"})

BOOTHS: Final[Mapping[BoothState, frozenset[BoothState]]] = {
    "requested": frozenset({"assigned", "declined", "withdrawn"}),
    "assigned": frozenset({"withdrawn", "declined"}),
    "declined": frozenset({"requested", "assigned"}),
    "withdrawn": frozenset({"requested", "assigned"}),
}

SHOWS: Final[Mapping[ShowState, frozenset[ShowState]]] = {
    "planned": frozenset({"live", "cancelled"}),
    "live": frozenset({"ended"}),
    "ended": frozenset(),
    "cancelled": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a fair when somebody wants to move it on; `on_file` are ids of papers."""

    starts_at: datetime
    expected_people: int
    announced_at: datetime | None
    on_file: Collection[str]
    booths_assigned: int
    firms_unverified: int


def needed_papers(expected_people: int, standing_on: datetime) -> list[Paper]:
    """Return the papers that a fair of so many people needs, in the order of the checklist."""
    papers = papers_on(market_day(standing_on)).values()
    return [paper for paper in papers if expected_people >= paper.from_people]


def missing_papers(standing: Standing, target: FairState) -> list[Paper]:
    """Return the papers without which a fair may not become `target`."""
    needed = needed_papers(standing.expected_people, standing.starts_at)
    return [paper for paper in needed if target in paper.needed_for and not is_there(paper, standing)]


def is_there(paper: Paper, standing: Standing) -> bool:
    """Return whether a paper is on file, or the fact that stands for it is true."""
    if paper.kept == "paper":
        return paper.id in standing.on_file
    return _FACTS[paper.id](standing)


def _announced_before(standing: Standing) -> bool:
    """Return whether people were told on a day before the fair's."""
    at = standing.announced_at
    return at is not None and market_day(at) < market_day(standing.starts_at)


def _all_verified(standing: Standing) -> bool:
    return standing.booths_assigned > 0 and standing.firms_unverified == 0


_FACTS: Final = {"notice": _announced_before, "exhibitors": _all_verified}
