"""SMS through an HTTP gateway of `protocols.sms`: our message id is its key, so a repeated request sends once."""

import secrets
import time
from dataclasses import dataclass, field
from typing import ClassVar, Final, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from cloud.platform.notify.channels import Away, Busy, Letter, Outcome, Refused, Sent, Unclear, Unheard, Withheld
from protocols.sms import MESSAGES_PATH, Request, SmsMessage, SmsRefusal, SmsStatus, authorization

#: A gateway answers within tens of milliseconds; one that needs longer than this is ill.
TIMEOUT_S: Final = 10.0
CONNECT_TIMEOUT_S: Final = 3.0
MAX_ANSWER_BYTES: Final = 16 * 1024
MAX_WAIT_S: Final = 3_600.0
Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """An account at a gateway; `sign` stands before every text as 【…】."""

    url: str
    key_id: str
    secret: bytes = field(repr=False)
    sign: str


class SmsChannel:
    """Sends short messages."""

    can_be_asked: ClassVar[bool] = True

    def __init__(self, session: aiohttp.ClientSession, account: SmsAccount) -> None:
        self._session = session
        self._account = account

    async def send(self, letter: Letter) -> Outcome:
        """Hand a letter to the gateway."""
        at = letter.template.sms
        if at is None or at.state != "approved":
            return Withheld("not_approved")
        if letter.contact.phone is None:
            return Withheld("no_address")
        try:
            message = SmsMessage(
                id=letter.id, phone=letter.contact.phone, sign=self._account.sign, template=at.id,
                params=dict(letter.values),
            )  # fmt: skip
        except ValidationError as error:
            return Refused("malformed", ", ".join(str(problem["loc"][0]) for problem in error.errors()))
        return await self._exchange("POST", MESSAGES_PATH, message.model_dump_json().encode())

    async def ask(self, letter_id: str) -> Outcome:
        """Return what the gateway knows of a letter."""
        return await self._exchange("GET", f"{MESSAGES_PATH}/{letter_id}", b"")

    async def _exchange(self, method: str, path: str, body: bytes) -> Outcome:
        signed, now_s = Request(method, path, body), int(time.time())
        header = authorization(signed, self._account.key_id, self._account.secret, now_s, secrets.token_hex(16))
        headers = {"Authorization": header, "Content-Type": "application/json"}
        url = self._account.url.rstrip("/") + path
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S)
        try:
            async with self._session.request(
                method, url, data=body or None, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                answer = await response.content.read(MAX_ANSWER_BYTES)
                return _outcome(response.status, answer, response.headers.get("Retry-After", ""))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Away(f"no connection: {type(error).__name__}")
        except (aiohttp.ClientError, TimeoutError) as error:
            return Unclear(f"no answer: {type(error).__name__}")


def outcome_of(status: SmsStatus) -> Outcome:
    """Return what a gateway's word on a message means."""
    if status.state == "failed":
        return Refused(status.code or "failed", cost_fen=status.cost_fen)
    return Sent(status.receipt, status.cost_fen, delivered=status.state == "delivered")


def _outcome(status: int, answer: bytes, retry_after: str) -> Outcome:
    if status == 200:  # noqa: PLR2004 - HTTP's own number
        known = _parse(SmsStatus, answer)
        return outcome_of(known) if known else Unclear("the answer cannot be read")
    refusal = _parse(SmsRefusal, answer) or SmsRefusal(code=f"http-{status}")
    words = f"{status} {refusal.code}"
    match status:
        case 401 | 403:
            return Away(f"{words}: is the account's secret right, and our clock?")
        case 404 if refusal.code == "unknown-id":
            return Unheard()
        case 429:
            return Busy(words, min(float(retry_after), MAX_WAIT_S) if retry_after.isdigit() else 0.0)
        case 409 | 422:
            return Refused(refusal.code, refusal.text)
        case _:
            return Unclear(words)


def _parse(model: type[Body], answer: bytes) -> Body | None:
    try:
        return model.model_validate_json(answer)
    except ValidationError:
        return None
