"""The channels of one process, by its settings; what is not set up is not there, and its messages are withheld."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from cloud.platform.core import Core
from cloud.platform.errors import SettingsError
from cloud.platform.notify.channels import Channel
from cloud.platform.notify.sms import SmsAccount, SmsChannel
from cloud.platform.notify.states import Channel as Name
from cloud.platform.notify.wechat import WechatAccount, WechatChannel
from cloud.platform.notify.worker import BATCH
from cloud.platform.settings import Settings

MIN_SECRET_CHARS: Final = 16


def sms_account(settings: Settings) -> SmsAccount | None:
    """Return the account at the SMS gateway, None when none is set up; SettingsError says what is missing."""
    if not settings.notify_sms_url:
        return None
    secret = _secret(settings.notify_sms_secret_file, "NOTIFY_SMS_SECRET_FILE")
    return SmsAccount(settings.notify_sms_url, settings.notify_sms_key_id, secret.encode(), settings.notify_sms_sign)


def wechat_account(settings: Settings) -> WechatAccount | None:
    """Return the mini-program's account, None when none is set up."""
    if not settings.notify_wechat_app_id:
        return None
    secret = _secret(settings.notify_wechat_secret_file, "NOTIFY_WECHAT_SECRET_FILE")
    return WechatAccount(settings.notify_wechat_url, settings.notify_wechat_app_id, secret)


@asynccontextmanager
async def open_channels(core: Core) -> AsyncIterator[dict[Name, Channel]]:
    """Yield the channels that are set up."""
    sms, wechat = sms_account(core.settings), wechat_account(core.settings)
    # No cookies, no proxies of the environment: where messages go is the settings' word.
    connector = aiohttp.TCPConnector(limit=BATCH)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        channels: dict[Name, Channel] = {}
        if sms is not None:
            channels["sms"] = SmsChannel(session, sms)
        if wechat is not None:
            channels["wechat"] = WechatChannel(session, wechat)
        yield channels


def _secret(path: Path | None, name: str) -> str:
    if path is None:
        raise SettingsError(f"YIZHAN_{name}: name the file that holds the secret")
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"YIZHAN_{name}: cannot read {path}: {error}") from error
    if len(secret) < MIN_SECRET_CHARS:
        raise SettingsError(f"YIZHAN_{name}: the secret in {path} has less than {MIN_SECRET_CHARS} characters")
    return secret
