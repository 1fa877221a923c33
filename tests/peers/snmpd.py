"""net-snmp's `snmpd` for tests: v2c and v3 authPriv, with the objects of a printer and of ports put into it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from pysnmp.hlapi.v3arch import asyncio as hlapi

from tests.waiting import free_port, until

USER: Final = "edge"
AUTH: Final = "authpass123"
PRIVACY: Final = "privpass123"
_PATHS: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_CONFIG: Final = """\
agentAddress udp:127.0.0.1:{port}
rocommunity public 127.0.0.1
rwcommunity private 127.0.0.1
sysName venue-switch-1
createUser {user} SHA {auth} AES {privacy}
rouser {user} priv
override -rw 1.3.6.1.2.1.43.8.2.1.9.1.1 integer 250
override -rw 1.3.6.1.2.1.43.8.2.1.10.1.1 integer 125
override -rw 1.3.6.1.2.1.43.11.1.1.8.1.1 integer 100
override -rw 1.3.6.1.2.1.43.11.1.1.9.1.1 integer 37
override -rw 1.3.6.1.2.1.25.3.5.1.1.1 integer 3
override -rw 1.3.6.1.2.1.25.3.5.1.2.1 octet_str "@"
override -rw 1.3.6.1.2.1.2.2.1.2.901 octet_str "ge-901"
override -rw 1.3.6.1.2.1.2.2.1.7.901 integer 1
override -rw 1.3.6.1.2.1.2.2.1.8.901 integer 1
"""


@dataclass(frozen=True, slots=True)
class Agent:
    """A running agent."""

    port: int
    folder: Path

    @property
    def v2c(self) -> str:
        """Its address with the community."""
        return f"snmp://127.0.0.1:{self.port}?community=public"

    @property
    def v3(self) -> str:
        """Its address with the account."""
        return f"snmp://127.0.0.1:{self.port}?user={USER}&{self.secrets()}"

    def secrets(self, auth: str = AUTH, privacy: str = PRIVACY) -> str:
        """Return the options that lead to passwords."""
        for name, text in (("auth", auth), ("priv", privacy)):
            (self.folder / name).write_text(f"{text}\n")
        return f"auth_file={self.folder}/auth&priv_file={self.folder}/priv"

    async def set(self, oid: str, value: int | bytes) -> None:
        """Change an object, as its owner does."""
        failed, status = await _asked(self.port, "private", oid, value)
        assert not failed, failed
        assert not status, status


@asynccontextmanager
async def snmpd(folder: Path) -> AsyncIterator[Agent]:
    """Yield a running agent; without net-snmp the test is skipped, in CI it fails."""
    program = shutil.which("snmpd", path=_PATHS)
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("net-snmp is not installed: apt-get install snmpd")
        pytest.skip("net-snmp is not installed: apt-get install snmpd")
    agent = Agent(free_port(), folder)
    config = folder / "snmpd.conf"
    config.write_text(_CONFIG.format(port=agent.port, user=USER, auth=AUTH, privacy=PRIVACY))
    (folder / "var").mkdir()
    process = await asyncio.create_subprocess_exec(
        program, "-f", "-Lf", str(folder / "snmpd.log"), "-C", "-c", str(config),
        env={**os.environ, "SNMP_PERSISTENT_DIR": str(folder / "var")},
    )  # fmt: skip
    try:
        await until(lambda: _answers(agent.port), "snmpd answers")
        yield agent
    finally:
        process.kill()
        await process.wait()


async def _answers(port: int) -> bool:
    failed, _ = await _asked(port, "public", "1.3.6.1.2.1.1.5.0")
    return not failed


async def _asked(port: int, community: str, oid: str, value: int | bytes | None = None) -> tuple[Any, Any]:
    """Get an object, or set it; returns what failed and what the agent says of it."""
    engine = hlapi.SnmpEngine()
    try:
        target = await hlapi.UdpTransportTarget.create(("127.0.0.1", port), timeout=0.5, retries=0)
        command, kind = (hlapi.get_cmd, hlapi.Null) if value is None else (hlapi.set_cmd, hlapi.OctetString)
        kind = hlapi.Integer if isinstance(value, int) else kind
        pair = hlapi.ObjectType(hlapi.ObjectIdentity(oid), kind("" if value is None else value))
        account = hlapi.CommunityData(community, mpModel=1)  # noqa: S508 - the peer's own
        failed, status, *_ = await command(engine, account, target, hlapi.ContextData(), pair, lookupMib=False)
        return failed, status
    finally:
        engine.close_dispatcher()
