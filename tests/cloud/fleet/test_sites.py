"""A site file into the database: idempotent, every difference named, nothing deleted unasked."""

import pytest

from cloud.fleet import service
from cloud.fleet.liveness import Liveness
from cloud.fleet.models import Presence, Slot, Unclaimed
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from provisioning.site import parse_site
from tests.cloud.running import SITE

pytestmark = pytest.mark.db


async def test_applying_twice_changes_nothing_the_second_time(core: Core) -> None:
    site = parse_site(SITE)
    first = await service.apply_site(core, site)
    assert [(one.change, one.what, one.id) for one in first] == [
        ("added", "device", "dev-7"),
        ("added", "station", "st-01"),
        ("added", "slot", "st-01/wall"),
        ("added", "slot", "st-01/door-1"),
    ]
    assert await service.apply_site(core, site) == []


async def test_a_difference_names_old_and_new(core: Core) -> None:
    await service.apply_site(core, parse_site(SITE))
    swapped = parse_site(SITE.replace("dev-7", "dev-8").replace("谏壁驿站", "丁卯驿站"))
    found = {(one.what, one.id): one.fields for one in await service.apply_site(core, swapped)}
    assert found["station", "st-01"] == {"name": ["谏壁驿站", "丁卯驿站"]}
    assert found["slot", "st-01/wall"] == {"device_id": ["dev-7", "dev-8"]}


async def test_history_stays_with_the_slot_when_its_device_is_swapped(core: Core) -> None:
    await service.apply_site(core, parse_site(SITE))
    await Slot.filter(name="wall").update(state="good", since=core.now())
    before = await Slot.get(name="wall")
    await service.apply_site(core, parse_site(SITE.replace("dev-7", "dev-8")))
    after = await Slot.get(name="wall")
    assert (after.id, after.state, after.device_id) == (before.id, "good", "dev-8")


async def test_what_the_file_does_not_name_goes_only_when_pruned(core: Core) -> None:
    await service.apply_site(core, parse_site(SITE + '[[stations]]\nid = "st-02"\nname = "二"\n'))
    await Presence.create(station="st-02", online=True, epoch=1, conn=1, reason="start", state="online",
                          since=core.now(), last_heard=core.now())  # fmt: skip
    less = parse_site(SITE.replace('[[stations.slots]]\nid = "door-1"\nkind = "door"\n', ""))
    for prune, change in ((False, "extra"), (True, "removed")):
        found = [(one.change, one.id) for one in await service.apply_site(core, less, prune=prune)]
        assert found == [(change, "st-01/door-1"), (change, "st-02")]
    assert await service.apply_site(core, less) == []
    assert not await Presence.exists(station="st-02")


async def test_another_site_is_left_alone(core: Core) -> None:
    await service.apply_site(core, parse_site(SITE))
    other = SITE.replace('id = "demo"', 'id = "other"').replace("st-01", "st-09").replace("dev-7", "dev-9")
    await service.apply_site(core, parse_site(other), prune=True)
    assert [one.id for one in await service.list_stations()] == ["st-01", "st-09"]


async def test_a_claimed_station_leaves_the_list_of_unclaimed_ones(core: Core) -> None:
    await service.take_unclaimed("st-01", 5, core.now())
    await service.take_unclaimed("st-01", 6, core.now())
    assert [(one.station, one.epoch) for one in await service.list_unclaimed()] == [("st-01", 6)]
    await service.apply_site(core, parse_site(SITE))
    assert await service.list_unclaimed() == []


async def test_the_list_of_unclaimed_stations_is_bounded(core: Core) -> None:
    for number in range(105):
        await service.take_unclaimed(f"st-{number}", 1, core.now())
    assert await Unclaimed.all().count() == 100


async def test_a_station_that_never_spoke_has_a_document_too(core: Core) -> None:
    await service.apply_site(core, parse_site(SITE))
    document = await service.station_document("st-01", Liveness(), core.now())
    assert document["presence"]["state"] == "offline"
    assert document["streams"]["evidence"] == {
        "upto": 0, "highest": 0, "count": 0, "gaps": [], "lost": [], "complete_to": None,
    }  # fmt: skip
    assert [slot["id"] for slot in document["slots"]] == ["wall", "door-1"]
    with pytest.raises(NotFoundError):
        await service.station_document("st-99", Liveness(), core.now())
