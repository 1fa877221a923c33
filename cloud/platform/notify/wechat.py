"""WeChat subscription messages. WeChat knows no key for repeated requests: what is unclear is not sent again by itself.

Addresses and error numbers: developers.weixin.qq.com, 小程序 服务端 "发送订阅消息" and "获取稳定版接口调用凭据".
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import aiohttp

from cloud.platform.notify.channels import Away, Busy, Letter, Outcome, Refused, Sent, Unclear, Withheld

TOKEN_PATH: Final = "/cgi-bin/stable_token"  # noqa: S105 - an address
SEND_PATH: Final = "/cgi-bin/message/subscribe/send"
TIMEOUT_S: Final = 10.0
CONNECT_TIMEOUT_S: Final = 3.0
MAX_ANSWER_BYTES: Final = 16 * 1024
#: The token is renewed this long before it ends, s.
TOKEN_RESERVE_S: Final = 300.0
_TOKEN_WRONG: Final = frozenset({40001, 40014, 42001})
_LATER: Final = frozenset({-1, 45009, 45011})


@dataclass(frozen=True, slots=True)
class WechatAccount:
    """The mini-program that people subscribed to."""

    url: str
    app_id: str
    secret: str = field(repr=False)


class WechatChannel:
    """Sends subscription messages."""

    can_be_asked: ClassVar[bool] = False

    def __init__(self, session: aiohttp.ClientSession, account: WechatAccount) -> None:
        self._session = session
        self._account = account
        self._token = ""
        self._token_until_s = 0.0
        self._renewing = asyncio.Lock()

    async def send(self, letter: Letter) -> Outcome:
        """Hand a letter to WeChat."""
        at = letter.template.wechat
        if at is None or at.state != "approved":
            return Withheld("not_approved")
        if letter.contact.wechat_openid is None:
            return Withheld("no_address")
        async with self._renewing:
            refused = await self._renew_token()
        if refused is not None:
            return refused
        data = {name: {"value": value} for name, value in letter.template.wechat_data(letter.values).items()}
        body = {"touser": letter.contact.wechat_openid, "template_id": at.id, "data": data, "lang": "zh_CN"}
        answer = await self._post(f"{SEND_PATH}?access_token={self._token}", body)
        return self._outcome(answer) if isinstance(answer, Mapping) else answer

    async def ask(self, letter_id: str) -> Outcome:
        """Return that WeChat cannot be asked."""
        del letter_id
        return Unclear("WeChat tells nothing of a message afterwards")

    def _outcome(self, answer: Mapping[str, Any]) -> Outcome:
        code = answer.get("errcode", 0)
        if code == 0:
            return Sent(str(answer.get("msgid", ""))[:64])
        if code in _TOKEN_WRONG:
            self._token = ""
            return Busy(f"{code}: token")
        return Busy(str(code)) if code in _LATER else Refused(f"wechat-{code}", str(answer.get("errmsg", ""))[:100])

    async def _renew_token(self) -> Outcome | None:
        now_s = asyncio.get_running_loop().time()
        if self._token and now_s < self._token_until_s:
            return None
        asked = {"grant_type": "client_credential", "appid": self._account.app_id, "secret": self._account.secret}
        answer = await self._post(TOKEN_PATH, asked)
        if not isinstance(answer, Mapping):
            return Away("no token: WeChat does not answer")
        token, lasts = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(lasts, int):
            return Away(f"no token: {answer.get('errcode')}; is the account's secret right?")
        self._token, self._token_until_s = token, now_s + lasts - TOKEN_RESERVE_S
        return None

    async def _post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any] | Away | Unclear:
        """Return the answer; what went wrong never names the address: it holds the token."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S)
        url = self._account.url.rstrip("/") + path
        try:
            async with self._session.post(url, json=body, timeout=timeout, allow_redirects=False) as response:
                answer = json.loads(await response.content.read(MAX_ANSWER_BYTES))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Away(f"no connection: {type(error).__name__}")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return Unclear(f"no answer: {type(error).__name__}")
        return answer if isinstance(answer, dict) else Unclear("the answer cannot be read")
