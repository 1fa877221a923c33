"""What pages and REST show of faces: who is where, who has not answered, what was compared. Never whose face how."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from cloud.fleet import service as fleet
from cloud.people.faces import shapes
from cloud.people.faces.bounds import bound_of
from cloud.people.faces.counting import count_at, count_people, open_marks
from cloud.people.faces.models import FaceEnrolment, FaceGallery, FaceLook, FaceTombstone
from cloud.people.faces.upkeep import PATIENCE
from cloud.platform.core import Core
from cloud.platform.paging import newest_first
from protocols.venue.timestamps import format_time

#: Erasures in one answer; who waits longest comes first.
MAX_LISTED: Final = 100
#: Comparisons of his own that somebody sees.
MAX_OWN: Final = 30
#: Outcomes that the rates are made of.
UNKNOWN: Final = "unknown"
REFUSED: Final = frozenset({"other", "gave_up"})


async def overview(core: Core, among: Collection[str] | None = None) -> shapes.FacesShown:
    """Return the count with its marks, and every station that has a gallery."""
    settings, marks = core.settings, await open_marks()
    stations = await _stations(core, among)
    return shapes.FacesShown(
        people=await count_people(),
        warn_at=settings.face_warn_people,
        file_at=settings.face_filing_people,
        keep_days=settings.face_keep_days,
        marks=[
            shapes.MarkShown(threshold=row.threshold, count=row.count, reached_at=format_time(row.reached_at),
                             due_on=row.due_on)
            for row in marks
        ],
        stations=stations,
    )  # fmt: skip


async def _stations(core: Core, among: Collection[str] | None) -> list[shapes.StationShown]:
    counts = await count_at(None if among is None else list(among))
    galleries = {row.station: row for row in await FaceGallery.all()}
    cameras = {one["station"] for one in await fleet.placed_devices(["face"])}
    models = await _models()
    waiting: dict[str, list[datetime]] = {}
    for station, at in await FaceTombstone.filter(answered_at=None).order_by("at").values_list("station", "at"):
        waiting.setdefault(str(station), []).append(at)
    names = await fleet.station_names()
    found = []
    for station in sorted(galleries.keys() | counts.keys() | cameras | waiting.keys()):
        if among is not None and station not in among:
            continue
        row, used = galleries.get(station), models.get(station, ())
        oldest = waiting.get(station, [])
        people = counts.get(station, 0)
        found.append(
            shapes.StationShown(
                station=station, name=names.get(station, station), people=people, models=list(used),
                rev=row.rev if row else 0, applied_rev=row.applied_rev if row else 0,
                missing=row.missing if row else 0, waiting=len(oldest),
                waiting_since=format_time(oldest[0]) if oldest else None,
                late=bool(oldest) and core.now() - oldest[0] > PATIENCE,
                bounds=[_bound(model, people) for model in used],
            )
        )  # fmt: skip
    return found


async def _models() -> dict[str, Sequence[str]]:
    rows = FaceEnrolment.filter(state="enrolled").distinct()
    found: dict[str, set[str]] = {}
    for station, model in await rows.values_list("station", "model"):
        found.setdefault(str(station), set()).add(str(model))
    return {station: sorted(models) for station, models in found.items()}


def _bound(model: str, people: int) -> shapes.BoundShown:
    bound = bound_of(model, people)
    return shapes.BoundShown(
        model=model, threshold=bound.threshold, measured=bound.measured, impostor_pairs=bound.pairs,
        rate_upper=bound.rate, people=people, risk_upper=round(bound.risk, 5), needs_second=bound.needs_second,
        most_people=bound.most_people,
    )  # fmt: skip


async def erasures(
    core: Core, *, open_only: bool = True, among: Collection[str] | None = None, limit: int = MAX_LISTED
) -> list[shapes.ErasureShown]:
    """Return whose face must go, with how many stations have confirmed it and who has not; the oldest first."""
    found = FaceTombstone.all() if among is None else FaceTombstone.filter(station__in=list(among))
    if open_only:
        waiting = await found.filter(answered_at=None).order_by("at").values_list("person", flat=True)
    else:
        waiting = await found.order_by("-at").limit(limit * 100).values_list("person", flat=True)
    people = list(dict.fromkeys(waiting))[:limit]
    rows = await found.filter(person__in=people, lifted_at=None).order_by("id")
    mine: dict[object, list[FaceTombstone]] = {}
    for row in rows:
        mine.setdefault(row.person, []).append(row)
    names, state = await fleet.station_names(), {one.id: one.state for one in await fleet.list_stations()}
    return [_erasure(core, mine[one], names, state) for one in people if one in mine]


def _erasure(
    core: Core, rows: Sequence[FaceTombstone], names: dict[str, str], presence: dict[str, str]
) -> shapes.ErasureShown:
    last = newest_of(rows)
    left = [row for row in last if row.answered_at is None]
    since = min(row.at for row in left or last)
    return shapes.ErasureShown(
        person=str(last[0].person),
        why=last[0].why,
        at=format_time(since),
        done=len(last) - len(left),
        stations=len(last),
        late=bool(left) and core.now() - since > PATIENCE,
        waiting=[
            shapes.WaitingShown(
                station=row.station, name=names.get(row.station, row.station), since=format_time(row.at),
                presence=presence.get(row.station, "unknown"), held=row.held, applied=row.applied_at is not None,
            )
            for row in left
        ],
    )  # fmt: skip


def newest_of(rows: Sequence[FaceTombstone]) -> list[FaceTombstone]:
    """Return the newest tombstone of each station."""
    return list({row.station: row for row in sorted(rows, key=lambda row: row.id)}.values())


async def list_looks(
    query: shapes.LooksQuery, among: Collection[str] | None = None
) -> tuple[list[shapes.LookShown], str | None]:
    """Return comparisons, newest first, and the cursor of what follows."""
    rows, following = await newest_first(wanted(query, among), "at", query.cursor, query.limit)
    names = await fleet.station_names({row.station for row in rows})
    return [_look(row, names) for row in rows], following


async def rates(query: shapes.LooksQuery, among: Collection[str] | None = None) -> shapes.RatesShown:
    """Return how often comparisons ended how, of all that a search finds."""
    pairs = await wanted(query, among).values_list("outcome", "second_factor")
    outcomes = Counter(str(outcome) for outcome, _ in pairs)
    return shapes.RatesShown(
        total=len(pairs),
        unknown=outcomes[UNKNOWN],
        refused=sum(outcomes[name] for name in REFUSED),
        second_factor=sum(1 for _, second in pairs if second not in {"", "none"}),
    )


def wanted(query: shapes.LooksQuery, among: Collection[str] | None) -> QuerySet[FaceLook]:
    """Return the comparisons that a search means."""
    found = FaceLook.all() if among is None else FaceLook.filter(station__in=list(among))
    if query.station:
        found = found.filter(station=query.station)
    if query.person:
        found = found.filter(person=UUID(query.person))
    return found.filter(outcome=query.outcome) if query.outcome else found


def _look(row: FaceLook, names: dict[str, str]) -> shapes.LookShown:
    margin = round(row.score - row.second, 2) if row.score is not None and row.second is not None else None
    return shapes.LookShown(
        id=str(row.id), look=row.look, station=row.station, name=names.get(row.station, row.station), page=row.page,
        at=format_time(row.at), mode=row.mode, outcome=row.outcome, person=_text(row.person),
        booked=_text(row.booked), staff=row.staff, score=row.score, second=row.second, margin=margin,
        threshold=row.threshold, gallery=row.gallery, model=row.model, live=row.live,
        second_factor=row.second_factor, corrected_at=format_time(row.corrected_at) if row.corrected_at else None,
        corrected_by=row.corrected_by, correction=row.correction,
    )  # fmt: skip


def _text(person: object) -> str | None:
    return str(person) if person else None


async def own(core: Core, person: UUID) -> shapes.OwnFaceShown:
    """Return what somebody sees of his own face: where it is, how far its deletion has come, when it was compared."""
    enrolled = await FaceEnrolment.filter(person=person, state="enrolled").order_by("enrolled_at")
    tombstones = newest_of(await FaceTombstone.filter(person=person, lifted_at=None))
    looks = await FaceLook.filter(booked=person).order_by("-at").limit(MAX_OWN)
    names = await fleet.station_names()
    return shapes.OwnFaceShown(
        enrolled=[
            shapes.PlaceShown(station=row.station, name=names.get(row.station, row.station),
                              since=format_time(row.enrolled_at))
            for row in enrolled
        ],
        deletion=shapes.DeletionShown(
            done=sum(1 for row in tombstones if row.answered_at), stations=len(tombstones),
            since=format_time(min(row.at for row in tombstones)),
            waiting=[names.get(row.station, row.station) for row in tombstones if row.answered_at is None],
        ) if tombstones else None,
        looks=[
            shapes.OwnLookShown(id=str(row.id), at=format_time(row.at), name=names.get(row.station, row.station),
                                outcome=row.outcome)
            for row in looks
        ],
        keep_days=core.settings.face_keep_days,
    )  # fmt: skip
