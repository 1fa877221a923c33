"""Papers: who prints what, addresses that hold for minutes, and what stations say of prints of their own."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from cloud.fleet import commands
from cloud.fleet import service as fleet
from cloud.fleet.models import Command
from cloud.ingest.handlers import Arrived, load_handlers
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import NotFoundError
from cloud.printing.links import VALID_FOR, check_path, signed_path
from cloud.printing.papers import Paper
from protocols.venue.events import Event
from protocols.venue.messages import MESSAGES
from protocols.venue.slips import MAX_SLIP_CHARS, Slip
from protocols.venue.timestamps import format_time
from provisioning.site import parse_site
from tests.cloud.running import SITE, Running
from tests.cloud.web.test_shell import add_post, sign_in

pytestmark = pytest.mark.db
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
PRINTERS = """
[[stations.slots]]
id = "slips"
kind = "printer"
device = { id = "p-1", serial = "P1", profile = "escpos-80", address = "tcp://10.0.0.9:9100" }
[[stations.slots]]
id = "office"
kind = "printer"
device = { id = "p-2", serial = "P2", profile = "ipp-everywhere", address = "ipp://10.0.0.8/ipp/print" }
[[stations.slots]]
id = "old"
kind = "printer"
device = { id = "p-3", serial = "P3", profile = "sim-printer", address = "sim:" }
"""
PAPER = Paper(
    "notice", "n-1", "一次性告知单", "社保补贴", (("对象", "就业困难人员"),), "一、材料\n" * 200, "/news/n-1", ""
)


def test_an_address_holds_for_its_paper_and_for_minutes_only() -> None:
    parts = urlsplit(signed_path(b"k", "post", "p-1", NOW))
    query = dict(pair.split("=") for pair in parts.query.split("&"))
    assert parts.path == "/papers/post/p-1.pdf"
    assert check_path(b"k", "post", "p-1", query["at"], query["sig"], NOW + VALID_FOR / 2) == NOW
    for kind, key, at, now in (
        ("post", "p-2", query["at"], NOW),
        ("notice", "p-1", query["at"], NOW),
        ("post", "p-1", "0", NOW),
        ("post", "p-1", query["at"], NOW + VALID_FOR),
        ("post", "p-1", query["at"], NOW - timedelta(minutes=1)),
    ):
        with pytest.raises(NotFoundError):
            check_path(b"k", kind, key, at, query["sig"], now)
    with pytest.raises(NotFoundError):
        check_path(b"k", "post", "p-1", "岗", "位", NOW)


async def test_a_paper_is_a_short_slip_or_a_pdf_with_equal_bytes() -> None:
    slip = PAPER.slip("https://example.cn/news/n-1", NOW)
    assert [part.text for part in slip.parts if part.kind == "qr"] == ["https://example.cn/news/n-1"]
    assert any("全文请扫码" in part.text for part in slip.parts)
    assert len(slip.to_bytes().decode()) < MAX_SLIP_CHARS
    one, other = [await PAPER.pdf("https://example.cn/news/n-1", NOW) for _ in range(2)]
    assert one == other
    assert one.startswith(b"%PDF-")


async def printed(
    running: Running, csrf: str, post: str, printer: str, **form: Any
) -> tuple[int, dict[str, Any] | None]:
    """Print a post on the page; returns (status, the newest command)."""
    answer = await running.call(
        "POST", f"/print/post/{post}", allow_redirects=False,
        data={"printer": printer, "copies": "1", "csrf": csrf, **form},
    )  # fmt: skip
    rows = await commands.commands_of("st-01", 1)
    return answer.status, commands.document(rows[0]) if rows else None


async def test_a_post_goes_to_a_receipt_printer_as_a_slip_and_to_an_office_printer_as_a_file(running: Running) -> None:
    await fleet.apply_site(running.core, parse_site(SITE + PRINTERS))
    post = await add_post(running)
    assert post["state"] == "published"
    csrf = await sign_in(running, "counter")
    page = await (await running.call("GET", f"/print/post/{post['id']}")).text()
    assert "st-01/slips" in page
    assert "st-01/office" in page
    assert "st-01/old" not in page, "it takes no document"

    status, asked = await printed(running, csrf, post["id"], "st-01/slips", copies="2")
    assert (status, asked is not None) == (303, True)
    assert asked is not None
    slip = Slip.from_bytes(asked["args"]["document"].encode())
    assert asked["args"]["copies"] == 2
    assert any(post["title"] == part.text for part in slip.parts)

    _, asked = await printed(running, csrf, post["id"], "st-01/office")
    assert asked is not None
    parts = urlsplit(asked["args"]["document"])
    fetched = await running.call("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
    assert fetched.content_type == "application/pdf"
    assert hashlib.sha256(await fetched.read()).hexdigest() == asked["args"]["sha256"]
    assert (await running.call("GET", f"{parts.path}?at=1&sig=x")).status == 404
    shown = await (await running.call("GET", f"/prints/{asked['id']}")).text()
    assert post["title"] in shown


async def test_what_cannot_be_printed_is_not_asked_for(running: Running) -> None:
    await fleet.apply_site(running.core, parse_site(SITE + PRINTERS))
    post = await add_post(running)
    csrf = await sign_in(running, "counter")
    assert (await printed(running, csrf, post["id"], "st-01/old"))[0] == 404
    assert (await printed(running, csrf, post["id"], "st-02/slips"))[0] == 404
    assert (await printed(running, csrf, post["id"], "st-01/slips", copies="9"))[0] == 422
    assert (await printed(running, csrf, post["id"], "st-01/slips", copies="many"))[0] == 422
    assert await Command.all().count() == 0
    doubtful = await add_post(running, requirements="年龄35岁以下")
    for path in (f"/print/post/{doubtful['id']}", "/print/notice/none", "/print/song/1", "/prints/none"):
        assert (await running.call("GET", path)).status == 404
    call = await fleet.ask(running.core, "st-01", "wall", fleet.Order(name="blackout"), "staff:li")
    assert (await running.call("GET", f"/prints/{call.id}")).status == 404


def arrived(name: str, data: dict[str, Any], number: int = 1) -> Arrived:
    type_ = f"cn.yizhan.printer.{name}.v1"
    envelope = Event.model_validate(
        {
            "specversion": "1.0", "id": f"0195f3c2-0000-7000-8000-{number:012}",
            "source": "/stations/st-01/slots/slips",
            "type": type_, "time": format_time(NOW), "datacontenttype": "application/json", "epoch": 1,
            "stream": "ops", "seq": number, "replay": False, "clock": "trusted", "data": data,
        }, strict=False,
    )  # fmt: skip
    return Arrived("st-01", "slips", "s-1", envelope, MESSAGES[type_].model_validate(data))


@pytest.mark.parametrize(("state", "kept"), [("done", False), ("failed", True), ("indeterminate", True)])
async def test_a_print_of_the_stations_own_is_kept_when_somebody_must_see_it(
    core: Core, state: str, *, kept: bool
) -> None:
    key = "0195f3c2-0000-5000-8000-00000000000a"
    data = {"id": key, "name": "print", "state": state, "by": "slot:slips", "args": {"title": "排队号 A001"}}
    if state != "done":
        data["reason"] = {"code": "interrupted", "text": "power"}
    handler = load_handlers()["command.ended"]
    for _ in range(2):  # told again after a lost acknowledgement
        async with transaction():
            await handler(core, [arrived("command.ended", data)])
    row = await Command.get_or_none(id=key)
    assert (row is not None) == kept
    if row is not None:
        assert row.undecided == (state == "indeterminate")
        assert json.loads(row.args) == {"title": "排队号 A001"}
    if state == "indeterminate":
        _, again = await commands.decide(core, key, "again", "staff:li")
        assert again is not None
        assert json.loads(again.args) == {"title": "排队号 A001"}


async def test_a_fault_is_an_alarm_until_it_is_over(core: Core) -> None:
    handlers = load_handlers()
    data = {"cause": "media-empty", "severity": "error", "text": "没有纸"}
    async with transaction():
        await handlers["fault.began"](core, [arrived("fault.began", data)])
    (alarm,) = await fleet.open_alarms()
    assert (alarm.kind, alarm.station, alarm.subject) == ("device_fault", "st-01", "slips media-empty")
    assert json.loads(alarm.detail) == {"text": "没有纸"}
    async with transaction():
        await handlers["fault.ended"](core, [arrived("fault.ended", data, 2)])
    assert await fleet.open_alarms() == []
