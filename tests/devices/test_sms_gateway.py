"""The reference SMS gateway: takes an id once, judges signature, template, rate, and remembers over a restart."""

import asyncio
import json
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devices.simulators.sms_gateway import Account, SmsGateway, controlling, serving
from devices.simulators.sms_store import PHONE_LIMITS, open_store
from firmware_profiles.ui.messages import load_templates
from protocols.sms import MESSAGES_PATH, Request, SmsMessage, authorization
from tests.waiting import until

SECRET = b"a secret of two sides"
SIGN = "零工驿站"
CODE = {"code": "123456", "minutes": "5"}


class Sender:
    """An account's side of the wire."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def post(self, secret: bytes = SECRET, nonce: str = "", **changes: Any) -> tuple[int, dict[str, Any]]:
        """Send a message and return (status, answer)."""
        fields: dict[str, Any] = {"id": "m-000001", "phone": "13800000001", "sign": SIGN, "template": "YZ1001"}
        body = SmsMessage(**{**fields, "params": CODE, **changes}).model_dump_json().encode()
        return await self.ask("POST", MESSAGES_PATH, body, secret, nonce)

    async def ask(
        self, method: str, path: str, body: bytes = b"", secret: bytes = SECRET, nonce: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Send a signed request."""
        header = authorization(
            Request(method, path, body), "yizhan", secret, int(time.time()), nonce or secrets.token_hex(16)
        )
        headers = {"Authorization": header}
        async with self._session.request(method, self._url + path, data=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[SmsGateway]:
    with open_store(tmp_path / "sms.db") as store:
        yield SmsGateway(Account("yizhan", SECRET, SIGN, load_templates()), store)


@pytest.fixture
async def sender(gateway: SmsGateway) -> AsyncIterator[Sender]:
    async with serving(gateway, "127.0.0.1", 0) as url, aiohttp.ClientSession() as session:
        yield Sender(session, url)


async def test_the_same_id_is_taken_once_and_answered_alike(gateway: SmsGateway, sender: Sender) -> None:
    first = await sender.post()
    assert first[0] == 200
    again = await sender.post()
    assert (again[1]["receipt"], again[1]["cost_fen"]) == (first[1]["receipt"], 5)
    assert len(gateway.store.shown()) == 1
    assert (await sender.post(phone="13800000002"))[1]["code"] == "id-reused"
    assert (await sender.ask("GET", f"{MESSAGES_PATH}/m-000001"))[1]["receipt"] == first[1]["receipt"]
    assert (await sender.ask("GET", f"{MESSAGES_PATH}/m-000002"))[1]["code"] == "unknown-id"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": b"another secret"}, "signature-wrong"),
        ({"template": "YZ1401"}, "template"),
        ({"template": "YZ1501"}, "template"),
        ({"template": "nobody's"}, "template"),
        ({"sign": "别人"}, "sign"),
        ({"params": {"code": "123456"}}, "params"),
        ({"params": CODE | {"link": "http://x"}}, "params"),
    ],
)
async def test_what_does_not_fit_is_refused_and_sent_to_nobody(
    gateway: SmsGateway, sender: Sender, changes: dict[str, Any], code: str
) -> None:
    assert (await sender.post(**changes))[1]["code"] == code
    assert gateway.store.shown() == []


async def test_a_captured_request_works_once(gateway: SmsGateway, sender: Sender) -> None:
    nonce = "0123456789abcdef"
    assert (await sender.post(nonce=nonce))[0] == 200
    assert (await sender.post(nonce=nonce))[1]["code"] == "signature-replayed"
    assert len(gateway.store.shown()) == 1


async def test_a_phone_gets_no_more_than_it_should(sender: Sender) -> None:
    most = PHONE_LIMITS[0][1]
    codes = [(await sender.post(id=f"m-00000{number}"))[0] for number in range(most + 1)]
    assert codes == [200] * most + [429]
    assert (await sender.post(id="m-000009", phone="13800000002"))[0] == 200


async def test_what_is_no_message_is_refused(sender: Sender) -> None:
    status, answer = await sender.ask("POST", MESSAGES_PATH, b'{"id": "m-000001"}')
    assert (status, answer["code"]) == (422, "malformed")


async def test_faults_are_set_over_the_control_socket(gateway: SmsGateway) -> None:
    async with controlling(gateway, "tcp://127.0.0.1:0") as where:
        host, port = where.removeprefix("tcp://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        answers = []
        lines: list[object] = [{"set": {"error": 503}}, {"get": True}, {"set": {"error": 418}}, {"set": {"erorr": 1}}]
        for line in (*lines, {}, []):
            writer.write(json.dumps(line).encode() + b"\n")
            answers.append(json.loads(await reader.readline()))
        writer.close()
        await writer.wait_closed()
    assert [answer["ok"] for answer in answers] == [True, True, False, False, False, False]
    assert gateway.faults.error == 503


async def test_the_program_says_where_it_is_and_remembers_over_a_kill(tmp_path: Path) -> None:
    words = ("sms", "simulate", "--state", str(tmp_path / "state"), "--secret-file", str(tmp_path / "secret"))
    for number in (1, 2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "yizhan.py", *words, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        where = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        assert where["control"].startswith("tcp://")
        secret = (tmp_path / "secret").read_text("utf-8").strip().encode()
        async with aiohttp.ClientSession() as session:
            sender = Sender(session, where["url"])
            assert (await sender.post(secret))[0] == 200
            assert (await sender.post(secret, id=f"m-00001{number}"))[0] == (200 if number == 1 else 429)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    with open_store(tmp_path / "state" / "sms.db") as store:
        await until(lambda: len(store.shown()) == 2, "each message went out once")
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
