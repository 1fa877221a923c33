"""SNMP: our drivers against net-snmp's agent (v2c and v3 authPriv), and against agents that misbehave."""

from pathlib import Path

import pytest

from devices.driver import Driver, SlotConfig
from devices.drivers.snmp_printer import TEXTS, SnmpPrinterDriver
from devices.drivers.snmp_switch import MAX_WATCHED, SnmpSwitchDriver, watched_of
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.snmp import SnmpPrinter, SnmpSwitch
from devices.transport import open_transport
from devices.transports.snmp import MAX_ROWS, SnmpTransport
from protocols.frames import mib
from tests.peers.snmpd import AUTH, PRIVACY, Agent, snmpd

ERRORS = f"{mib.HR_PRINTER_ERRORS}.1"


def config(where: str, kind: type[Driver], **settings: object) -> SlotConfig:
    return SlotConfig("st-01", "x-1", next(iter(kind.kinds)), where, settings=settings)


async def read_once(
    kind: type[SnmpPrinterDriver | SnmpSwitchDriver], where: str, host: RecordingHost, **settings: object
) -> None:
    async with open_transport(where) as transport:
        await kind(config(where, kind, **settings), transport).poll(host)


@pytest.mark.peer
@pytest.mark.parametrize("version", ["v2c", "v3"])
async def test_a_printer_as_snmpd_tells_it(version: str, tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with snmpd(tmp_path) as agent:
        where = getattr(agent, version)
        await read_once(SnmpPrinterDriver, where, host)
        assert host.lives[-1] == {
            "status": "idle", "errors": "media-empty", "paper_percent": 50, "toner_percent": 37,
        }  # fmt: skip
        await agent.set(ERRORS, b"\x24")
        await agent.set(f"{mib.SUPPLY_LEVEL}.1.1", 4)
        await read_once(SnmpPrinterDriver, where, host)
        assert host.lives[-1]["toner_percent"] == 4
    assert [(one.name, one.data.get("cause") or one.data.get("reasons")) for one in host.events] == [
        ("media.changed", ["media-empty"]), ("fault.began", "media-empty"), ("media.changed", []),
        ("fault.ended", "media-empty"), ("fault.began", "media-jam"), ("fault.began", "toner-low"),
    ]  # fmt: skip
    severities = {one.data["cause"]: one.data["severity"] for one in host.events if one.name == "fault.began"}
    assert severities == {"media-empty": "error", "media-jam": "error", "toner-low": "warning"}


@pytest.mark.peer
async def test_a_switch_as_snmpd_tells_it_over_v3(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with snmpd(tmp_path) as agent:
        await read_once(SnmpSwitchDriver, agent.v3, host, watched="901")
        before = host.lives[-1]
        await agent.set(f"{mib.IF_OPER}.901", 2)
        await read_once(SnmpSwitchDriver, agent.v3, host, watched="901, 999")
        await agent.set(f"{mib.IF_OPER}.901", 1)
        await read_once(SnmpSwitchDriver, agent.v3, host, watched="901")
    assert (before["ports_total"], host.lives[-1]["ports_up"]) == (host.lives[-1]["ports_total"], before["ports_up"])
    assert [(one.name, one.data["cause"], one.data["text"]) for one in host.events] == [
        ("fault.began", "port_901", "端口 901（ge-901）断开"), ("fault.began", "port_999", "没有端口 999"),
        ("fault.ended", "port_901", "端口 901（ge-901）断开"), ("fault.ended", "port_999", "没有端口 999"),
    ]  # fmt: skip


@pytest.mark.peer
async def test_a_wrong_password_is_a_refusal_and_shows_no_secret(tmp_path: Path) -> None:
    async with snmpd(tmp_path) as agent:
        good = agent.v3
        for where in (good.replace("user=edge", "user=nobody"), good):
            with pytest.raises(DeviceRefused) as refused:
                await read_once(SnmpPrinterDriver, where, RecordingHost(tmp_path))
            assert PRIVACY not in str(refused.value)
            agent.secrets(auth="wrongpass123")
        (tmp_path / "community").write_text("other")
        community = f"snmp://127.0.0.1:{agent.port}?community_file={tmp_path}/community"
        with pytest.raises(DeviceLost, match="within"):  # an agent does not answer a wrong community
            await read_once(SnmpPrinterDriver, community, RecordingHost(tmp_path))


@pytest.mark.parametrize(
    ("auth", "options"),
    [
        (AUTH, "user=edge"), ("short", "user=edge&{files}"), (AUTH, "user=edge&{files}&auth_by=MD5"),
        (AUTH, "user=edge&{files}&priv_by=DES"), (AUTH, "{files}"), (AUTH, "user=edge&{files}&community=public"),
        (AUTH, "user=edge&{files}x"),
    ],
)  # fmt: skip
def test_an_account_that_cannot_work_is_refused_without_repeating_it(auth: str, options: str, tmp_path: Path) -> None:
    files = Agent(1, tmp_path).secrets(auth)
    with pytest.raises(ConfigurationError) as refused:
        open_transport(f"snmp://10.0.0.7?{options.format(files=files)}")
    assert not any(secret in str(refused.value) for secret in (AUTH, PRIVACY, "short"))


async def test_addresses_without_a_host_and_other_transports_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="snmp://"):
        open_transport("snmp:?community=secret")
    for kind in (SnmpPrinterDriver, SnmpSwitchDriver):
        with pytest.raises(ConfigurationError, match="snmp://"):
            kind(config("tcp://h:1", kind), open_transport("tcp://h:1"))
    transport = open_transport("snmp://127.0.0.1:9")
    assert isinstance(transport, SnmpTransport)
    with pytest.raises(DeviceLost, match="not open"):
        await transport.get(mib.SYS_NAME)


@pytest.mark.parametrize("text", ["a", "1,,x", "-1", "65536", " ".join(map(str, range(MAX_WATCHED + 1)))])
def test_ports_to_watch_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(DeviceRefused, match="watched"):
        watched_of(text)


def test_ports_to_watch_and_texts() -> None:
    assert watched_of("") == ()
    assert watched_of("24, 1 2,2") == (1, 2, 24)
    assert TEXTS.keys() == set(mib.ERROR_BITS)


def test_a_simulator_answers_no_garbage() -> None:
    for agent in (SnmpPrinter(), SnmpSwitch()):
        assert agent.datagram(b"") is agent.datagram(b"\x30\x03\x02\x01") is agent.datagram(b"\xff" * 40) is None
    assert MAX_ROWS > 512
