"""The programs of the demo: real `yizhan …` processes, each with its log, all gone when the demo ends."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from provisioning.errors import ProvisioningError

ROOT: Final = Path(__file__).parents[2]
STOP_TIMEOUT_S: Final = 8.0
START_TIMEOUT_S: Final = 30.0
_LOG_TAIL_LINES: Final = 15


class StepFailed(ProvisioningError):  # noqa: N818 - the demo's own verdict
    """A step of the story did not happen; the text says which and what was seen instead."""


@dataclass
class Program:
    """One running program."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    def tail(self) -> str:
        """Return the last lines of the log, for an error that helps."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {self.name}| {line}" for line in lines[-_LOG_TAIL_LINES:])

    async def first_json_line(self) -> dict[str, Any]:
        """Return the JSON line by which a simulator says where it listens."""
        if self.process.stdout is None:
            raise StepFailed(f"{self.name} was started without a pipe")
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                line = await self.process.stdout.readline()
        except TimeoutError as error:
            raise StepFailed(f"{self.name} said nothing within {START_TIMEOUT_S:g} s\n{self.tail()}") from error
        if not line:
            raise StepFailed(f"{self.name} ended before it said where it listens\n{self.tail()}")
        said: dict[str, Any] = json.loads(line)
        return said

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """End it as an operator would; the code tells whether it went well."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self.process.wait()
            except TimeoutError:
                await self.kill()
        return await self.process.wait()


@dataclass
class Crew:
    """Starts programs and ends those that still run."""

    logs: Path
    environment: Mapping[str, str]
    programs: list[Program] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the folder of the logs."""
        self.logs.mkdir(parents=True, exist_ok=True)

    async def start(self, name: str, *words: str, pipe: bool = False) -> Program:
        """Start `yizhan words…`; stderr goes to its log."""
        log = self.logs / f"{name}.log"
        with log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *_die_with_parent(), sys.executable, str(ROOT / "yizhan.py"), *words,
                stdout=asyncio.subprocess.PIPE if pipe else asyncio.subprocess.DEVNULL,
                stderr=out, env=dict(self.environment), cwd=ROOT,
            )  # fmt: skip
        program = Program(name, process, log)
        self.programs.append(program)
        return program

    async def run(self, *words: str, stdin: str = "") -> str:
        """Run `yizhan words…` to its end and return what it printed; a non-zero code fails the step."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "yizhan.py"), *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=dict(self.environment), cwd=ROOT,
        )  # fmt: skip
        out, problem = await process.communicate(stdin.encode())
        if process.returncode:
            raise StepFailed(f"yizhan {' '.join(words)} ended with {process.returncode}: {problem.decode().strip()}")
        return out.decode()

    def ended(self) -> Program | None:
        """Return a program that ended although nobody asked it to."""
        return next((program for program in self.programs if program.process.returncode is not None), None)


@asynccontextmanager
async def crew(logs: Path, environment: Mapping[str, str]) -> AsyncIterator[Crew]:
    """Yield a crew that logs to the folder `logs`; whoever still runs afterwards is stopped, the last first."""
    team = Crew(logs, environment)
    try:
        yield team
    finally:
        for program in reversed(team.programs):
            await program.stop()


def _die_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []
