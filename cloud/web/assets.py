"""The static files of the console: a table of every one, read once, sent with a name that changes with the content."""

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from aiohttp import hdrs, web

#: Name in the URL -> (package, files inside it that are sent as one, content type).
FILES: Final[dict[str, tuple[str, tuple[str, ...], str]]] = {
    "tokens.css": ("firmware_profiles.ui", ("tokens.css",), "text/css"),
    # One file: htmx looks over the page as soon as it has run, and an extension that came later would be too late.
    "htmx-sse.js": ("firmware_profiles.ui", ("vendor/htmx.min.js", "vendor/hx-sse.min.js"), "text/javascript"),
    "icons.svg": ("firmware_profiles.ui", ("vendor/icons.svg",), "image/svg+xml"),
    "tabler.min.css": ("cloud.web", ("static/vendor/tabler.min.css",), "text/css"),
    "console.css": ("cloud.web", ("static/console.css",), "text/css"),
    "people.css": ("cloud.web", ("static/people.css",), "text/css"),
    "phone.css": ("cloud.web", ("static/phone.css",), "text/css"),
    "service.css": ("cloud.web", ("static/service.css",), "text/css"),
    "service.js": ("cloud.web", ("static/service.js",), "text/javascript"),
    "events.css": ("cloud.web", ("static/events.css",), "text/css"),
    "console.js": ("cloud.web", ("static/console.js",), "text/javascript"),
    "offline.js": ("cloud.web", ("static/offline.js",), "text/javascript"),
    "retry.js": ("cloud.web", ("static/retry.js",), "text/javascript"),
    "theme.js": ("cloud.web", ("static/theme.js",), "text/javascript"),
    "queue.css": ("cloud.service", ("static/queue.css",), "text/css"),
    "queue.js": ("cloud.service", ("static/queue.js",), "text/javascript"),
    "seal.svg": ("cloud.web", ("static/seal.svg",), "image/svg+xml"),
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_VERSION_CHARS: Final = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `version` is a piece of its hash."""

    content_type: str
    version: str
    plain: bytes
    zipped: bytes


class Assets:
    """Every static file in memory (about 0.8 MB)."""

    def __init__(self) -> None:
        self._assets = {name: _read(*place) for name, place in FILES.items()}

    def url(self, name: str) -> str:
        """Return the address of a file; a name that is not in the table is a KeyError."""
        return f"/static/{name}?v={self._assets[name].version}"

    def text(self, name: str) -> str:
        """Return what is in a file."""
        return self._assets[name].plain.decode()

    @property
    def fingerprint(self) -> str:
        """Return a word that changes with any file."""
        versions = "".join(asset.version for asset in self._assets.values())
        return hashlib.sha256(versions.encode()).hexdigest()[:_VERSION_CHARS]

    def respond(self, request: web.Request) -> web.Response:
        """Return the file that a request names, zipped if the browser takes it."""
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        zipped = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")
        current = request.query.get("v") == asset.version
        headers = {
            hdrs.CACHE_CONTROL: _FOR_EVER if current else "no-cache",
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
            **({hdrs.CONTENT_ENCODING: "gzip"} if zipped else {}),
        }
        body = asset.zipped if zipped else asset.plain
        return web.Response(body=body, content_type=asset.content_type, charset="utf-8", headers=headers)


def _read(package: str, paths: tuple[str, ...], content_type: str) -> Asset:
    content = b"\n".join(files(package).joinpath(path).read_bytes() for path in paths)
    version = hashlib.sha256(content).hexdigest()[:_VERSION_CHARS]
    return Asset(content_type, version, content, gzip.compress(content, 6, mtime=0))
