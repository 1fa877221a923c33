"""Breach notices: whom it concerns is counted, the draft says what the law wants, edits do not overwrite each other."""

from datetime import timedelta
from typing import Any

import pytest

from cloud.identity import audit
from cloud.identity import service as identity
from cloud.identity.auditmodels import AuditRow
from cloud.identity.service import Principal
from cloud.jobs import service as jobs
from cloud.jobs.drafts import FirmDraft
from cloud.legal import breaches
from cloud.legal.breaches import Affected, Draft
from cloud.legal.register import record_kinds
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from tests.cloud.clocks import HandClock
from tests.cloud.jobs.drafts import FIRM

pytestmark = pytest.mark.db

MANAGER = Principal("staff", "li", "manager")


def draft(core: Core, **changes: Any) -> Draft:
    """Return what a person enters about the last two days."""
    now = core.now()
    values: dict[str, Any] = {
        "kinds": ("firms", "staff", "seekers", "video"), "found_at": now, "from_at": now - timedelta(days=2),
        "to_at": now + timedelta(seconds=1), "cause": "口令被他人使用", "harm": "骚扰电话", "measures": "已停用账号",
    }  # fmt: skip
    return Draft(**{**values, **changes})


def test_every_counter_belongs_to_a_kind_of_record() -> None:
    known = {kind.id for kind in record_kinds()}
    assert set(breaches.HELD) | set(breaches.SUBJECTS) <= known


async def test_the_people_affected_are_counted_by_tables_and_by_who_looked(core: Core, clock: HandClock) -> None:
    await jobs.create_firm(core, FirmDraft.model_validate(FIRM), verified=True)
    await identity.add_account(core, "li", "manager", "correct horse battery")
    await audit.record(core, "staff:li", "person.read", "person:1")
    clock.forward(days=5)
    for actor, person in (("staff:li", 1), ("staff:li", 1), ("staff:li", 2), ("staff:wu", 3)):
        await audit.record(core, actor, "person.reveal", f"person:{person}", reason="核对")
    await audit.record(core, "staff:li", "person.read", "person:9", result="refused")
    found = {one.kind: one for one in await breaches.affected_by(draft(core))}
    assert found["firms"].held == 1
    assert found["staff"].held == 1
    assert found["seekers"].held == 0
    assert found["seekers"].seen == 3, "the refused one saw nothing, the old one was before"
    assert found["video"] == Affected("video", None, None), "what cannot be counted is not called nobody"
    by_li = {one.kind: one for one in await breaches.affected_by(draft(core, actor="staff:li"))}
    assert by_li["seekers"].seen == 2


async def test_a_draft_says_what_the_law_wants_and_is_edited_with_care(core: Core) -> None:
    row = await breaches.make(core, draft(core), MANAGER)
    for words in (
        "涉及的信息和人数",
        "口令被他人使用",
        "骚扰电话",
        "已停用账号",
        "您可以采取的措施",
        "联系方式",
        "待查明",
    ):
        assert words in row.text
    edited = await breaches.edit(core, str(row.id), MANAGER, text="改过的", version=1)
    assert (edited.text, edited.version) == ("改过的", 2)
    with pytest.raises(ConflictError, match="已被别人改动"):
        await breaches.edit(core, str(row.id), MANAGER, text="迟到的", version=1)
    with pytest.raises(InvalidInputError):
        await breaches.close(core, str(row.id), MANAGER, " ")
    await breaches.close(core, str(row.id), MANAGER, "已告知全部 1 人，并报告网信部门")
    with pytest.raises(ConflictError, match="办结"):
        await breaches.edit(core, str(row.id), MANAGER, text="再改", version=2)
    rows = await AuditRow.filter(subject=f"breach:{row.id}").order_by("number")
    assert [one.action for one in rows] == ["breach.draft", "breach.edit", "breach.close"]


async def test_a_draft_without_what_it_needs_names_each_field(core: Core) -> None:
    now = core.now()
    wrong = draft(core, kinds=("nonsense",), from_at=now, to_at=now, found_at=now + timedelta(hours=1), cause=" ")
    with pytest.raises(InvalidInputError) as caught:
        await breaches.make(core, wrong, MANAGER)
    assert set(caught.value.fields) == {"kinds", "to_at", "found_at", "cause"}
