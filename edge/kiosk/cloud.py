"""What a kiosk asks the cloud: the acts named here and no others, with the kiosk's own token (ADR 47).

No part of an address comes from a page, no secret goes to one. Whoever has the page has this table, not a proxy.
"""

import json
import logging
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

import aiohttp
import uuid_utils

from devices.transports.tls import trust_for
from edge.errors import KioskRefused

#: Below the state directory: one file per kiosk, named after its slot, readable by the agent's account alone.
TOKENS: Final = "kiosk-tokens"
#: Somebody stands before the screen: who waits longer takes a number instead.
TIMEOUT: Final = aiohttp.ClientTimeout(total=8.0, connect=3.0)
#: The longest legal text is about 20 KB.
MAX_ANSWER_BYTES: Final = 256 * 1024
MAX_TOKEN_BYTES: Final = 128
#: A problem's words as a page shows them.
MAX_WORDS: Final = 200
KIOSK_HEADER: Final = "Yizhan-Kiosk"
_PROBLEM: Final = "urn:yizhan:problem:"
_OTHERS_READ: Final = stat.S_IRWXG | stat.S_IRWXO

Body = Mapping[str, Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that the cloud opened: `person` is his id, `secret` its bearer."""

    person: str
    secret: str = field(repr=False)


class KioskCloud:
    """The core's kiosk routes; each call is one request, `KioskRefused("away")` when nothing answers."""

    def __init__(self, base: str, state: Path) -> None:
        self.base = base.rstrip("/")
        self._tokens = state / TOKENS
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Give the connections up."""
        if self._http is not None:
            await self._http.close()

    def has_token(self, slot: str) -> bool:
        """Return whether a kiosk may ask anything."""
        return bool(self.base and self._token(slot))

    async def by_card(self, slot: str, card: Mapping[str, str], consents: list[str]) -> SignedIn:
        """Open a session by what the reader read."""
        return _signed_in(await self._open(slot, "card", {**card, "consents": consents}))

    async def send_code(self, slot: str, phone: str) -> None:
        """Have a code sent to a phone."""
        await self._ask(slot, "POST", "/kiosk/codes", {"phone": phone})

    async def by_code(self, slot: str, phone: str, code: str, consents: list[str]) -> SignedIn:
        """Open a session by phone code."""
        return _signed_in(await self._open(slot, "code", {"phone": phone, "code": code, "consents": consents}))

    async def by_face(self, slot: str, person: str) -> SignedIn:
        """Open a session of whom this station recognised and who then confirmed it."""
        return _signed_in(await self._open(slot, "face", {"person": person}))

    async def end(self, slot: str) -> None:
        """End whatever session is open at a kiosk."""
        await self._ask(slot, "DELETE", "/kiosk/session")

    async def self_of(self, slot: str, secret: str) -> dict[str, Any]:
        """Return somebody's own record, masked, with his consents."""
        return await self._ask(slot, "GET", "/seeker", secret=secret)

    async def agree(self, slot: str, secret: str, purpose: str) -> dict[str, Any]:
        """Note a consent; return his record."""
        return await self._ask(slot, "POST", "/seeker/consents", {"purposes": [purpose]}, secret)

    async def withdraw_face(self, slot: str, secret: str) -> None:
        """Withdraw the consent to faces."""
        await self._ask(slot, "DELETE", "/seeker/consents/face", secret=secret)

    async def texts(self, slot: str) -> dict[str, dict[str, Any]]:
        """Return the texts of consent in force, by purpose."""
        found = await self._ask(slot, "GET", "/seeker/consent-texts")
        return {str(one["purpose"]): one for one in found["items"]}

    async def _open(self, slot: str, way: str, body: Body) -> dict[str, Any]:
        return await self._ask(slot, "POST", f"/kiosk/sessions/{way}", body)

    async def _ask(
        self, slot: str, method: str, path: str, body: Body | None = None, secret: str = ""
    ) -> dict[str, Any]:
        token = self._token(slot)
        if not self.base or not token:
            raise KioskRefused("not_set_up")
        headers = {"Authorization": f"Bearer {secret or token}", KIOSK_HEADER: token}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid_utils.uuid7())
        http = self._session()
        try:
            async with http.request(
                method, f"{self.base}/api/v1{path}", json=body, headers=headers, allow_redirects=False
            ) as answer:
                return await _document(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.info("the cloud does not answer %s %s: %s", method, path, type(error).__name__)
            raise KioskRefused("away") from error

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust_for(self.base)), timeout=TIMEOUT
            )
        return self._http

    def _token(self, slot: str) -> str:
        """Return a kiosk's token; a file that others can read is not used."""
        path = self._tokens / slot
        try:
            if path.stat().st_mode & _OTHERS_READ:
                _log.error("%s can be read by others: chmod 600", path.name)
                return ""
            with path.open("rb") as file:
                return file.read(MAX_TOKEN_BYTES).decode("ascii").strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            _log.error("the token of %s cannot be read: %s", slot, type(error).__name__)
            return ""


async def _document(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """Return what the cloud answered; KioskRefused with its problem's name when it said no."""
    body = await answer.content.read(MAX_ANSWER_BYTES + 1)
    while len(body) <= MAX_ANSWER_BYTES and (more := await answer.content.read(MAX_ANSWER_BYTES)):
        body += more
    if len(body) > MAX_ANSWER_BYTES:
        raise KioskRefused("away", "the answer is too long")
    try:
        found = json.loads(body) if body else {}
    except ValueError as error:
        raise KioskRefused("away", "the answer is no JSON") from error
    if not isinstance(found, dict):
        raise KioskRefused("away", "the answer is no object")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise KioskRefused("away", f"status {answer.status}")
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        reason = str(found.get("type", "")).removeprefix(_PROBLEM).replace("-", "_") or "refused"
        raise KioskRefused(reason, str(found.get("detail", ""))[:MAX_WORDS])
    return cast("dict[str, Any]", found)


def _signed_in(found: Mapping[str, Any]) -> SignedIn:
    return SignedIn(str(found["person"]), str(found["token"]))
