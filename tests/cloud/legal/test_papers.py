"""Impact assessments: made of what is configured, signed by the purchaser, never changed; the register."""

import json
from datetime import date

import pytest

from cloud.fleet.service import apply_site
from cloud.identity.auditmodels import AuditRow
from cloud.identity.service import Principal
from cloud.legal import papers
from cloud.legal.assessment import KINDS, canonical, digest, kinds
from cloud.legal.models import Assessment
from cloud.legal.register import record_kinds, unregistered
from cloud.legal.texts import NAMES
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from provisioning.site import parse_site
from tests.cloud.clocks import HandClock

SITE = """
[site]
id = "demo"
name = "示范"
[[stations]]
id = "st-01"
name = "谏壁驿站"
[[stations.slots]]
id = "cam-1"
kind = "camera"
"""
DEVICE = 'device = { id = "dev-7", serial = "S-7", profile = "sim-wall", address = "sim:" }\n'
MANAGER = Principal("staff", "li", "manager")
PURCHASER = Principal("staff", "sun", "purchaser")
WORDS = {"conclusion": "合法、正当、必要。", "residual": "无。"}


def test_every_assessment_speaks_of_records_and_texts_that_exist() -> None:
    known = {kind.id for kind in record_kinds()}
    assert set(kinds()) == set(KINDS)
    for kind in kinds().values():
        assert set(kind.records) <= known
        assert set(kind.texts) <= set(NAMES)


def test_a_table_of_which_nobody_has_said_anything_is_named() -> None:
    assert unregistered(["person", "station", "new_table"]) == ["new_table"]


def test_a_retention_is_never_shorter_than_the_law_says() -> None:
    least = {"seekers": 1095, "firms": 1095, "posts": 1095, "audit": 183, "breaches": 1095, "attendance": 730}
    days = {kind.id: kind.retention_days for kind in record_kinds()}
    assert all((days[name] or 0) >= count for name, count in least.items())


def test_three_years_after_a_leap_day_is_the_first_of_march() -> None:
    assert papers.years_after(date(2028, 2, 29)) == date(2031, 3, 1)
    assert papers.years_after(date(2026, 3, 19)) == date(2029, 3, 19)


@pytest.mark.db
async def test_every_table_of_this_version_is_in_the_register(core: Core) -> None:
    del core
    assert unregistered(papers.table_names()) == [], "say in cloud/legal/tables/register.json what is in it"


@pytest.mark.db
async def test_an_assessment_says_what_is_configured_and_is_outdated_when_that_changes(core: Core) -> None:
    await apply_site(core, parse_site(SITE))
    before = await papers.live_facts(core, "cameras")
    assert [(place.slot, place.device) for place in before.places] == [("cam-1", "")]
    assert not before.running
    row = await papers.make(core, "cameras", MANAGER, **WORDS)
    assert row.facts_sha256 == (await papers.live_facts(core, "cameras")).sha256
    await apply_site(core, parse_site(SITE + DEVICE))
    after = await papers.live_facts(core, "cameras")
    assert after.running
    assert after.sha256 != row.facts_sha256
    again = await papers.make(core, "cameras", MANAGER, **WORDS)
    assert (row.number, again.number) == (1, 2)
    assert json.loads(again.document)["facts"]["places"][0]["device"] == "dev-7"
    assert (await papers.live_facts(core, "face")).sha256 != after.sha256
    with pytest.raises(NotFoundError):
        await papers.live_facts(core, "nonsense")
    with pytest.raises(InvalidInputError):
        await papers.make(core, "face", MANAGER, conclusion=" ", residual="x")


@pytest.mark.db
async def test_only_the_purchaser_signs_once_and_never_his_own(core: Core, clock: HandClock) -> None:
    row = await papers.make(core, "face", MANAGER, **WORDS)
    paper = str(row.id)
    assert [one.id for one in await papers.waiting()] == [row.id]
    for somebody in (MANAGER, Principal("staff", "root", "admin"), Principal("token", "x", "auditor")):
        with pytest.raises(ConflictError, match="采购人"):
            await papers.decide(core, paper, somebody, sign=True, note="")
    with pytest.raises(InvalidInputError):
        await papers.decide(core, paper, PURCHASER, sign=False, note=" ")
    clock.forward(days=40)
    signed = await papers.decide(core, paper, PURCHASER, sign=True, note="同意")
    assert (signed.state, signed.decided_by) == ("signed", "staff:sun")
    assert signed.keep_until >= papers.years_after(core.now().date())
    with pytest.raises(ConflictError, match="处理过"):
        await papers.decide(core, paper, PURCHASER, sign=False, note="算了")
    own = await papers.make(core, "face", PURCHASER, **WORDS)
    with pytest.raises(ConflictError, match="自己"):
        await papers.decide(core, str(own.id), PURCHASER, sign=True, note="")
    acts = await AuditRow.filter(subject=f"assessment:{paper}").order_by("number").values_list("action", "actor")
    assert [tuple(act) for act in acts] == [("assessment.make", "staff:li"), ("assessment.sign", "staff:sun")]


@pytest.mark.db
async def test_a_paper_that_was_altered_is_not_shown_as_the_one_that_was_signed(core: Core) -> None:
    row = await papers.make(core, "face", MANAGER, **WORDS)
    _, document = await papers.get(str(row.id))
    assert digest(document) == row.sha256
    await Assessment.filter(id=row.id).update(document=canonical({**document, "conclusion": "别的"}))
    with pytest.raises(ConflictError, match="摘要不符"):
        await papers.get(str(row.id))
