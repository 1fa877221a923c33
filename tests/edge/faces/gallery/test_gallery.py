"""The gallery keeps people sealed, forgets them on the disk, and tells what is wrong with its files."""

import base64
import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from edge.errors import GalleryDamaged, GalleryRefused
from edge.faces.gallery import gallery as room
from edge.faces.gallery.gallery import StationGallery
from tests.edge.faces.gallery.people import CHECK, DIMENSION, Crowd, opened, vault_of


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(7, 30)


def filled(folder: Path, crowd: Crowd, people: int = 5) -> StationGallery:
    kept = opened(folder)
    for n in range(people):
        kept.enrol(f"p-{n}", crowd.frames(n), CHECK, f"c-{n}")
    return kept


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_people_are_found_after_a_restart_and_confirm_by_what_they_typed(tmp_path: Path, crowd: Crowd) -> None:
    filled(tmp_path, crowd).close()
    kept = opened(tmp_path)
    assert len(kept) == 5
    assert kept.ids() == {f"p-{n}" for n in range(5)}
    assert kept.search(crowd.frames(2, 1)[0]).person == "p-2"
    assert kept.search(crowd.people[20]).person is None
    score = kept.verify("p-2", crowd.people[2])
    assert score is not None
    assert score > 0.8
    assert kept.verify("p-9", crowd.people[2]) is None
    assert [kept.confirm("p-2", answer) for answer in ("1234", "0307", "1235", "")] == [True, True, False, False]
    assert not kept.confirm("p-9", "1234")
    kept.close()


def test_who_enrols_again_replaces_himself(tmp_path: Path, crowd: Crowd) -> None:
    kept = filled(tmp_path, crowd)
    kept.enrol("p-2", crowd.frames(25), CHECK, "c-9")
    assert (len(kept), kept.search(crowd.people[2]).person, kept.search(crowd.people[25]).person) == (5, None, "p-2")
    kept.close()


@pytest.mark.parametrize("count", [2, 9])
def test_too_few_and_too_many_frames_are_refused(tmp_path: Path, crowd: Crowd, count: int) -> None:
    kept = opened(tmp_path)
    with pytest.raises(GalleryRefused, match="between 3 and 8"):
        kept.enrol("p-1", crowd.frames(1, count), CHECK, "c")
    with pytest.raises(GalleryRefused, match="192 numbers"):
        kept.search(crowd.people[0] * 2)
    kept.close()


def test_a_full_gallery_takes_nobody_new(tmp_path: Path, crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_PEOPLE", 5)
    kept = filled(tmp_path, crowd)
    with pytest.raises(GalleryRefused, match="5 people and no more"):
        kept.enrol("p-6", crowd.frames(6), CHECK, "c")
    kept.enrol("p-1", crowd.frames(1), CHECK, "c")
    kept.close()


def test_an_erased_person_is_found_by_nobody_and_nothing_is_left_of_him(tmp_path: Path, crowd: Crowd) -> None:
    kept = filled(tmp_path, crowd)
    path = vault_of(tmp_path).file
    before = dict(sqlite3.connect(path).execute("SELECT place, sealed FROM template"))
    assert kept.erase(["p-2", "p-77"]) == frozenset()
    after = dict(sqlite3.connect(path).execute("SELECT place, sealed FROM template"))
    (gone,) = before.keys() - after.keys()
    left = bytes_below(tmp_path)
    sealed = before[gone]
    assert all(sealed[start : start + 24] not in left for start in range(0, len(sealed) - 24, 8))
    assert gone not in left
    assert any(before[other][:24] in left for other in after)
    assert kept.search(crowd.people[2]).person is None
    kept.close()
    assert opened_ids(tmp_path) == {"p-0", "p-1", "p-3", "p-4"}


def test_who_could_not_be_erased_on_a_full_disk_is_erased_when_asked_again(
    tmp_path: Path, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = filled(tmp_path, crowd)
    with monkeypatch.context() as full:
        full.setattr(kept._file, "remove", lambda _places: (_ for _ in ()).throw(GalleryDamaged("disk is full")))
        with pytest.raises(GalleryDamaged, match="full"):
            kept.erase(["p-2"])
    assert kept.search(crowd.people[2]).person is None
    kept.erase(["p-2"])
    kept.close()
    assert opened_ids(tmp_path) == {"p-0", "p-1", "p-3", "p-4"}


def opened_ids(folder: Path) -> frozenset[str]:
    kept = opened(folder)
    ids = kept.ids()
    kept.close()
    return ids


def test_no_embedding_name_or_digit_lies_on_the_disk(tmp_path: Path, crowd: Crowd) -> None:
    """S12, with the forms that numbers could take; turned or not, the mean as well."""
    kept = filled(tmp_path, crowd)
    kept.enrol("person-0195f3c2", crowd.frames(9), CHECK, "consent-0195f3c2")
    rows = [kept._records[person].rows for person in sorted(kept.ids())]
    rows += [row @ kept._rotation.T for row in rows]
    kept.close()
    lies = bytes_below(tmp_path)
    for block in rows:
        for row in block:
            whole = np.rint(row * (127 / np.abs(row).max())).astype(np.int8)
            for form in (row.astype("<f4"), row.astype("<f2"), row.astype("<f8"), whole):
                raw = form.tobytes()
                assert raw[:16] not in lies
                assert base64.b64encode(raw)[:20] not in lies
    assert not any(word in lies for word in (b"person-0195f3c2", b"consent-0195f3c2", b"1234", b"0307"))


def test_the_key_lies_elsewhere_and_only_its_owner_reads_it(tmp_path: Path, crowd: Crowd) -> None:
    filled(tmp_path, crowd).close()
    vault = vault_of(tmp_path)
    key = vault.key_file.read_bytes()
    assert vault.key_file.stat().st_mode & 0o777 == 0o600
    assert vault.file.stat().st_mode & 0o077 == 0
    assert key not in bytes_below(vault.state)
    vault.key_file.chmod(0o644)
    with pytest.raises(GalleryDamaged, match="chmod 600"):
        opened(tmp_path)


@pytest.mark.parametrize("brought", ["file", "state"])
def test_a_gallery_on_another_machine_is_useless(tmp_path: Path, crowd: Crowd, brought: str) -> None:
    filled(tmp_path / "here", crowd).close()
    here, there = vault_of(tmp_path / "here"), vault_of(tmp_path / "there")
    opened(tmp_path / "there").close()
    if brought == "file":
        shutil.copy(here.file, there.file)
    else:
        shutil.rmtree(there.state)
        shutil.copytree(here.state, there.state)
    with pytest.raises(GalleryDamaged, match="another station's"):
        opened(tmp_path / "there")


def test_another_stations_name_does_not_open_it(tmp_path: Path, crowd: Crowd) -> None:
    filled(tmp_path, crowd).close()
    with pytest.raises(GalleryDamaged, match="another station's"):
        StationGallery.open(vault_of(tmp_path, "st-02"), "m", DIMENSION)


def test_a_key_that_is_gone_is_told_and_not_made_anew(tmp_path: Path, crowd: Crowd) -> None:
    filled(tmp_path, crowd).close()
    vault_of(tmp_path).key_file.unlink()
    with pytest.raises(GalleryDamaged, match="put the key back"):
        opened(tmp_path)


def test_a_changed_byte_is_refused_wherever_it_is(tmp_path: Path, crowd: Crowd) -> None:
    filled(tmp_path, crowd, 2).close()
    path = vault_of(tmp_path).file
    database = sqlite3.connect(path)
    places = [row[0] for row in database.execute("SELECT place FROM template")]
    sealed = database.execute("SELECT sealed FROM template WHERE place = ?", (places[0],)).fetchone()[0]
    for at in (0, 20, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[at] ^= 1
        database.execute("UPDATE template SET sealed = ? WHERE place = ?", (bytes(changed), places[0]))
        database.commit()
        with pytest.raises(GalleryDamaged, match="was changed"):
            opened(tmp_path)
    # Two people's records in each other's places.
    other = database.execute("SELECT sealed FROM template WHERE place = ?", (places[1],)).fetchone()[0]
    database.execute("UPDATE template SET sealed = ? WHERE place = ?", (other, places[0]))
    database.commit()
    database.close()
    with pytest.raises(GalleryDamaged, match="was changed"):
        opened(tmp_path)
    path.write_bytes(b"no database at all, " * 100)
    with pytest.raises(GalleryDamaged, match="put a good file back"):
        opened(tmp_path)


def test_people_of_another_model_are_missing_until_they_enrol_again(tmp_path: Path, crowd: Crowd) -> None:
    filled(tmp_path, crowd).close()
    kept = opened(tmp_path, "newer@11111111")
    assert (len(kept), kept.missing(), kept.search(crowd.people[1]).person) == (0, kept.ids(), None)
    kept.enrol("p-1", crowd.frames(1), CHECK, "c")
    assert (len(kept), len(kept.missing()), kept.search(crowd.people[1]).person) == (1, 4, "p-1")
    kept.close()


def test_after_a_rotation_the_old_file_fits_nothing(tmp_path: Path, crowd: Crowd) -> None:
    kept = filled(tmp_path, crowd)
    old = {person: record.rows for person, record in kept._records.items()}
    kept.rotate()
    for person, rows in old.items():
        assert abs(float(rows[0] @ kept._records[person].rows[0])) < 0.4
    assert kept.search(crowd.frames(3, 1)[0]).person == "p-3"
    kept.close()
    assert opened(tmp_path).search(crowd.frames(3, 1)[0]).person == "p-3"


def test_who_looks_while_others_enrol_and_leave_never_meets_half_a_gallery(tmp_path: Path, crowd: Crowd) -> None:
    """F23: p-0 is there all the time and must be found every time."""
    kept = filled(tmp_path, crowd, 3)

    def change() -> None:
        for n in range(8):
            kept.enrol(f"p-{n % 4 + 5}", crowd.frames(n % 4 + 5), CHECK, "c")
            kept.erase([f"p-{n % 4 + 5}"])

    looks = 0
    with ThreadPoolExecutor(1) as pool:
        changes = pool.submit(change)
        while not changes.done():
            assert kept.search(crowd.people[0]).person == "p-0"
            looks += 1
            time.sleep(0.001)  # else the two wait for each other's turn of the interpreter
        changes.result()
    assert looks > 10
    kept.close()
