"""Home Assistant's recorder, driven as its core does: `put|count|rate FOLDER [EVENTS]`.

`put` says the number of each state that was set, a thousand a second, until it is killed; `count` says how many of them
there are; `rate` says states/s until all are rows (SQLite, the recorder's own settings).
"""

import asyncio
import json
import os
import sqlite3
import sys
import time
from typing import Any

from homeassistant import config_entries, core, loader  # type: ignore[import-not-found]
from homeassistant.components.recorder import get_instance  # type: ignore[import-not-found]
from homeassistant.helpers import (  # type: ignore[import-not-found]
    area_registry,
    device_registry,
    entity_registry,
    recorder,
    translation,
)
from homeassistant.setup import async_setup_component  # type: ignore[import-not-found]

PUT_PAUSE_S = 0.001
ENTITIES = 32
#: States set before the loop gets a turn, as a busy integration does.
TURN = 100
PAD = "x" * 120


async def main(words: list[str]) -> None:
    """Do one thing."""
    what, folder = words[:2]
    path = f"{folder}/ha.db"
    if what == "count":
        with sqlite3.connect(path) as database:
            print(database.execute("SELECT count(*) FROM states").fetchone()[0])
        return
    hass = await start(folder, path)
    if what == "put":
        await put_until_killed(hass)
    print(json.dumps(await rate(hass, int(words[2]))), flush=True)
    os._exit(0)  # its threads need not end well


async def start(folder: str, path: str) -> Any:
    """Return a core with a recorder."""
    hass = core.HomeAssistant(folder)
    hass.config.skip_pip = True
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    loader.async_setup(hass)
    translation.async_setup(hass)
    for registry in (entity_registry, device_registry, area_registry):
        await registry.async_load(hass)
    recorder.async_initialize_recorder(hass)
    if not await async_setup_component(hass, "recorder", {"recorder": {"db_url": f"sqlite:///{path}"}}):
        raise SystemExit("the recorder was not set up")
    await hass.async_start()
    await get_instance(hass).async_recorder_ready.wait()
    await get_instance(hass).async_block_till_done()
    return hass


def put(hass: Any, number: int) -> None:
    """Set one state."""
    hass.states.async_set(f"sensor.s{number % ENTITIES}", str(number), {"pad": PAD, "n": number})


async def put_until_killed(hass: Any) -> None:
    """Say the number of every state that was set."""
    number = 0
    while True:
        number += 1
        put(hass, number)
        os.write(1, b"%d\n" % number)
        await asyncio.sleep(PUT_PAUSE_S)


async def rate(hass: Any, events: int) -> dict[str, float]:
    """Return states/s until all are committed rows."""
    began = time.perf_counter()
    for number in range(1, events + 1):
        put(hass, number)
        if number % TURN == 0:
            await asyncio.sleep(0)
    await hass.async_block_till_done()
    await get_instance(hass).async_block_till_done()
    return {"stored": events / (time.perf_counter() - began)}


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
