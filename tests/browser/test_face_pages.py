"""Faces as the console shows them: how many, where, who has not answered, every comparison; nothing sticks out."""

import pytest
from playwright.async_api import expect

from cloud.people import service as people
from tests.browser import hall
from tests.browser.conftest import Console, Visitor
from tests.browser.test_public import breaks_no_rule
from tests.cloud.people.faces import enrol, look, with_face
from tests.cloud.people.sample import kiosk_of

pytestmark = [pytest.mark.browser, pytest.mark.broker]


async def test_who_must_go_and_which_station_has_not_answered(console: Console, visitor: Visitor) -> None:
    station = hall.site().stations[0]
    _, kiosk = await kiosk_of(console.core, station.id)
    stays = await with_face(console.core, kiosk)
    goes = await with_face(console.core, kiosk, order=2, name="示例乙")
    for person in (stays, goes):
        await enrol(console.core, person, station.id)
    await look(console.core, stays, "look-1", station=station.id)
    await look(console.core, None, "look-2", station=station.id)
    await people.withdraw_consent(console.core, goes, "face")

    page = await visitor.open("/people/faces")
    await expect(page.get_by_role("heading", name="人脸").first).to_be_visible()
    await expect(page.locator("main")).to_contain_text(station.name)
    await expect(page.locator("main")).to_contain_text(str(goes)[:8])
    await breaks_no_rule(visitor)
    await visitor.photograph("faces")

    page = await visitor.open("/people/faces/looks")
    await expect(page.locator("main")).to_contain_text("0.81")
    await breaks_no_rule(visitor)
    await visitor.photograph("face-looks")
