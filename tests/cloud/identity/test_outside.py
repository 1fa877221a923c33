"""WeChat's exchange and the real-name check, against the shipped reference services over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.identity.outside import OutsideError
from cloud.identity.realname import NoCheck, RealName, real_name_check
from cloud.identity.wechat import WechatCodeError, WechatOffError, wechat_login
from cloud.platform.errors import SettingsError
from cloud.platform.settings import Settings
from devices.simulators.identity_services import World, identity_services
from tests.cloud.people.sample import NAME, id_number


@pytest.fixture
def world() -> World:
    return World(codes={"code-1": "openid-1"}, names={id_number(): NAME}, tickets={"ticket-1"})


@pytest.fixture
async def both(world: World, tmp_path: Path) -> AsyncIterator[Settings]:
    secret = tmp_path / "provider-secret"
    secret.write_text(f"{world.secret}\n", "utf-8")
    async with identity_services(world) as url:
        yield Settings(
            data_dir=tmp_path,
            notify_wechat_url=url,
            notify_wechat_app_id=world.appid,
            notify_wechat_secret_file=secret,
            realname_url=url,
            realname_app="market",
            realname_secret_file=secret,
        )


async def test_wechat_gives_the_openid_of_a_code_once(both: Settings, world: World) -> None:
    login = wechat_login(both)
    assert await login.openid_of("code-1") == "openid-1"
    with pytest.raises(WechatCodeError):
        await login.openid_of("code-1")
    world.away = True
    with pytest.raises(OutsideError, match="-1"):
        await login.openid_of("code-2")


async def test_a_wrong_secret_is_our_trouble_and_is_not_told(both: Settings, world: World) -> None:
    world.secret = "another"  # noqa: S105 - the test's own
    with pytest.raises(OutsideError, match="40125") as caught:
        await wechat_login(both).openid_of("code-1")
    assert "reference-secret" not in str(caught.value)


async def test_nobody_answers_and_the_address_with_its_secret_is_not_told(both: Settings) -> None:
    dead = both.model_copy(update={"notify_wechat_url": "http://127.0.0.1:9", "realname_url": "http://127.0.0.1:9"})
    with pytest.raises(OutsideError) as caught:
        await wechat_login(dead).openid_of("code-1")
    assert "secret" not in str(caught.value)
    with pytest.raises(OutsideError):
        await real_name_check(dead).check(NAME, id_number(), "")


async def test_a_name_matches_and_a_ticket_says_that_its_owner_is_present(both: Settings) -> None:
    check = real_name_check(both)
    assert await check.check(NAME, id_number(), "") == RealName("match", present=False, reference="ref-1")
    assert await check.check(NAME, id_number(), "ticket-1") == RealName("match", present=True, reference="ref-2")
    assert (await check.check("示例乙", id_number(), "ticket-1")).result == "mismatch"
    assert not (await check.check("示例乙", id_number(), "ticket-1")).present


async def test_an_answer_that_is_not_signed_with_our_secret_is_none(both: Settings, world: World) -> None:
    world.forged = True
    with pytest.raises(OutsideError, match="signed"):
        await real_name_check(both).check(NAME, id_number(), "ticket-1")
    world.forged, world.away = False, True
    with pytest.raises(OutsideError, match="503"):
        await real_name_check(both).check(NAME, id_number(), "ticket-1")


async def test_nothing_is_asked_where_nothing_is_set(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert isinstance(real_name_check(settings), NoCheck)
    assert (await real_name_check(settings).check(NAME, id_number(), "")).result == "unchecked"
    with pytest.raises(WechatOffError):
        await wechat_login(settings).openid_of("code-1")
    with pytest.raises(SettingsError):
        real_name_check(settings.model_copy(update={"realname_url": "http://127.0.0.1:9"}))
