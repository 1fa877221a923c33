"""The list of jobseekers: filters, search by whole name, phone or ID number through blind indexes, numbers of today."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cloud.people.models import Person
from cloud.people.persons import masked
from cloud.people.registration.flags import groups_on
from cloud.people.registration.models import GroupFlag, JobWish, Profile
from cloud.people.registration.sources import bounds
from cloud.people.registration.tables import districts
from cloud.platform.core import Core
from cloud.platform.times import market_day
from protocols.venue.timestamps import format_time

MAX_PAGE: Final = 100
#: From this score on a registration is nearly whole, and from 100 on whole.
NEARLY: Final = 60
WHOLE: Final = 100

Level = Literal["low", "nearly", "whole"]
Willing = Literal["yes", "no", "unset"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to hold; empty members limit nothing. `text` is a whole name, phone or ID number, or a wish."""

    text: str = ""
    group: str = ""
    level: Level | Literal[""] = ""
    district: str = ""
    occupation: str = ""
    willing: Willing | Literal[""] = ""
    not_recommended: bool = False
    stations: Collection[str] | None = None

    def names(self) -> list[str]:
        """Return which filters are set, for the audit: what was looked for may be a person's number."""
        given = {name: getattr(self, name) for name in ("text", "group", "level", "district", "occupation", "willing")}
        return [name for name, value in given.items() if value] + ["not_recommended"] * self.not_recommended


async def list_persons(
    core: Core, wanted: Wanted, cursor: UUID | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], str | None]:
    """Return (persons masked, the newest first; cursor of what follows)."""
    found = _filtered(core, wanted)
    if cursor is not None:
        found = found.filter(id__lt=cursor)
    rows = await found.distinct().order_by("-id").limit(limit + 1)
    documents = await _documents(core, rows[:limit])
    return documents, str(rows[limit - 1].id) if len(rows) > limit else None


async def strip_of(core: Core, stations: Collection[str] | None) -> dict[str, int]:
    """Return the numbers above the list: registered, today, whole, willing, members of a group."""
    today = market_day(core.now())
    profiles = Profile.filter(registered_at__not_isnull=True)
    flags = GroupFlag.filter(confirmed_at__not_isnull=True, valid_from__lte=today, valid_to__gte=today)
    flags = flags.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=today))
    if stations is not None:
        profiles = profiles.filter(station__in=list(stations))
        flags = flags.filter(person__station__in=list(stations))
    return {
        "registered": await profiles.count(),
        "today": await profiles.filter(registered_at__gte=bounds(today, today)[0]).count(),
        "whole": await profiles.filter(completeness__gte=WHOLE).count(),
        "willing": await profiles.exclude(willing=False).count(),
        "grouped": len(await flags.distinct().values_list("person_id", flat=True)),
    }


def _filtered(core: Core, wanted: Wanted) -> QuerySet[Person]:
    found = Person.all()
    if wanted.text:
        found = found.filter(_named(core, wanted.text))
    elif wanted.stations is not None:
        # Who is looked for by his whole name or number may have registered anywhere.
        found = found.filter(station__in=list(wanted.stations))
    if wanted.group:
        found = found.filter(_member(wanted.group, market_day(core.now())))
    if wanted.level:
        found = found.filter(_LEVELS[wanted.level])
    if wanted.district:
        found = found.filter(profile__district=wanted.district)
    if wanted.occupation:
        found = found.filter(profile__wishes__occupation__startswith=wanted.occupation)
    if wanted.willing:
        found = found.filter(profile__willing=_WILLING[wanted.willing])
    if wanted.not_recommended:
        found = found.filter(profile__registered_at__not_isnull=True, profile__recommended_at__isnull=True)
    return found


def _named(core: Core, text: str) -> Q:
    """Return who has this whole name, phone or ID number, or wishes this work; nothing else can be found by a part."""
    ring = core.keyring
    exact = Q(name_blind=ring.blind("text", text)) | Q(phone_blind=ring.blind("phone", text))
    exact |= Q(id_blind=ring.blind("id_number", text)) | Q(profile__contact_blind=ring.blind("phone", text))
    return exact | Q(profile__wishes__words__contains=text)


def _member(group: str, day: date) -> Q:
    """Return whose flag counts on a day by its dates; the ages of a group were judged when the flag was set."""
    dated = Q(flags__key_group=group, flags__confirmed_at__not_isnull=True, flags__valid_from__lte=day)
    return dated & Q(flags__valid_to__gte=day) & (Q(flags__ended_on__isnull=True) | Q(flags__ended_on__gt=day))


async def _documents(core: Core, rows: Collection[Person]) -> list[dict[str, Any]]:
    today, ids = market_day(core.now()), [row.id for row in rows]
    profiles = {UUID(str(row.person_id)): row for row in await Profile.filter(person_id__in=ids)}
    wishes: dict[object, list[str]] = {}
    for wish in await JobWish.filter(profile_id__in=[row.id for row in profiles.values()]).order_by("rank"):
        wishes.setdefault(wish.profile_id, []).append(wish.words)
    groups = await groups_on([(one, today) for one in ids])
    return [_line(core, row, profiles.get(row.id), wishes, groups[row.id, today]) for row in rows]


def _line(
    core: Core, row: Person, profile: Profile | None, wishes: Mapping[object, list[str]], groups: tuple[str, ...]
) -> dict[str, Any]:
    shown = masked(core, row)
    return {
        **{name: shown[name] for name in ("id", "name", "phone", "sex", "age", "minor", "proof", "channel", "station",
                                          "created_at")},
        "completeness": profile.completeness if profile else 0,
        "registered_at": format_time(profile.registered_at) if profile and profile.registered_at else None,
        "district_name": districts().get(profile.district, "") if profile else "",
        "wishes": wishes.get(profile.id, []) if profile else [],
        "willing": profile.willing if profile else None,
        "groups": list(groups),
        "recommended_at": format_time(profile.recommended_at) if profile and profile.recommended_at else None,
    }  # fmt: skip


_LEVELS: Final[dict[Level, Q]] = {
    "low": Q(profile__completeness__lt=NEARLY) | Q(profile__id__isnull=True),
    "nearly": Q(profile__completeness__gte=NEARLY, profile__completeness__lt=WHOLE),
    "whole": Q(profile__completeness__gte=WHOLE),
}
_WILLING: Final[dict[Willing, bool | None]] = {"yes": True, "no": False, "unset": None}
