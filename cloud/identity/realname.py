"""Does this name belong to this ID number? A plug-in: `none` says that nobody was asked, `http` asks a service."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import aiohttp

from cloud.identity.outside import OutsideError, session
from cloud.platform.settings import Settings, read_secret_text
from protocols.errors import DocumentError
from protocols.realname import CHECK_PATH, MAX_ANSWER_BYTES, SIGNATURE_HEADER, Question, read_answer, signature

_OK: Final = 200


@dataclass(frozen=True, slots=True)
class RealName:
    """What a check found; `present`: the person himself took part, which counts like a card that was read."""

    result: Literal["match", "mismatch", "unchecked"]
    present: bool = False
    reference: str = ""


class RealNameCheck(Protocol):
    """A service that knows names."""

    provider: str

    async def check(self, name: str, id_number: str, ticket: str) -> RealName:
        """Return what it says; OutsideError when it says nothing."""
        ...


class NoCheck:
    """Nobody is asked, and the page says so."""

    provider = "none"

    async def check(self, name: str, id_number: str, ticket: str) -> RealName:
        """Return `unchecked`."""
        del name, id_number, ticket
        return RealName("unchecked")


class HttpCheck:
    """The national network-identity service (国家网络身份认证公共服务), or another, behind the operator's adapter."""

    provider = "http"

    def __init__(self, url: str, app: str, secret: bytes) -> None:
        self._url = url.rstrip("/") + CHECK_PATH
        self._app = app
        self._secret = secret

    async def check(self, name: str, id_number: str, ticket: str) -> RealName:
        """Ask once; an answer that is not signed with our secret is no answer."""
        request = str(uuid.uuid4())
        question = Question(app=self._app, request=request, name=name, id_number=id_number, ticket=ticket)
        body = question.model_dump_json().encode()
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature(self._secret, body)}
        try:
            async with session() as client, client.post(self._url, data=body, headers=headers) as response:
                if response.status != _OK:
                    raise OutsideError(f"the real-name service answered {response.status}")
                text = await response.content.read(MAX_ANSWER_BYTES)
                answer = read_answer(self._secret, text, response.headers.get(SIGNATURE_HEADER, ""), request)
        except (aiohttp.ClientError, TimeoutError, DocumentError) as error:
            raise OutsideError(f"the real-name service gives no usable answer: {error}") from error
        return RealName(answer.result, answer.present and answer.result == "match", answer.reference)


def real_name_check(settings: Settings) -> RealNameCheck:
    """Return the check that the settings name."""
    if not settings.realname_url:
        return NoCheck()
    return HttpCheck(settings.realname_url, settings.realname_app, read_secret_text(settings.realname_secret_file))


#: Word of the provider -> string of the page.
PROVIDER_WORDS: Final[Mapping[str, str]] = {"none": "my.realname_none", "http": "my.realname_http"}
