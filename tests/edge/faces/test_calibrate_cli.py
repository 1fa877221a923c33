"""`yizhan face calibrate` on a real gallery: what it says, and what it does not open or make."""

from pathlib import Path

import pytest

import yizhan
from edge.faces.gallery.file import GalleryFile
from edge.faces.gallery.keys import gallery_key
from edge.faces.gallery.records import Record, place_of, seal, with_mean
from tests.edge.faces.gallery.people import CHECK, MODEL, Crowd, opened, vault_of

PEOPLE = 85


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a gallery that was filled in one transaction: enrolling each would cost seconds of fsync."""
    folder = tmp_path_factory.mktemp("site")
    opened(folder).close()
    vault, crowd = vault_of(folder), Crowd(9, PEOPLE)
    key = gallery_key(vault)
    people = [Record(f"p-{number}", MODEL, "c", CHECK, with_mean(crowd.frames(number))) for number in range(PEOPLE)]
    people.append(Record("p-older", "older@22222222", "c", CHECK, with_mean(crowd.frames(0))))
    places = [(place_of(key, one.person), one) for one in people]
    file = GalleryFile(vault.file)
    file.replace({}, [(place, seal(key, place, one)) for place, one in places])
    file.close()
    return folder


def told(site: Path, capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    vault = vault_of(site)
    given = [
        "--gallery",
        str(vault.file),
        "--key",
        str(vault.key_file),
        "--state",
        str(vault.state),
        "--station",
        "st-01",
    ]
    code = yizhan.main(["face", "calibrate", *given, "--station", vault.station, *words])
    return code, *capfd.readouterr()


def test_it_says_of_how_many_and_which_threshold(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, problem = told(site, capfd, "--fmr", "0.005")
    assert (code, problem) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"pack {MODEL}: 85 people, 3570 pairs of two people; 1 more are enrolled with another pack"
    (chosen,) = (line for line in lines if line.startswith("threshold for"))
    assert chosen.startswith("threshold for a false-match rate of 0.500%: 0.")
    assert any(line.split()[0] == "0.60" and "of 3570" in line for line in lines if line.strip())
    counts = [line.split()[1] for line in lines if line.startswith("  0.") and "-0." in line[:12]]
    assert sum(map(int, counts)) == 3570


def test_it_refuses_what_so_few_cannot_show(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, problem = told(site, capfd, "--fmr", "0.0001")
    assert (code, "threshold for" in out) == (1, False)
    assert "3570 pairs of people cannot show a false-match rate below 0.103%" in problem


def test_another_key_and_a_missing_gallery_are_said(
    site: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    foreign = tmp_path / "foreign.key"
    foreign.write_bytes(b"7" * 32)
    foreign.chmod(0o600)
    code, _, problem = told(site, capfd, "--key", str(foreign))
    assert (code, "another station's" in problem) == (2, True)
    missing = tmp_path / "none.sqlite3"
    code, _, problem = told(site, capfd, "--gallery", str(missing))
    assert (code, str(missing) in problem, missing.exists()) == (2, True, False)
    code, _, problem = told(site, capfd, "--model", "unheard-of")
    assert (code, "0 people are enrolled" in problem) == (2, True)
    with pytest.raises(SystemExit, match="2"):
        told(site, capfd, "--fmr", "7")
