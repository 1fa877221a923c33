"""Statements written out: one text for both dialects, values in order, lists, times."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cloud.platform.database import transaction
from cloud.platform.models import DomainEvent
from cloud.platform.reading import day, fetch, moment, moment_or_none

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("database")]
NOON = datetime(2026, 3, 2, 4, 0, 0, 250_000, tzinfo=UTC)
_KEYS = 'SELECT "key" FROM domain_event WHERE topic = ? AND "key" IN ? AND at <= ? ORDER BY "key"'


async def _events() -> None:
    for number, key in enumerate(["a", "b", "c"]):
        await DomainEvent.create(topic="t", key=key, data="{}", at=NOON + timedelta(seconds=number))


async def test_values_stand_in_order_and_lists_behind_in() -> None:
    await _events()
    rows = await fetch(_KEYS, "t", ["a", "b", "c", "d"], NOON + timedelta(seconds=1))
    assert [row[0] for row in rows] == ["a", "b"]
    assert [tuple(row) for row in await fetch(_KEYS, "t", [], NOON)] == []
    assert [tuple(row) for row in await fetch(_KEYS, "t", ("c",), NOON)] == []


async def test_a_time_of_another_offset_means_the_same_moment() -> None:
    await _events()
    shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    assert [row[0] for row in await fetch(_KEYS, "t", ["a", "b"], shanghai)] == ["a"]


async def test_times_come_as_the_orm_reads_them() -> None:
    await _events()
    ((at, missing),) = await fetch('SELECT at, NULL FROM domain_event WHERE "key" = ?', "b")
    assert moment(at) == (await DomainEvent.get(key="b")).at
    assert moment(at).utcoffset() == timedelta()
    assert moment_or_none(at) == moment(at)
    assert moment_or_none(missing) is None


async def test_a_transaction_reads_what_it_wrote() -> None:
    async with transaction():
        await _events()
        assert len(await fetch("SELECT 1 FROM domain_event WHERE topic = ?", "t")) == 3


def test_texts_of_sqlite() -> None:
    assert moment("2026-03-02 04:00:00.250000") == NOON
    assert moment("2026-03-02 04:00:00.250000+00:00") == NOON
    assert day("2026-03-02") == day(date(2026, 3, 2)) == date(2026, 3, 2)
