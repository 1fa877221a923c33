"""Records are deleted when no law asks for them any longer, not a day before, and the audit says so."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from cloud.identity.auditmodels import AuditRow
from cloud.ingest.models import DeadLetter
from cloud.jobs.models import Firm, Post, PostChange
from cloud.platform.core import Core
from cloud.retention import DELETERS, delete_expired, months_before, rules
from tests.cloud.clocks import HandClock

NOON = date(2026, 3, 2)


def test_every_line_of_the_table_has_who_deletes_and_a_basis() -> None:
    assert {rule.record for rule in rules()} == set(DELETERS)
    assert all(rule.basis and rule.months > 0 for rule in rules())


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [(date(2026, 3, 31), 1, date(2026, 2, 28)), (date(2024, 3, 31), 1, date(2024, 2, 29)),
     (date(2026, 1, 15), 36, date(2023, 1, 15)), (date(2026, 5, 31), 6, date(2025, 11, 30)),
     (date(2026, 12, 1), 12, date(2025, 12, 1))],
)  # fmt: skip
def test_months_are_those_of_the_calendar(day: date, months: int, found: date) -> None:
    assert months_before(day, months) == found


async def _post(core: Core, number: int, valid_to: date, closed_days_ago: int | None) -> None:
    firm, _ = await Firm.get_or_create({"name": "甲", "contact_name": "李", "contact_phone": "1",
                                        "created_at": core.now()}, id=UUID(int=1), uscc="1" * 18)  # fmt: skip
    closed = None if closed_days_ago is None else core.now() - timedelta(days=closed_days_ago)
    await Post.create(
        id=UUID(int=number), firm=firm, title="搬运", occupation="1", headcount=1, requirements="", district="",
        address="", hours="", pay_min_fen=1, pay_max_fen=1, pay_unit="day", pay_method="", form="gig", gig=True,
        valid_from=valid_to, valid_to=valid_to, contact_name="李", contact_phone="1", created_at=core.now(),
        closed_at=closed, state="closed" if closed else "published",
    )  # fmt: skip
    await PostChange.create(post_id=UUID(int=number), state="draft", by="li", at=core.now())


@pytest.mark.db
async def test_posts_and_letters_go_when_their_time_is_over(core: Core, clock: HandClock) -> None:
    assert clock.now().date() == NOON
    await _post(core, 1, NOON - timedelta(days=3 * 366 + 10), 3 * 366 + 5)
    await _post(core, 2, NOON - timedelta(days=3 * 366 + 10), 3 * 365 - 5)  # closed later: the service ended then
    await _post(core, 3, NOON - timedelta(days=3 * 366 + 10), None)
    await _post(core, 4, NOON, None)
    for days in (190, 170):
        first_at, last_at = core.now() - timedelta(days=300), core.now() - timedelta(days=days)
        await DeadLetter.create(station="st-01", topic="t", reason="schema", why="w", payload=b"x", sha256=str(days),
                                first_at=first_at, last_at=last_at)  # fmt: skip
    said = await delete_expired(core)
    assert sorted(post.id.int for post in await Post.all()) == [2, 4]
    assert sorted(UUID(str(row.post_id)).int for row in await PostChange.all()) == [2, 4]
    assert [row.sha256 for row in await DeadLetter.all()] == ["170"]
    assert {"post 2", "dead_letter 1"} <= set(said.split("，"))
    assert {row.subject for row in await AuditRow.filter(action="retention.delete")} == {"post", "dead_letter"}
    await delete_expired(core)
    assert await AuditRow.filter(action="retention.delete").count() == 2
