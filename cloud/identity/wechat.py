"""Log-in with WeChat: the mini program's `code` is exchanged for the user's openid (code2Session). A plug-in.

Source of the interface: developers.weixin.qq.com, "小程序登录 / code2Session".
"""

import json
from typing import Final, Protocol

import aiohttp

from cloud.identity.outside import OutsideError, session
from cloud.platform.notify.providers import wechat_account
from cloud.platform.problems import ProblemError
from cloud.platform.settings import Settings

PROVIDER: Final = "wechat"
EXCHANGE_PATH: Final = "/sns/jscode2session"
MAX_ANSWER_BYTES: Final = 4_096
#: Answers that mean that this code is not good, or not any more; others mean that WeChat is not well.
_BAD_CODE: Final = frozenset({40029, 40163, 40226})
_MAX_OPENID: Final = 128


class WechatOffError(ProblemError):
    """This market has no WeChat mini program."""

    def __init__(self) -> None:
        super().__init__(409, "wechat-off", "本站未开通微信登录，请用手机验证码")


class WechatCodeError(ProblemError):
    """WeChat does not know this code (any more): ask the mini program for a new one."""

    def __init__(self) -> None:
        super().__init__(422, "wechat-code", "微信登录已过期，请重试")


class WechatLogin(Protocol):
    """Who turns a code into an openid."""

    async def openid_of(self, code: str) -> str:
        """Return the user's openid; WechatOffError, WechatCodeError or OutsideError."""
        ...


class NoWechat:
    """The default."""

    async def openid_of(self, code: str) -> str:
        """Refuse."""
        del code
        raise WechatOffError


class HttpWechat:
    """WeChat's own service, or the shipped reference of it."""

    def __init__(self, url: str, appid: str, secret: str) -> None:
        self._url = url.rstrip("/") + EXCHANGE_PATH
        self._appid, self._secret = appid, secret

    async def openid_of(self, code: str) -> str:
        """Exchange a code once; the session key that comes with it is not kept."""
        query = {"appid": self._appid, "secret": self._secret, "js_code": code, "grant_type": "authorization_code"}
        try:
            async with session() as client, client.get(self._url, params=query) as response:
                # WeChat says text/plain
                answer = json.loads(await response.content.read(MAX_ANSWER_BYTES))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # The address of the request holds the secret: the error's own text is not passed on.
            raise OutsideError(f"WeChat gives no usable answer ({type(error).__name__})") from None
        if not isinstance(answer, dict):
            raise OutsideError("WeChat gives no usable answer")
        if answer.get("errcode") in _BAD_CODE:
            raise WechatCodeError
        openid = answer.get("openid")
        if not isinstance(openid, str) or not 1 <= len(openid) <= _MAX_OPENID:
            raise OutsideError(f"WeChat refuses: errcode {answer.get('errcode')!r}")
        return openid


def wechat_login(settings: Settings) -> WechatLogin:
    """Return the exchange of the mini-program that also sends messages: an openid is its own."""
    account = wechat_account(settings)
    return HttpWechat(account.url, account.app_id, account.secret) if account else NoWechat()
