"""Schemathesis against the running core: a program of its own that knows only the served document.

It is told a few things that exist, so that half of its guesses go beyond "there is no such thing".
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cloud.fleet.models import Alarm
from cloud.fleet.service import raise_alarm
from cloud.ingest.models import DeadLetter
from cloud.ingest.store import Letter, bury
from cloud.platform.database import transaction
from tests.cloud.jobs.drafts import FIRM, post
from tests.cloud.running import Running

_COUNT: Final = re.compile(r"(\d+) generated")
#: What a schema cannot say - a check character, an occupation that exists - is answered with 422; and with 400 and
#: 415 what is no JSON at all. One-time codes and busy tokens have limits: 429.
_CONFIG: Final = """
[generation]
database = "none"
deterministic = {deterministic}

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "304", "401", "403", "404", "409", "412", "422", "429"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "409", "412", "413", "415", "422", "429"]
"""
PHASES: Final = "examples,coverage,fuzzing"
_KNOWN: Final = '{place} = {{ dictionary = "{name}", probability = 0.5 }}'


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """How a run ended: exit code, cases that were sent, everything that was said."""

    code: int
    cases: int
    text: str


async def existing(running: Running) -> dict[str, Sequence[str]]:
    """Make one of everything and return what a guess may hit, by its place in a request."""
    await running.apply()
    now = running.core.now()
    async with transaction():
        await raise_alarm("two_stores", "st-01", now)
        await bury(Letter("st-01", "yz/st-01/up", "not_json", "no JSON", b"{"), now)
    alarm, letter = await Alarm.first(), await DeadLetter.first()
    assert alarm is not None
    assert letter is not None
    firm = (await running.post("/api/v1/firms", FIRM, 201))["id"]
    await running.post(f"/api/v1/firms/{firm}/verify")
    posts = [(await running.post("/api/v1/posts", post(firm, title=title), 201))["id"] for title in ("甲", "乙")]
    commands = "/api/v1/stations/st-01/slots/door-1/commands"
    command = (await running.post(commands, {"name": "open"}, 202))["id"]
    return {
        "path.id": ["st-01", firm, *posts, command, str(alarm.id), str(letter.id)],
        "path.station": ["st-01"],
        "path.slot": ["door-1", "wall", "agent"],
        "path.day": ["2026-03-02"],
        "body.firm": [firm],
        "body.occupation": ["4-02-07-09"],
        "body.form": ["temporary"],
        "body.uscc": ["91321100MA0000001P"],
    }


async def fuzz(
    running: Running, folder: Path, known: Mapping[str, Sequence[str]], *words: str, deterministic: bool = True
) -> Fuzzed:
    """Have every operation called, and every answer held against the document, by all checks there are."""
    config = folder / "schemathesis.toml"
    config.write_text(_config(known, deterministic=deterministic), "utf-8")
    phases = PHASES if deterministic else f"{PHASES},stateful"
    program = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("st")), "--config-file", str(config), "--no-color", "run",
        str(running.client.make_url("/api/v1/openapi.json")), "--phases", phases,
        "--header", f"Authorization:{running.client.session.headers['Authorization']}", "--warnings", "off",
        # It can make no spreadsheet: tests/cloud/jobs/test_imports.py does.
        "--exclude-path", "/api/v1/post-imports", "--exclude-path", "/api/v1/equipment-imports", *words,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        out, _ = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    text = out.decode()
    counted = _COUNT.search(text)
    return Fuzzed(program.returncode or 0, int(counted[1]) if counted else 0, text)


def _config(known: Mapping[str, Sequence[str]], *, deterministic: bool) -> str:
    lines = [_CONFIG.format(deterministic=str(deterministic).lower())]
    names = {place: place.replace(".", "_") for place in known}
    for place, values in known.items():
        lines.append(f"[dictionaries.{names[place]}]\nvalues = {json.dumps(values)}")
    lines.append("[parameters]")
    lines += [_KNOWN.format(place=json.dumps(place), name=name) for place, name in names.items()]
    return "\n".join(lines) + "\n"
