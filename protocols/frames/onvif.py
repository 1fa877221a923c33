"""ONVIF: looking for cameras (WS-Discovery 2005/04, UDP 3702) and asking one what it is and where its video is.

Requests are SOAP 1.2 over HTTP POST with a WS-UsernameToken digest: Base64(SHA-1(nonce + created + password)), where
`created` must be near the camera's own clock. ONVIF Core specification §5.9 (security), §8 (device), Media §5.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from protocols.errors import ParsingError, ProtocolError
from protocols.frames.rtsp import Credentials
from protocols.frames.xml_tree import Element, parse_xml

PORT: Final = 3702
GROUP: Final = "239.255.255.250"
#: Profiles of a camera with many streams take 40 KB.
MAX_DOCUMENT_BYTES: Final = 256 * 1024
#: Profiles of one camera that are looked at.
MAX_PROFILES: Final = 32
MAX_TEXT: Final = 200
DEVICE_PATH: Final = "/onvif/device_service"
CONTENT_TYPE: Final = "application/soap+xml; charset=utf-8"
#: A stream below this is too small to tell a face from a stain.
_MIN_WIDTH: Final = 320

_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_SCHEMAS: Final[Mapping[str, str]] = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
}
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'


class Refused(ProtocolError):  # noqa: N818 - it is an answer
    """The camera understands and says no; `is_login` when it is the user or the password."""

    def __init__(self, text: str, *, is_login: bool) -> None:
        super().__init__(text)
        self.is_login = is_login


@dataclass(frozen=True, slots=True)
class Token:
    """Who asks: `created` in UTC, `nonce` new for every request."""

    who: Credentials
    nonce: bytes
    created: str

    def header(self) -> str:
        """Return the element that stands in the head of a request."""
        digest = hashlib.sha1(self.nonce + self.created.encode() + self.who.password.encode()).digest()  # noqa: S324
        profile = f"{_WSS}-username-token-profile-1.0#PasswordDigest"
        encoding = f"{_WSS}-soap-message-security-1.0#Base64Binary"
        return (
            f'<w:Security s:mustUnderstand="1" xmlns:w="{_WSS}-wssecurity-secext-1.0.xsd"><w:UsernameToken>'
            f"<w:Username>{escape(self.who.user)}</w:Username>"
            f'<w:Password Type="{profile}">{base64.b64encode(digest).decode()}</w:Password>'
            f'<w:Nonce EncodingType="{encoding}">{base64.b64encode(self.nonce).decode()}</w:Nonce>'
            f'<u:Created xmlns:u="{_WSS}-wssecurity-utility-1.0.xsd">{escape(self.created)}</u:Created>'
            "</w:UsernameToken></w:Security>"
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A camera that answered a search: where its device service is, and the name that it gives itself."""

    urls: tuple[str, ...]
    name: str = ""
    hardware: str = ""


@dataclass(frozen=True, slots=True)
class Information:
    """What a camera is."""

    manufacturer: str
    model: str
    firmware: str
    serial: str


@dataclass(frozen=True, slots=True)
class StreamProfile:
    """One stream that a camera offers."""

    token: str
    encoding: str
    width: int
    height: int


def probe(message_id: str) -> bytes:
    """Return the datagram that every camera answers; `message_id` is a UUID that is new each time."""
    spaces = (
        'xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"'
    )
    return (
        f"{_HEAD}<e:Envelope {spaces}><e:Header><w:MessageID>uuid:{escape(message_id)}</w:MessageID>"
        "<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
        "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>"
        "<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
    ).encode()


def read_match(datagram: bytes) -> Match:
    """Return the camera that a datagram tells of; ParsingError when it tells of none."""
    body = parse_xml(datagram, max_bytes=MAX_DOCUMENT_BYTES).child("Body")
    match = next((one for one in _all(body) if one.tag == "ProbeMatch" and _texts(one, "XAddrs")), None)
    if match is None:
        raise ParsingError("no answer to a search for cameras")
    scopes = [scope for text in _texts(match, "Scopes") for scope in text.split()]
    urls = tuple(url for text in _texts(match, "XAddrs") for url in text.split() if _is_http(url))
    return Match(urls, _scope(scopes, "name"), _scope(scopes, "hardware"))


def request(body: str, token: Token | None = None) -> bytes:
    """Return the document of a request."""
    spaces = " ".join(f'xmlns:{name}="{url}"' for name, url in _SCHEMAS.items())
    head = f"<s:Header>{token.header()}</s:Header>" if token else ""
    return f"{_HEAD}<s:Envelope {spaces}>{head}<s:Body>{body}</s:Body></s:Envelope>".encode()


CLOCK: Final = "<tds:GetSystemDateAndTime/>"
INFORMATION: Final = "<tds:GetDeviceInformation/>"
CAPABILITIES: Final = "<tds:GetCapabilities><tds:Category>Media</tds:Category></tds:GetCapabilities>"
PROFILES: Final = "<trt:GetProfiles/>"


def stream_uri(profile: str) -> str:
    """Return the question where the stream of a profile is, over TCP."""
    return (
        "<trt:GetStreamUri><trt:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP"
        "</tt:Protocol></tt:Transport></trt:StreamSetup>"
        f"<trt:ProfileToken>{escape(profile)}</trt:ProfileToken></trt:GetStreamUri>"
    )


def snapshot_uri(profile: str) -> str:
    """Return the question where a picture of a profile is."""
    return f"<trt:GetSnapshotUri><trt:ProfileToken>{escape(profile)}</trt:ProfileToken></trt:GetSnapshotUri>"


def answer(document: bytes, tag: str) -> Element:
    """Return the answer `tag` of a document; Refused when it is a fault, ParsingError when it is neither."""
    body = parse_xml(document, max_bytes=MAX_DOCUMENT_BYTES).child("Body")
    for one in body.children:
        if one.tag == tag:
            return one
        if one.tag == "Fault":
            said = " ".join([*_texts(one, "Value"), *_texts(one, "Text")])[:MAX_TEXT]
            raise Refused(said or "a fault", is_login="notauthorized" in said.lower().replace(" ", ""))
    raise ParsingError(f"no <{tag}> in the answer")


def read_clock(found: Element) -> str:
    """Return the camera's time in UTC as a token's `created`; ParsingError when it tells none."""
    utc = next((one for one in _all(found) if one.tag == "UTCDateTime"), found)
    try:
        parts = [int(_text(utc, name)) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
        return created(datetime(*parts[:6], tzinfo=UTC))  # type: ignore[misc, arg-type]
    except ValueError as error:
        raise ParsingError(f"no time: {error}") from error


def created(at: datetime) -> str:
    """Return a time as a token has it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def read_information(found: Element) -> Information:
    """Return what a camera says that it is."""
    return Information(*(_text(found, tag) for tag in ("Manufacturer", "Model", "FirmwareVersion", "SerialNumber")))


def read_media_path(found: Element) -> str:
    """Return the path of the media service; its host may be one of another network and is not taken."""
    media = next((one for one in _all(found) if one.tag == "Media"), found)
    return _path(_text(media, "XAddr"))


def read_profiles(found: Element) -> list[StreamProfile]:
    """Return the streams of a camera; those that say no size are left out."""
    streams = []
    for one in found.children[:MAX_PROFILES]:
        encoder = next((part for part in _all(one) if part.tag == "VideoEncoderConfiguration"), None)
        if one.tag == "Profiles" and encoder is not None:
            width, height = _text(encoder, "Width"), _text(encoder, "Height")
            if width.isdecimal() and height.isdecimal() and len(width + height) <= 10:  # noqa: PLR2004 - two sizes
                token = one.attributes.get("token", "")[:MAX_TEXT]
                streams.append(StreamProfile(token, _text(encoder, "Encoding"), int(width), int(height)))
    return streams


def smallest(streams: list[StreamProfile]) -> StreamProfile:
    """Return the smallest stream in H.264 or H.265 that shows enough; ParsingError without any."""
    usable = [one for one in streams if one.encoding.upper() in {"H264", "H265"}]
    wide = [one for one in usable if one.width >= _MIN_WIDTH] or usable
    if not wide:
        raise ParsingError("the camera offers no video in H.264 or H.265")
    return min(wide, key=lambda one: one.width * one.height)


def read_uri(found: Element) -> str:
    """Return the address in an answer."""
    return _text(found, "Uri")


def _all(one: Element) -> Iterator[Element]:
    yield one
    for child in one.children:
        yield from _all(child)


def _texts(one: Element, tag: str) -> list[str]:
    return [part.text.strip() for part in _all(one) if part.tag == tag and part.text.strip()]


def _text(one: Element, tag: str) -> str:
    return next(iter(_texts(one, tag)), "")[:MAX_TEXT]


def _scope(scopes: list[str], kind: str) -> str:
    start = f"onvif://www.onvif.org/{kind}/"
    return next((scope.removeprefix(start) for scope in scopes if scope.startswith(start)), "")[:MAX_TEXT]


def _is_http(url: str) -> bool:
    try:
        return urlsplit(url).scheme == "http" and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or DEVICE_PATH
    except ValueError as error:
        raise ParsingError(f"{url[:60]!r} is no address") from error
