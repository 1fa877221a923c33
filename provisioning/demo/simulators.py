"""The hand in the hall: sets what simulated devices see through their control socket."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from provisioning.demo.processes import StepFailed

_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Hall:
    """One hall of simulated devices; `addresses` maps a device's name to where a driver finds it."""

    control: str
    addresses: dict[str, str]

    async def set(self, **values: object) -> None:
        """Change what devices see; on return it is in effect."""
        await self._ask({"set": values})

    async def people(self, *, here: bool) -> None:
        """Let the radar and the presence contact see somebody, or nobody."""
        await self.set(presence="people" if here else "none", target="moving" if here else "none")

    async def pause(self, device: str, *, on: bool = True) -> None:
        """Let one device play dead, or come back."""
        await self._ask({"pause": on, "device": device})

    async def _ask(self, request: dict[str, Any]) -> None:
        parts = urlsplit(self.control)
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(json.dumps(request).encode() + b"\n")
                answer = json.loads(await reader.readline() or b"{}")
            finally:
                writer.close()
        if not answer.get("ok"):
            raise StepFailed(f"the simulated hall refused {request}: {answer}")
