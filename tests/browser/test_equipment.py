"""A device fails, its work order opens itself, a technician repairs it by phone, and the register remembers it all.

Real core, broker, agent and driver; the device is simulated, its fault is switched over the control socket.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from playwright.async_api import Page, ViewportSize, expect

from cloud.fleet import service as fleet
from cloud.fleet.equipment_models import Equipment, RepairOrder
from cloud.fleet.models import Slot
from devices.simulators.control import controlling
from devices.simulators.make import sim
from devices.simulators.service import listening
from edge.agent import AgentConfig, open_agent
from edge.uplink import parse_broker_url
from provisioning.site import parse_site
from tests.browser.conftest import NOW, Console, Visitor
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.broker]

SITE = """
[site]
id = "repair"
name = "维修"
[[stations]]
id = "lobby"
name = "零工大厅"
[[stations.slots]]
id = "door-1"
kind = "door"
device = {{ id = "dev-d", serial = "D", profile = "sim-door", address = "{address}" }}
[[stations.alarms]]
id = "lost"
slot = "door-1"
value = "health"
op = "equals"
limit = "stale"
text = "门磁离线"
"""
#: A phone in a technician's hand.
PHONE: ViewportSize = {"width": 360, "height": 780}


@dataclass
class Hall:
    """A station whose door can be made to play dead."""

    console: Console
    control: str
    now: datetime = NOW

    async def dead(self, *, on: bool) -> None:
        """Switch the device's fault over its control socket."""
        parts = urlsplit(self.control)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(json.dumps({"pause": on}).encode() + b"\n")
        assert json.loads(await reader.readline())["ok"]
        writer.close()

    async def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)
        await self.console.clock.advance_to(self.now)

    async def door_is(self, state: str) -> None:
        """Wait until the core knows the door's state, a few seconds of the hall's time at a time."""
        for _ in range(20):
            if await Slot.exists(station_id="lobby", name="door-1", state=state):
                return
            await self.later(seconds=11)
            await asyncio.sleep(0.3)
        raise AssertionError(f"the door is not {state}")


@pytest.fixture
async def lobby(console: Console, tmp_path: Path) -> AsyncIterator[Hall]:
    async with standing(console, tmp_path / "edge") as found:
        yield found


@asynccontextmanager
async def standing(console: Console, folder: Path) -> AsyncIterator[Hall]:
    """Yield a hall with a simulated door behind TCP and the real agent before it."""
    folder.mkdir()
    device = sim("door")
    async with (
        listening(device, "tcp://127.0.0.1:0") as address,
        controlling({"door": device}, "tcp://127.0.0.1:0") as control,
    ):
        site = parse_site(SITE.format(address=address))
        await fleet.apply_site(console.core, site)
        broker = parse_broker_url(f"mqtt://127.0.0.1:{console.mqtt_port}")
        config = AgentConfig(site, "lobby", folder, broker, clock_url=console.clock.url)
        async with open_agent(config) as agent:
            running = asyncio.create_task(agent.run(), name="agent")
            try:
                await until(lambda: agent.uplink.connected, "the agent is connected")
                found = Hall(console, control)
                await found.door_is("good")
                yield found
            finally:
                agent.stop()
                await running
                device.pause(on=False)


async def register(visitor: Visitor, **fields: str) -> Page:
    """Fill in the form of a new piece of equipment and return its page."""
    page = await visitor.open("/equipment/new?station=lobby")
    for name, value in fields.items():
        control = page.locator(f"[name={name}]")
        if await control.evaluate("one => one.tagName") == "SELECT":
            await control.select_option(value)
        else:
            await control.fill(value)
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("heading", name="变动记录")).to_be_visible()
    return page


async def press(page: Page, name: str) -> None:
    await page.locator("#acts").get_by_role("button", name=name).click()


async def mute(visitor: Visitor, page: Page, lobby: Hall) -> None:
    """Have the station's own rule, which holds now, be quiet for two hours; the page says who did it and why."""
    rule = page.locator("#rule-lost")
    await lobby.later(seconds=11)
    await expect(rule).to_contain_text("起报警")
    await page.get_by_label("静音规则或维护设备").select_option("rule/lost")
    await page.get_by_label("原因").fill("等配件")
    await page.locator("#rules").get_by_role("button", name="静音").click()
    await expect(rule).to_contain_text("静音至")
    await expect(rule).to_contain_text("等配件")
    await expect(rule.get_by_role("button", name="恢复报警")).to_be_visible()
    await visitor.photograph("venue-rules", widths=(360, 1366))
    await lobby.later(seconds=11)


async def test_a_fault_becomes_a_work_order_that_a_technician_closes_by_phone(visitor: Visitor, lobby: Hall) -> None:
    await register(visitor, item="door", name="大门门磁", number="MC-01", model="MC-38", slot="door-1", place="大门")
    await visitor.photograph("equipment-piece")

    await lobby.dead(on=True)
    await lobby.door_is("stale")
    page = await visitor.open("/venues/lobby")
    await expect(page.locator("#slot-door-1")).to_contain_text("没有应答")
    await mute(visitor, page, lobby)
    page = await visitor.open("/repairs")
    await expect(page.locator("#repairs")).to_contain_text("没有未完成的维修工单")
    await lobby.later(minutes=6)
    await until(RepairOrder.exists, "the fault opened an order")
    order = await RepairOrder.first()
    assert order is not None
    assert (order.source, order.slot, order.fault) == ("fault", "door-1", "no_answer")
    row = page.locator("#repairs").get_by_role("row").filter(has_text="大门门磁")
    await expect(row).to_contain_text("没有应答")  # the page shows it by itself
    await visitor.photograph("repairs")

    await page.set_viewport_size(PHONE)
    await row.get_by_role("link").click()
    await press(page, "接单")
    await expect(page.get_by_text("维修中", exact=True).first).to_be_visible()
    await page.get_by_label("怎么修的").fill("更换磁簧开关")
    await page.get_by_label("更换配件").fill("MC-38 一只")
    await page.get_by_label("费用（元）").fill("12.50")
    await press(page, "修好了")
    await press(page, "关闭工单")
    await expect(page.locator(".message.bad")).to_contain_text("还没有恢复正常")
    await visitor.photograph("repair", widths=(360, 1366))

    await lobby.dead(on=False)
    await lobby.door_is("good")
    await visitor.open(f"/repairs/{order.id}")
    await press(page, "关闭工单")
    await expect(page.get_by_text("已关闭", exact=True).first).to_be_visible()
    closed = await RepairOrder.get(id=order.id)
    assert (closed.state, closed.cost_fen, closed.reason) == ("closed", 1250, "")
    assert closed.good_at is not None
    page = await visitor.open("/repairs/statistics")
    await expect(page.get_by_role("row").filter(has_text="MC-01 大门门磁")).to_contain_text("12.50")
    await visitor.photograph("repair-statistics")


async def test_a_device_is_swapped_in_three_steps_and_a_file_goes_out_and_in(
    console: Console, visitor: Visitor, lobby: Hall, tmp_path: Path
) -> None:
    await register(visitor, item="door", name="门磁甲", number="MC-01", slot="door-1")
    await register(visitor, item="door", name="门磁乙", number="MC-02", state="spare")
    page = await visitor.open("/e/MC-01")  # as the label's QR leads
    await page.get_by_role("link", name="更换设备").click()
    await expect(page.get_by_role("link", name="门磁乙")).to_be_visible()
    await page.get_by_label("扫描或输入").fill("MC-99")
    await page.get_by_role("button", name="下一步").click()
    await expect(page.locator(".message.bad")).to_contain_text("没有这台设备")
    await page.get_by_label("扫描或输入").fill(f"{console.url}/e/MC-02")
    await page.get_by_role("button", name="下一步").click()
    await visitor.photograph("equipment-swap")
    await page.get_by_role("button", name="确认更换").click()
    await expect(page.get_by_role("heading", name="门磁乙")).to_be_visible()
    assert {row.number: (row.state, row.slot) for row in await Equipment.all()} == {
        "MC-01": ("repair", None), "MC-02": ("use", "door-1"),
    }  # fmt: skip

    page = await visitor.open("/equipment?station=lobby")
    await expect(page.get_by_role("row").filter(has_text="信息发布 LED 屏")).to_contain_text("缺少")
    await visitor.photograph("equipment")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="导出表格").click()
    file = tmp_path / "register.xlsx"
    await (await download.value).save_as(file)
    book = load_workbook(file)
    sheet = book.worksheets[0]
    sheet.append(["MC-03", "lobby", "", "拖拉机", "坏行"])
    sheet.cell(2, 5, "门磁甲（旧）")
    book.save(file)
    await visitor.open("/equipment/import")
    await page.get_by_label("XLSX 文件").set_input_files(file)
    await page.get_by_role("button", name=re.compile("^导入$")).click()
    result = page.locator("#result")
    await expect(result).to_contain_text("更新 2")
    await expect(result.get_by_role("row").filter(has_text="类别")).to_be_visible()
    await visitor.photograph("equipment-import")
    assert (await Equipment.get(number="MC-01")).name == "门磁甲（旧）"
    assert lobby.control
