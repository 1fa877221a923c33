"""A person's copy of everything, and that nothing is left when he goes."""

import asyncio
import importlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tortoise.models import Model

from cloud.employers import service as employers
from cloud.employers.drafts import MemberDraft
from cloud.identity import audit, public
from cloud.identity.public import ProofNeededError
from cloud.identity.realname import RealName
from cloud.jobs import service as jobs
from cloud.people import service as people
from cloud.people.holding import GUIDANCE, PLACEMENTS, REGISTRATION
from cloud.people.models import Erasure, ErasureReceipt, Person
from cloud.people.placements.models import PlacementFollowUp
from cloud.people.subjects import FOLLOWERS, erasure_document
from cloud.platform.core import Core
from cloud.platform.database import MODELS
from cloud.platform.errors import NotFoundError
from cloud.platform.keyring import SEALED
from cloud.platform.models import AnsweredWrite, DomainEvent
from cloud.platform.notify import service as notify
from firmware_profiles.ui.catalogue import load_catalogue
from tests.cloud.clocks import HandClock
from tests.cloud.jobs.drafts import FIRM
from tests.cloud.people.lives import SECRETS, helped
from tests.cloud.people.sample import ADDRESS, HOME, NAME, PHONE, id_number, identity, in_by_code, kiosk_of

pytestmark = pytest.mark.db

LETTER = {"post": "快件分拣员", "firm": "示范物流"}
#: A column of one of these names names a person.
NAMING = ("person", "phone", "subject", "seeker", "recipient", "openid", "id_number", "contact")
#: Tables whose column of such a name is about something else: a slot, a channel, a member of the staff.
ABOUT_OTHERS = {"Alarm", "Approval", "Policy", "StaffAccount"}


def test_every_package_has_a_word_on_the_page_of_the_copy() -> None:
    words = load_catalogue()
    assert [name for name in people.HOLDERS if f"my.package.{name}" not in words] == []


async def lived_in(core: Core) -> public.Visitor:
    """Return a person of whom every package knows something, in a session that proved his card."""
    _, kiosk = await kiosk_of(core)
    visitor = (await in_by_code(core, kiosk=kiosk)).visitor
    found = await people.prove_by_name(core, visitor, identity(core), "http", RealName("match", True, "ref-77001"))
    assert isinstance(found, public.Visitor)
    await people.give_consents(core, found.id, ["face", "recommendation"], "kiosk")
    await people.link_wechat(core, found, "openid-of-sample")
    firm = await jobs.create_firm(core, jobs.FirmDraft.model_validate(FIRM), verified=True)
    await employers.add_member(core, firm["id"], MemberDraft(name=NAME, phone=PHONE, role="owner"), by="staff:li")
    await helped(core, found.id)
    async with core.outbox.transaction():
        await notify.send(core, found.id, "application-received", LETTER, "sample-1")
    await AnsweredWrite.create(
        caller=f"seeker:{found.name}", key="k", request_sha256="0" * 64, status=200, body="{}", at=core.now()
    )
    core.clock.forward(minutes=2)  # type: ignore[attr-defined]
    await public.send_code(core, PHONE, "prove", HOME)
    folder = people.files_of(core, found.id)
    folder.mkdir(parents=True)
    (folder / "certificate.txt").write_text(NAME, "utf-8")
    return found


async def test_a_copy_holds_what_every_package_keeps(core: Core) -> None:
    visitor = await lived_in(core)
    before = asyncio.get_running_loop().time()
    document = await people.export_own(core, visitor)
    assert asyncio.get_running_loop().time() - before < 60
    packages = document["packages"]
    assert set(packages) == set(people.HOLDERS)
    own = packages["people"]["person"]
    assert (own["name"], own["id_number"], own["phone"], own["address"]) == (NAME, id_number(), PHONE, ADDRESS)
    assert {row["purpose"] for row in packages["people"]["consents"]} == {"terms", "face", "recommendation"}
    assert packages["people"]["checks"][0]["reference"] == "ref-77001"
    assert packages["identity"]["linked"][0]["provider"] == "wechat"
    assert packages["employers"][0]["role"] == "owner"
    assert "快件分拣员" in packages["notify"][0]["text"]
    told = json.dumps({name: packages[name] for name in ("registration", "guidance", "placements")}, ensure_ascii=False)
    assert [text for text in SECRETS if text not in told] == []
    json.dumps(document)


async def test_a_copy_for_who_only_has_the_phone_keeps_the_id_number_masked(core: Core, clock: HandClock) -> None:
    await lived_in(core)
    clock.forward(minutes=2)
    at_home = (await in_by_code(core)).visitor
    own = (await people.export_own(core, at_home))["packages"]["people"]["person"]
    assert "*" in own["id_number"]
    assert own["phone"] == PHONE


async def test_erasing_leaves_no_row_and_no_byte(core: Core, database_url: str) -> None:
    visitor = await lived_in(core)
    person = await Person.get(id=visitor.id)
    sealed = [text for text in (person.name, person.id_number, person.phone, person.name_blind, person.id_blind,
                                person.phone_blind) if text]  # fmt: skip
    plain = [NAME, PHONE, id_number(), ADDRESS, "openid-of-sample", "ref-77001", *SECRETS]
    document = await people.erase(core, visitor, "phone")
    assert document["removed"]["person"] == 1
    assert {"consent", "public_session", "linked_identity", "firm_member", "answered_write", "one_time_code"} <= set(
        document["removed"]
    )
    lived = {table for table, count in document["removed"].items() if count}
    assert {_table(name) for name in (*REGISTRATION, *GUIDANCE, *PLACEMENTS)} <= lived, "every table had a row"
    assert not await PlacementFollowUp.all().count()
    with pytest.raises(NotFoundError):
        await people.get_person(visitor.id)
    assert await _rows_with(core, [*sealed, *plain]) == []
    assert not await DomainEvent.filter(key=visitor.name).exclude(data="{}").exists()
    if database_url.startswith("sqlite"):
        await _settle(core)
        folder = Path(database_url.removeprefix("sqlite:///")).parent
        left = [
            (path.name, text)
            for path in folder.glob("cloud.db*")
            for text in [*sealed, *plain]
            if text.encode() in path.read_bytes()
        ]
        assert left == []


async def test_followers_do_their_part_after_the_commit_and_leave_a_receipt(core: Core) -> None:
    visitor = await lived_in(core)
    await people.erase(core, visitor, "phone")
    row = await Erasure.get(subject=visitor.id)
    assert {one.follower: one.at for one in await ErasureReceipt.filter(erasure_id=row.id)} == dict.fromkeys(FOLLOWERS)
    events = await DomainEvent.filter(topic=people.ERASED)
    after = await people.follow(core, events)
    assert people.files_of(core, visitor.id).exists(), "what is outside the database waits for the commit"
    assert after is not None
    await after()
    assert not people.files_of(core, visitor.id).exists()
    receipts = (await erasure_document(str(row.id)))["receipts"]
    assert [(one["follower"], one["note"]) for one in receipts] == [("files", "1 files removed")]
    assert all(one["at"] for one in receipts)
    await people.retry_followers(core)
    assert (await erasure_document(str(row.id)))["receipts"] == receipts


async def test_a_follower_that_a_crash_left_behind_is_run_later(core: Core) -> None:
    visitor = await lived_in(core)
    await people.erase(core, visitor, "phone")
    await people.retry_followers(core)
    assert not people.files_of(core, visitor.id).exists()
    assert not await ErasureReceipt.exists(at=None)


async def test_erasing_needs_the_card_and_a_failure_in_the_middle_undoes_all(
    core: Core, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived_in(core)
    clock.forward(minutes=2)
    at_home = (await in_by_code(core)).visitor
    with pytest.raises(ProofNeededError):
        await people.erase(core, at_home, "phone")

    async def breaks(*_: object, **__: object) -> None:
        raise ConnectionError("in the middle")

    monkeypatch.setattr(audit, "record", breaks)
    with pytest.raises(ConnectionError):
        await people.erase_person(core, at_home.id, "staff:li", "counter", "card")
    monkeypatch.undo()
    assert (await people.export(core, at_home.id, "staff:li"))["packages"]["employers"]
    assert not await Erasure.all().count()


def test_every_table_that_names_a_person_says_how_it_is_exported_and_erased() -> None:
    decided = {name for holder in people.HOLDERS.values() for name in holder.tables} | set(people.KEPT)
    sealed = {column.model for column in SEALED.values()}
    naming = {
        model.__name__
        for model in _models()
        if any(part in name for name in model._meta.fields_map for part in NAMING) or model.__name__ in sealed
    }
    assert naming - decided - ABOUT_OTHERS == set(), (
        "add them to HOLDERS in cloud/people/holders.py, or to KEPT with the reason"
    )
    assert decided - {model.__name__ for model in _models()} == set(), "there are no such tables"


def _table(name: str) -> str:
    return str(next(model for model in _models() if model.__name__ == name)._meta.db_table)


def _models() -> list[type[Model]]:
    modules = [importlib.import_module(name) for name in MODELS]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, Model) and value is not Model]


async def _rows_with(core: Core, texts: list[str]) -> list[tuple[str, Any]]:
    """Return (table, row) of every stored row that holds one of the texts anywhere."""
    connection = core.database.connection()
    found = []
    for model in _models():
        _, rows = await connection.execute_query(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608
        found += [(model.__name__, dict(row)) for row in rows if any(text in str(tuple(row)) for text in texts)]
    return found


async def _settle(core: Core) -> None:
    connection = core.database.connection()
    await connection.execute_query("VACUUM")
    await connection.execute_query("PRAGMA wal_checkpoint(TRUNCATE)")


async def test_an_erasure_of_nobody_is_not_found(core: Core) -> None:
    with pytest.raises(NotFoundError):
        await people.erase_person(core, UUID(int=1), "staff:li", "counter", "card")
