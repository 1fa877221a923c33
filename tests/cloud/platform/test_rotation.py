"""A rotation ends where every text has the new key, however often it is interrupted and whoever writes meanwhile."""

import asyncio
import random
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from cloud.jobs.models import Firm
from cloud.platform.core import Core
from cloud.platform.database import APP
from cloud.platform.keymodels import DataKey
from cloud.platform.keyring import SEALED, key_of, place
from cloud.platform.keystore import KEEP_RETIRED, open_keyring, refresh
from cloud.platform.masks import MASKS
from cloud.platform.rotation import list_keys, rotate, seal_plain
from cloud.platform.settings import Settings
from tests.cloud.clocks import HandClock

pytestmark = pytest.mark.db

ROWS = 450


async def test_every_text_gets_the_new_key_and_the_old_one_retires(core: Core, clock: HandClock) -> None:
    phones = await _firms(core, ROWS)
    steps = [line async for line in rotate(core, announce_s=0)]
    assert [line["step"] for line in steps] == ["announced", "current", "sealed", "sealed", "sealed", "retired"]
    assert sum(line.get("rows", 0) for line in steps) == ROWS
    assert await _opened(core) == phones
    assert {key_of(row.contact_phone_sealed or "") for row in await Firm.all()} == {core.keyring.current}
    old, new = [line for line in await list_keys(core) if line["purpose"] == "seal"]
    assert (old["state"], old["texts"], new["state"], new["texts"]) == ("retired", 0, "current", ROWS)
    clock.forward(days=KEEP_RETIRED.days + 1)
    assert [line["key"] async for line in rotate(core, announce_s=0) if line["step"] == "erased"] == [old["key"]]
    assert (await DataKey.get(id=old["key"])).wrapped == ""
    assert await _opened(core) == phones


async def test_a_rotation_that_stopped_anywhere_goes_on_with_the_same_key(core: Core) -> None:
    phones = await _firms(core, ROWS)
    for stop in range(1, 6):
        taken = 0
        async for _ in (steps := rotate(core, announce_s=0)):
            taken += 1
            if taken == stop:
                break
        await steps.aclose()
        assert await _opened(core) == phones
    async for _ in rotate(core, announce_s=0):
        pass
    assert await DataKey.filter(purpose="seal", state="current").count() == 1
    assert not await DataKey.filter(state__in=["announced", "retiring"]).exists()
    assert await _opened(core) == phones


async def test_what_another_process_writes_meanwhile_with_the_old_key_is_found(core: Core) -> None:
    await _firms(core, ROWS)
    other = await open_keyring(core.secret, core.now())
    async for line in rotate(core, announce_s=0):
        if line["step"] == "sealed" and not await Firm.exists(name="late"):
            # Before the walk's position: only another walk finds it.
            late = UUID(int=1)
            sealed = other.seal("0511-00000001", place("firm.phone", late))
            await Firm.create(id=late, uscc="late", name="late", contact_name="示范", contact_phone="0511-****01",
                              contact_phone_sealed=sealed, created_at=core.now())  # fmt: skip
    assert core.keyring.is_current((await Firm.get(name="late")).contact_phone_sealed or "")


async def test_a_row_that_somebody_edits_meanwhile_keeps_the_edit(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    await _firms(core, 3)
    edited = await Firm.all().first()
    assert edited is not None
    fresh = core.keyring.seal("0511-00009999", place("firm.phone", edited.id))
    seal = core.keyring.seal

    def slow(text: str, where: str) -> str:
        writes.append(where)
        return seal(text, where)

    writes: list[str] = []
    monkeypatch.setattr(type(core.keyring), "seal", lambda _, text, where: slow(text, where))
    async for line in rotate(core, announce_s=0):
        if line["step"] == "current":
            await Firm.filter(id=edited.id).update(contact_phone_sealed=fresh)
    monkeypatch.undo()
    assert (await _opened(core))[edited.id] == "0511-00009999"
    assert len(writes) >= 3


async def test_a_text_that_opens_with_no_key_is_named_and_left_alone(core: Core) -> None:
    await _firms(core, 3)
    bad = await Firm.all().order_by("id").first()
    assert bad is not None
    await Firm.filter(id=bad.id).update(contact_phone_sealed="yz1.2." + "A" * 60)
    broken = [line async for line in rotate(core, announce_s=0) if line["step"] == "broken"]
    assert {line["row"] for line in broken} == {str(bad.id)}
    assert (await Firm.get(id=bad.id)).contact_phone_sealed == "yz1.2." + "A" * 60


def test_every_sealed_column_is_one_of_its_model_and_is_long_enough(core: Core) -> None:
    apps = core.database.context.apps
    assert apps is not None
    for name, column in SEALED.items():
        known = apps.get_model(APP, column.model)._meta.fields_map
        named = [text for text in (column.column, column.shown, column.blind) if text]
        assert set(named) <= set(known), name
        assert not column.shown or column.mask in MASKS, name
        length = getattr(known[column.column], "max_length", None)
        assert length is None or length >= 128, name


async def test_what_an_older_version_kept_in_plain_text_is_sealed_and_gone_from_the_file(core: Core) -> None:
    for number in range(5):
        await Firm.create(id=uuid4(), uscc=f"old-{number}", name="旧", contact_name="示范",
                          contact_phone=f"1381234567{number}", created_at=core.now())  # fmt: skip
    assert await seal_plain(core) == 5
    assert await seal_plain(core) == 0
    assert sorted((await _opened(core)).values()) == [f"1381234567{number}" for number in range(5)]
    assert {row.contact_phone[:7] for row in await Firm.all()} == {"138****"}
    if core.database.dialect == "sqlite":
        path = Path(core.settings.database.removeprefix("sqlite:///"))
        stored = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.is_file())
        assert b"1381234567" not in stored


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=[pytest.mark.deep, pytest.mark.timeout(600)])])
async def test_killed_at_any_moment_it_leaves_a_database_that_opens(core: Core, settings: Settings, kills: int) -> None:
    """Kill -9 at random moments of the rotation; after each the core reads every text, and in the end all are new."""
    rng = random.Random(kills)
    phones = await _firms(core, 1_500)
    for _ in range(kills):
        process = await _rotation(settings)
        assert process.stdout is not None
        for _ in range(rng.randint(1, 5)):
            await process.stdout.readline()
        await asyncio.sleep(rng.uniform(0, 0.05))
        if process.returncode is None:
            process.kill()
        await process.communicate()
        assert await _opened(core) == phones
    process = await _rotation(settings)
    await process.communicate()
    assert process.returncode == 0
    assert await _opened(core) == phones
    await refresh(core.keyring, core.secret)
    assert all(core.keyring.is_current(row.contact_phone_sealed or "") for row in await Firm.all())
    assert not await DataKey.filter(state__in=["announced", "retiring"]).exists()


async def _rotation(settings: Settings) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "yizhan.py", "cloud", "keys", "rotate", "--announce-s", "0.05",
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "YIZHAN_DATA_DIR": str(settings.data_dir),
             "YIZHAN_DATABASE_URL": settings.database},
    )  # fmt: skip


async def _firms(core: Core, count: int) -> dict[UUID, str]:
    """Store firms; return their phones."""
    phones = {uuid4(): f"0511-{number:08}" for number in range(count)}
    await Firm.bulk_create(
        Firm(id=firm, uscc=str(firm)[:18], name="示范", contact_name="示范", contact_phone="0511-****00",
             contact_phone_sealed=core.keyring.seal(phone, place("firm.phone", firm)), created_at=core.now())
        for firm, phone in phones.items()
    )  # fmt: skip
    return phones


async def _opened(core: Core) -> dict[UUID, str]:
    ring = await open_keyring(core.secret, core.now())
    return {row.id: ring.open(row.contact_phone_sealed or "", place("firm.phone", row.id)) for row in await Firm.all()}
