"""Emergency notices in the cloud: raised by one person, signed, followed screen by screen, taken back, forgotten."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cloud.emergency import board, intake, raising, retention, status
from cloud.emergency.models import EmergencyBoard, EmergencyNotice, EmergencyPlace, EmergencyScreen
from cloud.emergency.shapes import NoticeDraft
from cloud.fleet.service import apply_site
from cloud.identity.service import Principal
from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.models import DomainEvent
from protocols.venue.content import Envelope
from protocols.venue.messages import MESSAGES
from protocols.venue.notices import MAX_NOTICES, board_of
from provisioning.signing import content_key, public_text
from provisioning.site import parse_site
from provisioning.trust import open_envelope
from tests.cloud.clocks import HandClock

SITE = """
[site]
id = "demo"
name = "示范"
""" + "".join(
    f"""
[[stations]]
id = "st-0{number}"
name = "驿站{number}"
[[stations.slots]]
id = "wall"
kind = "wall"
[[stations.slots]]
id = "kiosk-1"
kind = "kiosk"
[[stations.slots]]
id = "door-1"
kind = "door"
"""
    for number in (1, 2)
)
LOCAL = "0195f3c2-0000-7000-8000-00000000000f"
pytestmark = pytest.mark.db


def staff(*stations: str) -> Principal:
    """Return a member of staff who sees these stations, without any all."""
    return Principal(kind="staff", name="li", role="counter", stations=frozenset(stations) or None)


@pytest.fixture
async def market(core: Core) -> Core:
    await apply_site(core, parse_site(SITE))
    return core


async def sent(core: Core) -> list[str]:
    """Have the boards follow what was emitted; returns the topics that were published."""
    topics: list[str] = []

    async def publish(topic: str, _: bytes) -> None:
        topics.append(topic)

    async with core.outbox.transaction():
        after = await board.Boards(core, publish).on_changed(await DomainEvent.filter(topic=raising.CHANGED))
    await after()
    return topics


async def shown_at(core: Core, station: str) -> tuple[list[str], list[str]]:
    """Return (ids in force, ids lifted) of the signed board of a station."""
    await sent(core)
    row = await EmergencyBoard.get(station=station)
    keys = {"content-1": public_text(content_key(core.secret))}
    found = board_of(open_envelope(Envelope.from_bytes(row.envelope.encode()), keys))
    return [one.id for one in found.notices], [one.id for one in found.lifted]


class Heard:
    """An event as the handlers read it."""

    def __init__(self, core: Core) -> None:
        self.time = core.now()
        self.id = LOCAL


def arrived(core: Core, type_: str, station: str = "st-01", slot: str = "agent", **data: Any) -> list[Arrived]:
    """Return one event of a station for the handlers."""
    model = MESSAGES[f"cn.yizhan.{type_}.v1"].model_validate(data)
    return [Arrived(station, slot, "store", Heard(core), model)]  # type: ignore[arg-type]


async def local(core: Core) -> list[Arrived]:
    """Return a station's word that its own people raised a notice."""
    at, until = core.now(), core.now() + timedelta(minutes=30)
    return arrived(core, "agent.notice.raised", notice=LOCAL, kind="fire", title="发生火情", text="", drill=False,
                   origin="station", by="hall:pin", raised_at=at.isoformat(), ends_at=until.isoformat(),
                   screens=["wall", "kiosk-1"])  # fmt: skip


async def test_raised_at_once_at_all_stations_with_the_words_of_its_template(market: Core) -> None:
    row = await raising.raise_notice(market, NoticeDraft(kind="fire"), staff())
    assert row.title == "发生火情 立即撤离"
    assert await sent(market) == ["yz/1/st-01/content/notice", "yz/1/st-02/content/notice"]
    assert await shown_at(market, "st-01") == ([str(row.id)], [])
    document = await status.notice_document(str(row.id), staff())
    assert [(place.station, [screen.slot for screen in place.screens]) for place in document.places] == [
        ("st-01", ["kiosk-1", "wall"]), ("st-02", ["kiosk-1", "wall"]),
    ]  # fmt: skip
    assert {screen.state for place in document.places for screen in place.screens} == {"unreachable"}
    assert await sent(market) == []  # nothing new: no other revision


async def test_only_where_its_author_may_and_only_where_he_says(market: Core) -> None:
    row = await raising.raise_notice(market, NoticeDraft(kind="weather", drill=True), staff("st-02"))
    assert [one.station for one in await EmergencyPlace.filter(notice=row.id)] == ["st-02"]
    for stations, by in ((["st-01"], staff("st-02")), (["nowhere"], staff())):
        with pytest.raises(InvalidInputError):
            await raising.raise_notice(market, NoticeDraft(kind="fire", stations=stations), by)
    with pytest.raises(NotFoundError):
        await status.notice_document(str(row.id), staff("st-01"))
    with pytest.raises(NotFoundError):
        await raising.lift_notice(market, str(row.id), staff("st-01"))
    assert (await status.list_notices(staff("st-01")))[0] == []
    assert [one.id for one in (await status.list_notices(staff("st-02"), state="in_force"))[0]] == [str(row.id)]


async def test_a_station_holds_so_many(market: Core) -> None:
    for _ in range(MAX_NOTICES):
        await raising.raise_notice(market, NoticeDraft(kind="failure"), staff())
    with pytest.raises(ConflictError):
        await raising.raise_notice(market, NoticeDraft(kind="fire"), staff())


async def test_each_screen_is_followed_and_repeats_change_nothing(market: Core, clock: HandClock) -> None:
    row = await raising.raise_notice(market, NoticeDraft(kind="fire", stations=["st-01"]), staff())
    name = str(row.id)
    clock.forward(seconds=0.4)
    said: dict[str, Any] = {
        "notice": name,
        "content": "ab" * 32,
        "drill": False,
        "via": "page",
        "width": 1920,
        "height": 1080,
    }
    await intake.record_failed(market, arrived(market, "wall.notice.failed", slot="wall", notice=name, text="断线"))
    for _ in range(2):
        await intake.record_shown(market, arrived(market, "wall.notice.shown", slot="wall", **said))
        clock.forward(seconds=5)
    await intake.record_failed(market, arrived(market, "wall.notice.failed", slot="wall", notice=name, text="断线"))
    document = await status.notice_document(name, staff())
    wall = document.places[0].screens[1]
    assert (wall.state, wall.took_ms, wall.width, wall.trouble) == ("shown", 400, 1920, "")
    await raising.lift_notice(market, name, staff())
    document = await status.notice_document(name, staff())
    assert [screen.state for screen in document.places[0].screens] == ["missed", "shown"]
    assert await shown_at(market, "st-01") == ([], [])
    with pytest.raises(ConflictError):
        await raising.lift_notice(market, name, staff())


async def test_it_ends_at_its_time(market: Core, clock: HandClock) -> None:
    row = await raising.raise_notice(market, NoticeDraft(kind="fire", minutes=1), staff())
    assert (await shown_at(market, "st-01"))[0] == [str(row.id)]
    clock.forward(seconds=61)
    await raising.end_expired(market)
    await raising.end_expired(market)
    assert await shown_at(market, "st-01") == ([], [])
    found = await EmergencyNotice.get(id=row.id)
    assert (found.end_reason, found.ended_at) == ("expired", row.ends_at)


async def test_what_a_station_raised_is_known_and_can_be_taken_back(market: Core) -> None:
    for _ in range(2):
        await intake.record_raised(market, await local(market))
    row = await EmergencyNotice.get(id=UUID(LOCAL))
    assert (row.origin, row.by) == ("st-01", "hall:pin")
    assert await EmergencyScreen.all().count() == 2
    await raising.lift_notice(market, LOCAL, staff())
    assert await shown_at(market, "st-01") == ([], [LOCAL])
    over = arrived(market, "agent.notice.ended", notice=LOCAL, drill=False, reason="lifted", by="staff:li")
    for _ in range(2):
        await intake.record_ended(market, over)
    async with market.outbox.transaction():
        await market.outbox.emit(raising.CHANGED, "st-01", {}, market.now())
    assert await shown_at(market, "st-01") == ([], [])


async def test_a_station_that_lifts_its_own_ends_it_and_one_that_lifts_ours_ends_it_there(market: Core) -> None:
    await intake.record_raised(market, await local(market))
    over: dict[str, Any] = {"drill": False, "reason": "lifted", "by": "hall:pin"}
    await intake.record_ended(market, arrived(market, "agent.notice.ended", notice=LOCAL, **over))
    assert (await EmergencyNotice.get(id=UUID(LOCAL))).ended_by == "hall:pin"
    ours = await raising.raise_notice(market, NoticeDraft(kind="fire"), staff())
    await intake.record_ended(market, arrived(market, "agent.notice.ended", notice=str(ours.id), **over))
    assert (await EmergencyNotice.get(id=ours.id)).ended_at is None
    assert (await status.notice_document(str(ours.id), staff())).places[0].ended_by == "hall:pin"
    assert (await shown_at(market, "st-02"))[0] == [str(ours.id)]


async def test_what_a_restored_cloud_forgot_makes_no_notice(market: Core) -> None:
    at = market.now().isoformat()
    word: dict[str, Any] = {"notice": LOCAL, "kind": "fire", "title": "发生火情", "text": "", "drill": False}
    word |= {"origin": "cloud", "by": "staff:li", "raised_at": at, "ends_at": at, "screens": []}
    await intake.record_raised(market, arrived(market, "agent.notice.raised", **word))
    over: dict[str, Any] = {"notice": LOCAL, "drill": False, "reason": "expired", "by": "agent"}
    await intake.record_ended(market, arrived(market, "agent.notice.ended", **over))
    await intake.record_failed(market, arrived(market, "wall.notice.failed", slot="wall", notice=LOCAL, text="x"))
    assert await EmergencyNotice.all().count() == 0


async def test_they_go_when_their_time_is_over(market: Core, clock: HandClock) -> None:
    row = await raising.raise_notice(market, NoticeDraft(kind="fire"), staff())
    await raising.lift_notice(market, str(row.id), staff())
    still = await raising.raise_notice(market, NoticeDraft(kind="fire"), staff())
    clock.forward(days=1)
    assert await retention.forget_ended(market, market.now()) == 1
    assert [one.id for one in await EmergencyNotice.all()] == [still.id]
