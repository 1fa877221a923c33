"""The station's device key as the agent sees it: its public half, and signatures another process makes (W11)."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Final

from edge.errors import EdgeError, StateDamaged
from edge.statefile import read_object, write_durably
from protocols.errors import DocumentError
from protocols.venue.presence import Jwk

PUBLIC_FILE: Final = "device_key.jwk.json"
#: A process that imports the library and signs takes about 0.3 s.
SIGN_TIMEOUT_S: Final = 20.0
_ROOT: Final = Path(__file__).resolve().parents[1]

_log = logging.getLogger(__name__)


class NotSigned(EdgeError):  # noqa: N818 - the state is the message
    """The signing process failed: go on without a signature and say so."""


class DeviceKey:
    """The key of one state directory; `public` is None if it could not be made."""

    def __init__(self, state: Path, station: str, public: Jwk | None) -> None:
        self._state = state
        self._station = station
        self.public = public

    async def sign(self, payload: bytes) -> str:
        """Return the compact JWS of a payload; NotSigned if that is impossible."""
        return await _run("sign", str(self._state), self._station, given=payload)


async def open_key(state: Path, station: str) -> DeviceKey:
    """Return the device key; it is made at the first start."""
    try:
        known = read_object(state / PUBLIC_FILE)
        public = Jwk.from_object(known or json.loads(await _run("key", str(state))))
        if not known:
            write_durably(state / PUBLIC_FILE, public.to_bytes())
    except (NotSigned, StateDamaged, DocumentError, ValueError) as error:
        _log.error("digests will not be signed: %s", error)
        public = None
    return DeviceKey(state, station, public)


async def _run(*words: str, given: bytes = b"") -> str:
    paths = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edge.sign", *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
    except OSError as error:
        raise NotSigned(f"the signing process could not be started: {error}") from error
    try:
        async with asyncio.timeout(SIGN_TIMEOUT_S):
            out, problem = await process.communicate(given)
    except TimeoutError as error:
        raise NotSigned(f"the signing process took more than {SIGN_TIMEOUT_S:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise NotSigned(
            f"the signing process ended with {process.returncode}: {problem.decode(errors='replace')[-300:]}"
        )
    return out.decode()
