"""Devices with certificates of their own making, over real TLS: pinned, found out by a probe, changed, faked."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.cli import UNREACHABLE, probe
from devices.errors import ConfigurationError, DeviceLost
from devices.isapi_link import IsapiLink
from devices.losses import fault_of
from devices.simulators.http_line import HttpRequest
from devices.simulators.isapi import DigestDoor
from devices.simulators.isapi_terminal import HikTerminal
from devices.transport import open_transport, parse_address
from devices.transports.http import HttpTransport
from devices.transports.onvif import onvif_of
from devices.transports.tcp import TcpTransport
from tests.peers.certificates import self_signed


class Door(DigestDoor):
    """Counts who came as far as asking anything."""

    asked_total = 0

    def opens(self, request: HttpRequest) -> bool:
        """Count and judge."""
        self.asked_total += 1
        return super().opens(request)


class SecureTerminal:
    """A terminal behind TLS."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context, self.door = context, Door("admin", "venue-1234")
        self.device = HikTerminal(door=self.door)

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[int]:
        """Serve on a port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=self.context)
        async with server:
            yield int(server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with TcpTransport.accepted(reader, writer) as transport:
            await self.device.serve(transport)


async def model_at(where: str) -> str:
    """Return what the device behind an address is."""
    async with open_transport(where) as transport:
        return (await IsapiLink(transport).info()).model


@pytest.fixture(name="secret")
def _secret(tmp_path: Path) -> Path:
    file = tmp_path / "face.password"
    file.write_text("venue-1234\n")
    return file


async def test_only_the_pinned_certificate_is_talked_to(tmp_path: Path, secret: Path) -> None:
    own, other = self_signed(tmp_path / "own.pem"), self_signed(tmp_path / "other.pem")
    terminal = SecureTerminal(own.context())
    async with terminal.serving() as port:
        where = f"https://127.0.0.1:{port}?user=admin&password_file={secret}"
        with pytest.raises(DeviceLost, match=own.fingerprint) as unknown:
            await model_at(where)
        assert fault_of(unknown.value) == "certificate"
        assert terminal.door.asked_total == 0, "nothing is sent to a device that is not trusted"
        assert await model_at(f"{where}&fingerprint={own.fingerprint}") == "DS-K1T341"
        with_colons = ":".join(own.fingerprint[7:][at : at + 2] for at in range(0, 64, 2)).upper()
        assert await model_at(f"{where}&fingerprint=sha256:{with_colons}") == "DS-K1T341"
        asked_total = terminal.door.asked_total
        with pytest.raises(DeviceLost, match=f"another certificate, {own.fingerprint}"):
            await model_at(f"{where}&fingerprint={other.fingerprint}")
        assert terminal.door.asked_total == asked_total
    # The device was reset, or somebody stands between: the same address shows another certificate.
    changed = SecureTerminal(other.context())
    async with changed.serving(port):
        with pytest.raises(DeviceLost, match=other.fingerprint) as found:
            await model_at(f"{where}&fingerprint={own.fingerprint}")
        assert (fault_of(found.value), changed.door.asked_total) == ("certificate", 0)


async def test_a_stream_of_events_is_pinned_too_and_a_lost_device_is_no_certificate(tmp_path: Path) -> None:
    own = self_signed(tmp_path / "own.pem")
    terminal = SecureTerminal(own.context())
    async with terminal.serving() as port, open_transport(f"https://127.0.0.1:{port}") as transport:
        assert isinstance(transport, HttpTransport)
        with pytest.raises(DeviceLost, match=own.fingerprint):
            async with transport.stream("/ISAPI/Event/notification/alertStream"):
                pass
        assert terminal.door.asked_total == 0
    with pytest.raises(DeviceLost) as gone:
        await model_at(f"https://127.0.0.1:{port}?fingerprint={own.fingerprint}")
    assert fault_of(gone.value) == "refused"


async def test_a_camera_that_is_asked_by_onvif_can_be_pinned(tmp_path: Path) -> None:
    own, other = self_signed(tmp_path / "own.pem"), self_signed(tmp_path / "other.pem")
    terminal = SecureTerminal(own.context())
    async with terminal.serving() as port:
        for pinned, said in ((other, own.fingerprint), (own, "refuses the user")):
            camera = onvif_of(parse_address(f"onvif://admin:x@127.0.0.1:{port}?fingerprint={pinned.fingerprint}"))
            with pytest.raises((DeviceLost, ConfigurationError), match=said):
                await camera.about(None, 0)


@pytest.mark.parametrize("pin", ["", "sha1:00", "sha256:00", f"sha256:{'g' * 64}", "00" * 32])
def test_a_fingerprint_that_is_none_is_refused_and_one_without_tls_too(pin: str) -> None:
    with pytest.raises(ConfigurationError, match="64 hex digits"):
        open_transport(f"https://127.0.0.1?fingerprint={pin}")
    with pytest.raises(ConfigurationError, match="https"):
        open_transport(f"http://127.0.0.1?fingerprint=sha256:{'0' * 64}")


async def test_a_probe_prints_the_fingerprint_that_a_technician_copies(
    tmp_path: Path, secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = self_signed(tmp_path / "own.pem")
    async with SecureTerminal(own.context()).serving() as port:
        where = f"https://127.0.0.1:{port}?user=admin&password_file={secret}"
        assert await asyncio.to_thread(probe, ["hik-isapi-terminal", where]) == UNREACHABLE
        said = capsys.readouterr().err
        assert f"fingerprint={own.fingerprint}" in said
        assert "fault: certificate" in said
        trusted = f"{where}&fingerprint={own.fingerprint}"
        assert await asyncio.to_thread(probe, ["hik-isapi-terminal", trusted, "--seconds", "0.5"]) == 0
        assert "DS-K1T341" in capsys.readouterr().out
