"""The station's own broker: a real mosquitto, an account and topics per device, back after a kill, gone at the end."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psutil
import pytest

from devices.errors import ConfigurationError, DeviceLost
from devices.transport import open_transport
from devices.transports.mqtt import MqttTransport
from edge import broker_cli, lanbroker
from edge.lanbroker import StationBroker, hashed, password_of
from provisioning.errors import SiteError
from provisioning.site import LanBroker
from tests.edge.stations import data_of, recorder, site
from tests.waiting import free_port, until

pytestmark = pytest.mark.broker

TERMINALS = ("1026700", "1026701", "1026702")


def faces(*names: str, options: str = "") -> str:
    return "".join(
        f"""
[[stations.slots]]
id = "face-{number}"
kind = "face"
device = {{ id = "dev-{number}", serial = "{name}", profile = "hf-face-mqtt", address = "broker:{name}{options}" }}
"""
        for number, name in enumerate(names)
    )


@asynccontextmanager
async def station_broker(folder: Path, slots: str, port: int | None = None) -> AsyncIterator[tuple[StationBroker, int]]:
    """Yield a broker at work, and its port."""
    port = port or free_port()
    async with recorder(folder) as records:
        settings = LanBroker(listen=f"127.0.0.1:{port}")
        broker = StationBroker(folder, settings, site(slots).stations[0].slots, records)
        task = asyncio.create_task(broker.run())
        try:
            yield broker, port
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def account(port: int, name: str, password: str) -> AsyncIterator[MqttTransport]:
    """Yield a connection of one device."""
    async with open_transport(f"mqtt://{name}:{password}@127.0.0.1:{port}/{name}") as link:
        assert isinstance(link, MqttTransport)
        yield link


async def collect(link: MqttTransport, into: list[tuple[str, bytes]]) -> None:
    async for message in link.messages():
        into += [(message.topic, message.payload)]


async def test_no_terminal_writes_or_reads_what_is_anothers(tmp_path: Path) -> None:
    async with station_broker(tmp_path, faces(*TERMINALS)) as (broker, port):
        await until(lambda: broker.running, "the broker serves")
        heard: list[tuple[str, bytes]] = []
        read: dict[str, list[tuple[str, bytes]]] = {name: [] for name in TERMINALS}
        address = await broker.resolve("broker:1026700")
        async with open_transport(address) as agent, AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            assert isinstance(agent, MqttTransport)
            await agent.subscribe("#")
            tasks = [group.create_task(collect(agent, heard))]
            for name in TERMINALS:
                link = await stack.enter_async_context(account(port, name, password_of(tmp_path, name, {})))
                await link.subscribe("#", *(f"mqtt/face/{one}" for one in TERMINALS))
                tasks.append(group.create_task(collect(link, read[name])))
                for other in TERMINALS:
                    for last in ("Rec", "Ack", "Snap"):
                        await link.publish(f"mqtt/face/{other}/{last}", name.encode())
                await link.publish(f"mqtt/face/{name}", b"to myself")
                await link.publish("mqtt/face/basic", name.encode())
                await link.publish("yz/1/st-01/up/evidence", name.encode())
            for name in TERMINALS:
                await agent.publish(f"mqtt/face/{name}", f"for {name}".encode())
            await until(lambda: all(len(one) >= 1 for one in read.values()), "every terminal hears its own")
            await agent.publish("end", b"")
            await until(lambda: ("end", b"") in heard, "everything has come")
            for task in tasks:
                task.cancel()
        own = {(f"mqtt/face/{name}/{last}", name.encode()) for name in TERMINALS for last in ("Rec", "Ack", "Snap")}
        assert {one for one in heard if one[0].startswith("mqtt/face/1")} - {
            (f"mqtt/face/{name}", f"for {name}".encode()) for name in TERMINALS
        } == own
        assert {one for one in heard if one[0] == "mqtt/face/basic"} == {
            ("mqtt/face/basic", name.encode()) for name in TERMINALS
        }
        assert not [one for one in heard if one[0].startswith("yz/")]
        assert read == {name: [(f"mqtt/face/{name}", f"for {name}".encode())] for name in TERMINALS}


async def test_who_has_no_account_or_a_wrong_password_stays_outside(tmp_path: Path) -> None:
    async with station_broker(tmp_path, faces("1026700")) as (broker, port):
        await until(lambda: broker.running, "the broker serves")
        for name, password in (("1026700", "wrong"), ("nobody", "x"), ("agent", "")):
            with pytest.raises(ConfigurationError, match="refuses the user"):
                async with account(port, name, password):
                    pytest.fail("it was let in")
        with pytest.raises(ConfigurationError):
            async with open_transport(f"mqtt://127.0.0.1:{port}/1026700"):
                pytest.fail("it was let in without a name")


async def test_passwords_are_the_sites_or_made_once_and_stand_nowhere_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = tmp_path / "face.password"
    given.write_text("门口-1\n", "utf-8")
    slots = faces("1026700", options=f"?password_file={given}") + faces("1026701").replace("face-0", "face-9")
    for _ in range(2):
        async with station_broker(tmp_path, slots) as (broker, port):
            await until(lambda: broker.running, "the broker serves")
            made = password_of(tmp_path, "1026701", {})
            async with account(port, "1026700", "%E9%97%A8%E5%8F%A3-1"), account(port, "1026701", made):
                pass
            secret = (await broker.resolve("broker:1026701")).partition("agent:")[2].partition("@")[0]
            rows = await broker._recorder.outbox.drain("ops", 0, 100)
    assert (tmp_path / "broker").stat().st_mode & 0o77 == 0
    assert not [path for path in (tmp_path / "broker").iterdir() if path.stat().st_mode & 0o77]
    told = caplog.text + "".join(row.text for row in rows)
    told += "".join(path.read_text() for path in (tmp_path / "broker").iterdir() if path.is_file())
    for password in ("门口-1", made, secret):
        assert password not in told


async def test_a_killed_broker_is_said_and_comes_back_and_ends_with_the_agent(tmp_path: Path) -> None:
    async with station_broker(tmp_path, faces("1026700")) as (broker, port):
        await until(lambda: broker.running, "the broker serves")
        first = broker.process_id
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: broker.running and broker.process_id != first, "another one serves")
        last = broker.process_id
        status = broker.status()
        assert status is not None
        assert (status["state"], status["restarts"], status["devices"]) == ("up", 1, ["1026700"])
        said: list[str] = []

        async def all_is_said() -> bool:
            rows = await broker._recorder.outbox.drain("ops", 0, 100)
            said[:] = [str(data_of(row.text)["state"]) for row in rows]
            return len(said) == 3

        await until(all_is_said, "each change is stored: it serves before it says so")
        assert said == ["up", "down", "up"]
    assert last is not None
    assert not psutil.pid_exists(last)
    with pytest.raises(DeviceLost, match="cannot connect"):
        async with account(port, "1026700", "x"):
            pytest.fail("somebody still listens")


async def test_a_taken_port_and_a_missing_program_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with station_broker(tmp_path, faces("1026700"), taken.getsockname()[1]) as (broker, port):
            await until(lambda: broker.text, "it says why not")
            assert broker.text == f"port {port} is taken"
    monkeypatch.setattr(lanbroker, "find_mosquitto", lambda: None)
    (tmp_path / "b").mkdir()
    async with station_broker(tmp_path / "b", faces("1026700")) as (broker, _):
        await until(lambda: broker.text, "it says why not")
        assert "apt-get install" in broker.text
        monkeypatch.setattr(lanbroker, "READY_S", 0.01)
        assert (await broker.resolve("broker:1026700")).startswith("mqtt://agent:")


async def test_a_station_that_needs_none_has_none(tmp_path: Path) -> None:
    async with recorder(tmp_path) as records:
        broker = StationBroker(tmp_path, None, [], records)
        await broker.run()
        assert broker.status() is None
        assert await broker.resolve("tcp://10.0.0.5:502") == "tcp://10.0.0.5:502"
        with pytest.raises(ConfigurationError, match="no broker"):
            await broker.resolve("broker:1026700")
        assert not (tmp_path / "broker").exists()


@pytest.mark.parametrize("address", ["broker:", "broker:agent", "broker:a/b", "broker:a+", "broker:a?colour=red"])
async def test_a_device_that_cannot_be_at_a_broker_is_refused(tmp_path: Path, address: str) -> None:
    async with recorder(tmp_path) as records:
        broker = StationBroker(tmp_path, LanBroker(listen="127.0.0.1:1"), [], records)
        with pytest.raises(ConfigurationError):
            await broker.resolve(address)


def test_passwords_are_kept_as_the_broker_reads_them(tmp_path: Path) -> None:
    assert hashed("x", b"0" * 12).startswith("$7$101$MDAwMDAwMDAwMDAw$")
    for text in ("", "a\nb", "x" * 200):
        path = tmp_path / "p"
        path.write_text(text)
        with pytest.raises(ConfigurationError, match="one line"):
            password_of(tmp_path, "n", {"password_file": str(path)})
    with pytest.raises(ConfigurationError, match="No such file"):
        password_of(tmp_path, "n", {"password_file": str(tmp_path / "none")})


def test_where_it_listens_is_an_address_and_a_port() -> None:
    text = '[[stations.slots]]\nid = "d"\nkind = "door"\n'
    assert site(text).stations[0].broker is None
    with pytest.raises(SiteError, match="listen"):
        site('broker = { listen = "everywhere" }\n' + text)


def test_a_technician_is_told_what_to_type_into_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = '[site]\nid = "demo"\nname = "示范"\n[[stations]]\nid = "st-01"\nname = "谏壁驿站"\n'
    path = tmp_path / "site.toml"
    words = ["--site", str(path), "--station", "st-01", "--state", str(tmp_path)]
    path.write_text(f'{head}broker = {{ listen = "192.168.10.2:1883" }}\n{faces("1026700")}', "utf-8")
    assert broker_cli.show(words) == 0
    line = json.loads(capsys.readouterr().out)
    assert line == {
        "slot": "face-0", "server": "192.168.10.2", "port": 1883, "user": "1026700",
        "password": password_of(tmp_path, "1026700", {}),
    }  # fmt: skip
    path.write_text(head + faces("1026700"), "utf-8")
    assert broker_cli.show(words) == 2
    assert "listen" in capsys.readouterr().err
