"""Channels by settings: what is not set up is not there, what is half set up is said before anything runs."""

import dataclasses
from pathlib import Path

import pytest

from cloud.checks import _messages
from cloud.platform.core import Core
from cloud.platform.errors import SettingsError
from cloud.platform.notify.providers import open_channels, sms_account
from cloud.platform.settings import Settings, load_settings
from firmware_profiles.ui.messages import load_templates

SECRET = "a secret of core and gateway"  # noqa: S105 - the test's own


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "sms.secret"
    path.write_text(SECRET + "\n", "utf-8")
    return path


def test_nothing_set_up_is_the_inbox_only() -> None:
    assert _messages(Settings())[1:] == (f"inbox only; {len(load_templates())} templates", 0)


async def test_what_is_set_up_is_there(core: Core, secret: Path) -> None:
    values = {"notify_sms_url": "https://sms", "notify_sms_secret_file": secret}
    values |= {"notify_wechat_app_id": "wx1", "notify_wechat_secret_file": secret}
    settings = core.settings.model_copy(update=values)
    account = sms_account(settings)
    assert account is not None
    assert account.secret == SECRET.encode()
    assert SECRET not in repr(account)
    async with open_channels(dataclasses.replace(core, settings=settings)) as found:
        assert sorted(found) == ["sms", "wechat"]
    assert _messages(settings)[1:] == (f"sms, wechat; {len(load_templates())} templates", 0)


@pytest.mark.parametrize("text", [None, "short", ""])
def test_a_secret_that_is_missing_or_short_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "secret"
    if text is not None:
        path.write_text(text, "utf-8")
    settings = Settings(notify_sms_url="https://sms", notify_sms_secret_file=path)
    assert _messages(settings)[2] == 2
    assert "YIZHAN_NOTIFY_SMS_SECRET_FILE" in _messages(settings)[1]
    assert "name the file" in _messages(Settings(notify_sms_url="https://sms"))[1]


@pytest.mark.parametrize("url", ["ftp://sms", "sms", "https://" + "user:word@sms"])
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="NOTIFY_SMS_URL"):
        load_settings(None, {"YIZHAN_NOTIFY_SMS_URL": url})
