"""Signed content: what is shown, what is refused, what leaves by itself (D24)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.content import Contents
from edge.recorder import Recorder
from provisioning.clock import SystemClock
from provisioning.signing import public_text
from tests.edge.stations import KEY, STATION, data_of, manifest, recorder, signed
from tests.waiting import until

STRANGER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Recorder]:
    async with recorder(tmp_path) as made:
        yield made


def contents(folder: Path) -> Contents:
    return Contents(STATION, folder, {"content-1": public_text(KEY)}, SystemClock())


async def last_said(records: Recorder) -> tuple[str, dict[str, object]]:
    row = (await records.outbox.drain("ops", 0, 100))[-1]
    return json.loads(row.text)["type"], data_of(row.text)


async def test_a_signed_manifest_is_shown_and_the_watcher_is_told(records: Recorder, tmp_path: Path) -> None:
    shown = contents(tmp_path)
    changed: list[str] = []
    shown.watch(changed.append)
    await shown.take("wall", signed(manifest(1, "分拣员")), records)
    picture = shown.shown("wall")
    assert picture is not None
    assert [item.data for item in picture.items] == [{"title": "分拣员", "pay": "220 元/天"}]
    assert changed == ["wall"]


BAD = {
    "signature": signed(manifest(9, "坏"), STRANGER),
    "schema": b'{"protected": 1}',
    "wrong_target": signed(manifest(9, "别处", station="st-02")),
    "old_rev": signed(manifest(1, "旧")),
}


@pytest.mark.parametrize("reason", BAD)
async def test_a_bad_manifest_is_refused_with_its_reason_and_the_old_one_stays(
    records: Recorder, tmp_path: Path, reason: str
) -> None:
    shown = contents(tmp_path)
    await shown.take("wall", signed(manifest(2, "好")), records)
    await shown.take("wall", BAD[reason], records)
    picture = shown.shown("wall")
    assert picture is not None
    assert picture.rev == 2
    kind, data = await last_said(records)
    assert (kind, data["reason"]) == ("cn.yizhan.agent.content.refused.v1", reason)


async def test_the_same_manifest_again_says_nothing(records: Recorder, tmp_path: Path) -> None:
    shown = contents(tmp_path)
    document = signed(manifest(1, "分拣员"))
    await shown.take("wall", document, records)
    await shown.take("wall", document, records)
    assert records.outbox.head("ops").last == 1


async def test_kept_content_is_verified_again_at_the_start(records: Recorder, tmp_path: Path) -> None:
    await contents(tmp_path).take("wall", signed(manifest(1, "分拣员")), records)
    again = contents(tmp_path)
    again.load(["wall"])
    assert again.shown("wall") is not None
    (tmp_path / "content" / "wall.json").write_bytes(signed(manifest(2, "坏"), STRANGER))
    tampered = contents(tmp_path)
    tampered.load(["wall"])
    assert tampered.shown("wall") is None


async def test_an_item_leaves_by_itself_when_its_time_is_over(records: Recorder, tmp_path: Path) -> None:
    shown = contents(tmp_path)
    changed: list[str] = []
    shown.watch(changed.append)
    task = asyncio.create_task(shown.run())
    await shown.take("wall", signed(manifest(1, "一会儿", lasts_s=0.3)), records)
    with_item = shown.shown("wall")
    await until(lambda: len(changed) == 2, "the page is told")
    without = shown.shown("wall")
    assert with_item is not None
    assert without is not None
    assert (len(with_item.items), len(without.items)) == (1, 0)
    assert with_item.content_hash != without.content_hash
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_clock_tick_that_is_given_up_is_closed() -> None:
    async with aclosing(SystemClock().ticks(1.0)) as ticker:
        await anext(ticker)
    with pytest.raises(StopAsyncIteration):
        await anext(ticker)
