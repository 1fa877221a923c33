"""Faces at the kiosk's page: consent, four digits, being looked at, signed in by face, a stranger, withdrawal.

The recogniser is told here what it sees; core, broker, agent, consent, session and erasure are real.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from cloud.identity.public_models import PublicSession
from cloud.people import service as people
from cloud.people.faces.models import FaceEnrolment
from cloud.people.models import Person
from edge.agent import Agent
from tests.browser.conftest import Console
from tests.browser.kiosks import Kiosk, open_kiosk
from tests.cloud.people.sample import id_number
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.broker]

FACE = """
[[stations.slots]]
id = "face-1"
kind = "face"
device = { id = "dev-f", serial = "F", profile = "sim-face", address = "sim:" }
"""
IDLE: dict[str, Any] = {"state": "idle"}


class Eyes:
    """Says what the test has it see; the digits of an enrolment are kept as the sealed record keeps them."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._state = IDLE
        self._person = ""
        self._confirmed = False
        self.enrolled: dict[str, tuple[str, str]] = {}
        self.wrong_total = 0
        self.enrolling: tuple[str, str] = ("", "")

    def tell(self, **state: Any) -> None:
        """Have the page told something."""
        self._state = state
        self._agent.queue_feed.changed()

    def find(self, person: str) -> None:
        """Propose somebody of the gallery, who has to confirm."""
        self._person, self._confirmed = person, False
        self.tell(state="proposed", needs_second=True)

    async def finish(self) -> None:
        """End the enrolment that runs as a station does: kept, told to the cloud, shown."""
        person, consent = self.enrolling
        data = {"person": person, "consent": consent, "model": "test-pack", "frames": 5, "page": "kiosk-1"}
        await self._agent.recorder.event("face-1", "face", "person.enrolled", data, "evidence")
        self.tell(state="enrolled")

    def shown(self, page: str) -> dict[str, Any]:
        """Return what was told."""
        assert page == "kiosk-1"
        return self._state

    def proposed(self, page: str) -> str:
        """Return who was found, once he confirmed."""
        assert page == "kiosk-1"
        return self._person if self._confirmed else ""

    async def sign_in(self, page: str) -> None:
        """Begin to look."""
        assert page == "kiosk-1"
        self.tell(state="looking", reason="nobody")

    async def enrol(self, page: str, person: str, consent: str, check: tuple[str, str]) -> None:
        """Begin to look at somebody who enrols."""
        assert page == "kiosk-1"
        self.enrolled[person], self.enrolling = check, (person, consent)
        self.tell(state="looking", reason="nobody", frames=0)

    async def confirm(self, page: str, answer: str) -> bool:
        """Compare the digits."""
        assert page == "kiosk-1"
        self._confirmed = answer in self.enrolled[self._person]
        return self._confirmed

    async def wrong(self, page: str) -> None:
        """Count it."""
        assert page == "kiosk-1"
        self.wrong_total += 1

    async def stop(self, page: str) -> None:
        """End the look."""
        assert page == "kiosk-1"
        self.tell(**IDLE)


@pytest.mark.timeout(120)
async def test_a_face_is_enrolled_greeted_refused_and_withdrawn(
    console: Console, browser: Browser, tmp_path: Path
) -> None:
    async with open_kiosk(console, browser, tmp_path / "edge", FACE) as kiosk:
        eyes = Eyes(kiosk.agent)
        kiosk.agent.kiosk.faces = eyes
        eyes.tell(**IDLE)
        await kiosk.tap("身份证")
        await kiosk.lay(name="李示范", number=id_number(), birth="19900307")
        await kiosk.tap("同意并登录")
        await kiosk.sees("李**，您好")
        await _enrols(kiosk, eyes)
        person = next(iter(eyes.enrolled))
        await kiosk.tap("退出登录")
        await _comes_again(kiosk, eyes, person)
        await kiosk.tap("这不是我")
        await kiosk.sees("已记下认错了人，并已退出")
        assert eyes.wrong_total == 1
        assert not await PublicSession.filter(slot="kiosk-1").exists()
        await kiosk.tap("刷脸")
        eyes.tell(state="unknown")
        await kiosk.sees("机器不猜")
        await kiosk.look_at("kiosk-face-unknown")
        await kiosk.tap("返回")
        await _withdraws(kiosk)


async def _enrols(kiosk: Kiosk, eyes: Eyes) -> None:
    """Go through consent, digits and the camera."""
    await kiosk.tap("刷脸设置")
    await kiosk.tap("开通刷脸")
    await kiosk.sees("这不是唯一的方式")
    sizes = [await one.bounding_box() for one in await kiosk.page.locator(".pair button").all()]
    assert len({(box["width"], box["height"]) for box in sizes if box}) == 1, "yes and no are of one size"
    await kiosk.look_at("kiosk-face-consent")
    await kiosk.tap("同意，开通刷脸")
    await kiosk.sees("请输入手机号后四位")
    await kiosk.type("0001")
    await kiosk.sees("请输入生日的月和日")
    await kiosk.look_at("kiosk-face-digits", judged=False)
    await kiosk.type("0307")
    await kiosk.sees("请站到摄像头前面")
    eyes.tell(state="looking", reason="too_far", frames=0, box=[420, 300, 160, 220])
    await kiosk.sees("请靠近一点")
    await kiosk.look_at("kiosk-face-too-far")
    eyes.tell(state="looking", reason="turn_left", frames=3)
    await kiosk.sees("已看清 3 次，共 5 次")
    await kiosk.look_at("kiosk-face-turn", judged=False)
    await eyes.finish()
    await kiosk.sees("刷脸已开通")
    await kiosk.look_at("kiosk-face-enrolled")
    await kiosk.tap("知道了")


async def _comes_again(kiosk: Kiosk, eyes: Eyes, person: str) -> None:
    """Sign in by face: no name before the digits are right."""

    async def known() -> bool:
        return await FaceEnrolment.exists(person=person, station="lobby", state="enrolled")

    await until(known, "the cloud knows of the enrolment")
    await kiosk.tap("刷脸")
    await kiosk.sees("请看上面的摄像头")
    await kiosk.look_at("kiosk-face-look")
    eyes.find(person)
    await kiosk.sees("请证明是您本人")
    assert "李" not in await kiosk.page.locator("main").inner_text()
    await kiosk.look_at("kiosk-face-confirm")
    await kiosk.type("0002")
    await kiosk.sees("对不上，请再输一次")
    await kiosk.type("0307")
    await kiosk.sees("李**，您好")
    await kiosk.look_at("kiosk-face-greeted", judged=False)


async def _withdraws(kiosk: Kiosk) -> None:
    """Withdraw with the card; the cloud no longer has the consent."""
    await kiosk.tap("身份证")
    await kiosk.lay(name="李示范", number=id_number(), birth="19900307")
    await kiosk.sees("李**，您好")
    await kiosk.tap("刷脸设置")
    await kiosk.look_at("kiosk-face-settings")
    await kiosk.tap("撤回同意，删除刷脸数据")
    await kiosk.look_at("kiosk-face-withdraw", judged=False)
    await kiosk.tap("撤回并删除")
    await kiosk.sees("已撤回")
    await expect(kiosk.page.get_by_text("签名回执")).to_be_visible()
    assert not await people.has_consent((await Person.get()).id, "face")
