"""The highest proof that each wall holds for its newest content, and that a page and its controller are one wall."""

from datetime import timedelta
from typing import Any

import pytest

from cloud.fleet import service as fleet
from cloud.ingest.handlers import Arrived, load_handlers
from cloud.jobs import service as jobs
from cloud.jobs.models import WallContent
from cloud.platform.core import Core
from protocols.venue.content import Manifest
from protocols.venue.events import Event
from protocols.venue.messages import MESSAGES
from protocols.venue.timestamps import format_time
from provisioning.site import parse_site
from tests.cloud.running import SITE

pytestmark = pytest.mark.db


def arrived(core: Core, name: str, data: dict[str, Any], *, after_s: float = 0) -> Arrived:
    """Return an event as the writer hands it over."""
    kind = "wall" if name == "display.proved" else "agent"
    type_ = f"cn.yizhan.{kind}.{name}.v1"
    values = {
        "specversion": "1.0", "id": "0195f3c2-1111-7000-8000-000000000076", "source": f"/stations/st-01/slots/{kind}",
        "type": type_, "time": format_time(core.now() + timedelta(seconds=after_s)), "epoch": 1, "seq": 1,
        "datacontenttype": "application/json", "stream": "evidence", "replay": False, "clock": "trusted", "data": data,
    }  # fmt: skip
    return Arrived("st-01", kind, "s", Event.model_validate(values), MESSAGES[type_].model_validate(data))


async def held(core: Core, name: str, after_s: float = 0, **data: Any) -> tuple[str, str, int]:
    """Have an event come; returns what is held then: level, by whom, of which revision."""
    told = await load_handlers()[name](core, [arrived(core, name, data, after_s=after_s)])
    if told is not None:
        await told()
    proof = (await jobs.proved_walls("st-01"))["wall"]
    return proof.level, proof.by, proof.rev


async def test_levels_rise_for_one_content_and_begin_anew_with_the_next(core: Core) -> None:
    await fleet.apply_site(core, parse_site(SITE))

    async def publish(topic: str, payload: bytes) -> None:
        assert topic
        assert payload

    await jobs.Walls(core, publish).refresh()
    row = await WallContent.get(station="st-01", channel="wall")
    content, rev = Manifest.from_bytes(row.manifest.encode()).content_hash, row.rev
    proved: dict[str, Any] = {"content": content, "rev": rev, "frames": 3}
    applied = {"channel": "wall", "rev": rev, "items": 0, "missing": 0}
    assert await held(core, "content.applied", **applied) == ("delivered", "", rev)
    assert await held(core, "display.proved", level="rendered", by="page", **proved) == ("rendered", "page", rev)
    assert await held(core, "content.applied", **applied) == ("rendered", "page", rev)  # the slower stream
    assert await held(core, "display.proved", level="driven", by="connector", **proved) == ("driven", "connector", rev)
    assert await held(core, "display.proved", level="rendered", by="pixels", **proved) == ("driven", "connector", rev)
    assert await held(core, "display.proved", level="seen", by="camera", **proved) == ("seen", "camera", rev)
    other = {"content": "f" * 64, "rev": rev + 1, "frames": 4}
    assert await held(core, "display.proved", -5, level="rendered", by="page", **other) == ("seen", "camera", rev)
    assert await held(core, "display.proved", 1, level="rendered", by="page", **other) == ("rendered", "page", rev + 1)


async def test_a_page_and_its_controller_are_one_wall(core: Core) -> None:
    controller = '[[stations.slots]]\nid = "wall-controller"\nkind = "wall"\n'
    await fleet.apply_site(core, parse_site(f"{SITE}\n{controller}"))
    walls = [place for place in await fleet.walls() if place[1].startswith("wall")]
    slots = [place for place in await fleet.slots_of_kind("wall") if place[1].startswith("wall")]
    assert {place[1] for place in slots} - {place[1] for place in walls} == {"wall-controller"}
