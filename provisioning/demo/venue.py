"""The demo's venue: core, halls and agents started as real programs and wired together."""

import asyncio
import json
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

import aiohttp

from provisioning.demo.clock_server import ClockServer
from provisioning.demo.link import Link, link_to
from provisioning.demo.processes import Crew, Program, StepFailed, crew
from provisioning.demo.rest import Rest, rest
from provisioning.demo.simulators import Hall
from provisioning.signing import content_key, public_text

MARKET: Final = "market"
#: Neighbourhood stations of the demo, in the order in which `--stations` adds them.
NEIGHBOURHOODS: Final = (
    ("jianbi", "谏壁驿站"), ("dingmao", "丁卯驿站"), ("daganglu", "大港驿站"), ("xinminzhou", "新民洲驿站"),
    ("baota", "宝塔路驿站"), ("qilidian", "七里甸驿站"), ("jiangke", "健康路驿站"), ("xiangshan", "象山驿站"),
)  # fmt: skip
READY_TIMEOUT_S: Final = 40.0


@dataclass
class Venue:
    """Everything that runs; `agents` and `halls` by station id."""

    folder: Path
    crew: Crew
    rest: Rest
    links: dict[str, Link]
    password: str
    halls: dict[str, Hall] = field(default_factory=dict)
    agents: dict[str, Program] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """Return the site file."""
        return self.folder / "site.toml"

    def state(self, station: str) -> Path:
        """Return the state folder of an agent."""
        return self.folder / "edge" / station

    async def start_agent(self, station: str) -> None:
        """Start the agent of a station and wait until the core knows it."""
        self.agents[station] = await self.crew.start(
            f"edge-{station}", "edge", "run", "--site", str(self.site), "--station", station,
            "--state", str(self.state(station)), "--mqtt", self.links[station].url,
        )  # fmt: skip
        await self.until(lambda: self.station_is(station, "online"), f"station {station} is online")

    async def kill_agent(self, station: str) -> None:
        """Cut the power of a station's gateway."""
        program = self.agents.pop(station)
        self.crew.programs.remove(program)
        await program.kill()

    async def station(self, station: str) -> dict[str, Any]:
        """Return what the core knows of a station."""
        return await self.rest.get(f"/api/v1/stations/{station}")

    async def station_is(self, station: str, state: str) -> bool:
        """Return whether the core believes a station to be in `state`."""
        return bool((await self.station(station))["presence"]["state"] == state)

    async def complete(self, station: str) -> bool:
        """Return whether the core has everything the agent stored as evidence, without a gap."""
        stream = (await self.station(station))["streams"]["evidence"]
        return not stream["gaps"] and stream["upto"] == stream["highest"] >= await self.last_stored(station)

    async def last_stored(self, station: str) -> int:
        """Return the newest evidence seq that the agent gave out, as `edge status` tells it."""
        status = json.loads(await self.crew.run("edge", "status", "--state", str(self.state(station))))
        return int(status["outbox"]["evidence"]["last"])

    async def agent_http(self, station: str) -> str:
        """Return the base URL of an agent's own pages."""
        said = json.loads((self.state(station) / "http.json").read_text(encoding="utf-8"))
        return str(said["url"])

    async def agent_status(self, station: str) -> dict[str, Any]:
        """Return what a running agent says of itself."""
        async with aiohttp.ClientSession() as http, http.get(f"{await self.agent_http(station)}/status") as answer:
            document: dict[str, Any] = await answer.json()
        return document

    async def evidence_of_type(self, station: str, type_: str) -> list[dict[str, Any]]:
        """Return the stored evidence of one type."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = await self.rest.get(f"/api/v1/stations/{station}/events?stream=evidence&after={after}&limit=1000")
            found += [item["event"] for item in page["items"] if item["event"]["type"] == type_]
            after = page["next"]
        return found

    async def until(self, condition: Callable[[], Any], what: str, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Return once `condition()` holds; a step fails with `what` when it does not in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not await condition():
            if (ended := self.crew.ended()) is not None:
                raise StepFailed(f"{ended.name} ended with {ended.process.returncode}\n{ended.tail()}")
            if loop.time() > deadline:
                raise StepFailed(f"still not so after {timeout_s:g} s: {what}")
            await asyncio.sleep(0.05)


@asynccontextmanager
async def venue(folder: Path, stations: int, port: int, clock: ClockServer | None) -> AsyncIterator[Venue]:
    """Yield a running venue with `stations` stations that follow `clock`, or the system's time when None."""
    async with AsyncExitStack() as stack:
        mqtt_port = free_port()
        environment = _environment(folder, port, mqtt_port, clock)
        team = await stack.enter_async_context(crew(folder / "logs", environment))
        key = public_text(content_key(_secret(folder)))
        await team.start("cloud", "cloud", "run")
        base = f"http://127.0.0.1:{port}"
        async with rest(base, "") as anonymous:
            place = Venue(folder, team, anonymous, {}, "")
            await place.until(anonymous.ready, "the core is ready")
        place.password = secrets.token_urlsafe(9)
        await team.run("cloud", "account", "add", "manager", "--role", "manager", stdin=place.password + "\n")
        token = (await team.run("cloud", "token", "create", "--role", "manager")).strip()
        place.rest = await stack.enter_async_context(rest(base, token))
        chosen = [(MARKET, ""), *NEIGHBOURHOODS[: max(0, stations - 1)]]
        for station, _ in chosen:
            place.halls[station] = await _start_hall(team, station)
            place.links[station] = await stack.enter_async_context(link_to("127.0.0.1", mqtt_port))
        place.site.write_text(_site_text(key, place.halls, chosen), encoding="utf-8")
        await team.run("site", "apply", str(place.site))
        for station, _ in chosen:
            await place.start_agent(station)
        yield place


async def _start_hall(team: Crew, station: str) -> Hall:
    program = await team.start(
        f"hall-{station}", "devices", "simulate", "hall", "--control", "tcp://127.0.0.1:0", pipe=True
    )
    said = await program.first_json_line()
    return Hall(said["control"], said["addresses"])


def _environment(folder: Path, port: int, mqtt_port: int, clock: ClockServer | None) -> dict[str, str]:

    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("YIZHAN_")},
        "YIZHAN_DATA_DIR": str(folder / "cloud"),
        "YIZHAN_DATABASE_URL": f"sqlite:///{folder}/cloud.db",
        "YIZHAN_SECRET_FILE": str(folder / "secret"),
        "YIZHAN_MQTT_URL": "embedded",
        "YIZHAN_EMBEDDED_MQTT_PORT": str(mqtt_port),
        "YIZHAN_HTTP_PORT": str(port),
        "YIZHAN_CLOCK": clock.url if clock else "",
        # Whoever tries the demonstration has no authenticator at hand.
        "YIZHAN_SECOND_FACTOR_ROLES": "",
    }


def _secret(folder: Path) -> bytes:
    """Make the core's secret before the core does, because the site file carries the key that belongs to it."""
    path = folder / "secret"
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


def _site_text(key: str, halls: dict[str, Hall], chosen: list[tuple[str, str]]) -> str:
    templates = resources.files("provisioning.demo")
    text = templates.joinpath("market.toml.in").read_text(encoding="utf-8")
    parts = [text.format(content_key=key, market=halls[MARKET].addresses)]
    station = templates.joinpath("station.toml.in").read_text(encoding="utf-8")
    parts += [station.format(id=name, name=title, hall=halls[name].addresses) for name, title in chosen[1:]]
    return "".join(parts)


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
