"""A camera by its ONVIF device service: it says itself where its video is, and what it is."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from devices.driver import Json
from devices.errors import ConfigurationError, DeviceLost
from devices.transport import Address, without_account
from devices.transports.camera import CameraTransport
from devices.transports.http import HTTPS_PORT, HttpTransport
from devices.transports.rtsp_stream import RtspStream, playing
from devices.transports.tcp import TcpTransport
from devices.transports.tls import OPTION, fingerprint_text, pin_of
from protocols.errors import ParsingError
from protocols.frames import onvif, rtsp
from protocols.frames.xml_tree import Element

_NONCE_BYTES: Final = 16
_RTSP_PORT: Final = 554


class OnvifTransport(CameraTransport):
    """`onvif://user:password@host:port/path`, without a path the usual one; `?fingerprint=sha256:…`: by TLS."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        pin = pin_of(address)
        self._pinned = {} if pin is None else {OPTION: fingerprint_text(pin)}
        if pin is not None and address.port is None:
            self._port = HTTPS_PORT

    async def about(self, who: rtsp.Credentials | None, epoch_minute: int) -> Json:
        """Return maker, model, firmware, serial number, streams and where pictures are."""
        async with self._session() as http:
            asking = _Asking(self, http, who or self._who, epoch_minute)
            told = onvif.read_information(await asking.device(onvif.INFORMATION, "GetDeviceInformationResponse"))
            profiles = await asking.profiles()
            token = onvif.smallest(profiles).token
            picture = onvif.read_uri(await asking.media(onvif.snapshot_uri(token), "GetSnapshotUriResponse"))
        streams = " ".join(f"{one.token}:{one.encoding}:{one.width}x{one.height}" for one in profiles)
        return {
            "manufacturer": told.manufacturer, "model": told.model, "firmware": told.firmware, "serial": told.serial,
            "streams": streams, "snapshot": picture,
        }  # fmt: skip

    @asynccontextmanager
    async def streaming(
        self, who: rtsp.Credentials | None = None, *, epoch_minute: int = 0
    ) -> AsyncIterator[RtspStream]:
        """Play the smallest stream that shows enough."""
        who = who or self._who
        async with self._session() as http:
            url = await _Asking(self, http, who, epoch_minute).stream()
        host, port = self._host, _port_of(url) or _RTSP_PORT
        # What a camera says of its host may be true in another network.
        bare = urlunsplit(urlsplit(url)._replace(netloc=f"{host}:{port}"))
        line = TcpTransport(Address(self.address, "tcp", host, port, "", {}))
        async with playing(line, bare, who) as stream:
            yield stream

    def _session(self) -> HttpTransport:
        """Return a session; a camera whose certificate is pinned is asked by TLS."""
        scheme = "https" if OPTION in self._pinned else "http"
        return HttpTransport(Address(self.address, scheme, self._host, self._port, "", self._pinned))


class _Asking:
    """One conversation: the camera's clock first, because it takes no token of another time."""

    def __init__(self, camera: CameraTransport, http: HttpTransport, who: rtsp.Credentials, epoch_minute: int) -> None:
        self._camera, self._http, self._who = camera, http, who
        self._created = onvif.created(datetime.fromtimestamp(epoch_minute * 60, UTC))
        self._path = urlsplit(camera.address).path or onvif.DEVICE_PATH
        self._media_path = ""
        self._knows_clock = False

    async def stream(self) -> str:
        """Return the address of the stream."""
        token = onvif.smallest(await self.profiles()).token
        return onvif.read_uri(await self.media(onvif.stream_uri(token), "GetStreamUriResponse"))

    async def profiles(self) -> list[onvif.StreamProfile]:
        """Return the streams that the camera offers."""
        return onvif.read_profiles(await self.media(onvif.PROFILES, "GetProfilesResponse"))

    async def device(self, body: str, tag: str) -> Element:
        """Ask the device service."""
        if not self._knows_clock:
            self._knows_clock = True
            with suppress(onvif.Refused, ParsingError):  # some tell their time to nobody whom they do not know
                told = await self._ask(self._path, onvif.CLOCK, "GetSystemDateAndTimeResponse", None)
                self._created = onvif.read_clock(told)
        return await self._told(self._path, body, tag)

    async def media(self, body: str, tag: str) -> Element:
        """Ask the media service, where the device service says that it is."""
        if not self._media_path:
            found = await self.device(onvif.CAPABILITIES, "GetCapabilitiesResponse")
            self._media_path = onvif.read_media_path(found)
        return await self._told(self._media_path, body, tag)

    async def _told(self, path: str, body: str, tag: str) -> Element:
        token = onvif.Token(self._who, secrets.token_bytes(_NONCE_BYTES), self._created) if self._who.user else None
        try:
            return await self._ask(path, body, tag, token)
        except onvif.Refused as error:
            if error.is_login:
                text = f"the camera refuses the user or the password ({error}); is its clock right?"
                raise ConfigurationError(f"{self._camera.address}: {text}") from error
            raise self._camera.lost(f"it refuses {tag.removesuffix('Response')}: {error}", "rejected") from error

    async def _ask(self, path: str, body: str, tag: str, token: onvif.Token | None) -> Element:
        document = onvif.request(body, token)
        got = await self._http.request("POST", path, document, content_type=onvif.CONTENT_TYPE)
        if got.status in {rtsp.UNAUTHORIZED, rtsp.FORBIDDEN}:
            raise onvif.Refused(f"HTTP {got.status}", is_login=True)
        try:
            return onvif.answer(got.body, tag)
        except ParsingError as error:
            raise self._not_onvif(got.status, error) from error

    def _not_onvif(self, status: int, error: ParsingError) -> DeviceLost:
        return self._camera.lost(f"no ONVIF camera answers there (HTTP {status}): {error}", "protocol")


def _port_of(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def onvif_of(address: Address) -> OnvifTransport:
    """Return the transport of `onvif://user:password@host:port/path`."""
    if not address.host:
        raise ConfigurationError(f"address {without_account(address.text)!r}: write onvif://user:password@10.0.0.64")
    return OnvifTransport(address)
