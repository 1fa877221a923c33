"""Legal texts: versions that never change, wordings kept for good, pages that everybody may read."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from cloud.legal import service
from cloud.legal.errors import TextError
from cloud.legal.models import ShownText
from cloud.legal.texts import NAMES, Block, Text, current, cut, load_texts
from cloud.legal.wording import shown_texts
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from tests.cloud.running import Running

VALUES = {"operator": "示范机构", "contact": "0511-1", "complaint_phone": "0511-2"}
FOLDER = Path(__file__).parents[3] / "cloud/legal/texts"
#: What is released is never edited: a new wording is a new file, and a new line here.
RELEASED = {
    "face 1.0": "1486979fddcc7728943f29a72d2871c3afe744569abb0fe2cd6de21eba645001",
    "privacy 1.0": "300ad0e54e2554591d5441f0dd0c806a5c362362a8e3be184b07315e4961e772",
    "province 1.0": "4a2a1e258575a457b7dc8ad21ab35a8998d08eec05cfcd190ba10bcc4dc6d90e",
    "recommender 1.0": "0b498391767b9e19c3afa35931a297c75bca66105a919c9a724d8b7436d26e36",
    "terms 1.0": "1b072b944a10df22bcb8b618dc784c249afb6009a1e635faed0295d2e0e15263",
}


def test_a_released_text_is_never_edited() -> None:
    files = {f"{file.parent.name} {file.stem}": file for file in FOLDER.glob("*/*.toml")}
    assert {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()} == RELEASED


def test_every_text_is_filled_and_its_hash_covers_who_the_operator_is() -> None:
    texts = load_texts(VALUES)
    others = load_texts(VALUES | {"operator": "另一家"})
    assert set(texts) == set(NAMES)
    for name in NAMES:
        text = texts[name][0]
        assert "{" not in text.body
        assert text.sha256 == hashlib.sha256(text.body.encode()).hexdigest()
        assert text.sha256 != others[name][0].sha256


def test_the_newest_version_that_has_begun_is_in_force() -> None:
    versions = [
        Text("terms", number, "", "", day, "") for number, day in (("1.0", date(2026, 1, 1)), ("2.0", date(2026, 6, 1)))
    ]
    assert [current(versions, date(2026, month, 1)).version for month in (2, 5, 6, 7)] == ["1.0", "1.0", "2.0", "2.0"]
    assert current(versions, date(2025, 1, 1)).version == "1.0"


def test_a_body_is_cut_into_headings_paragraphs_and_lists() -> None:
    assert cut("## 一\nab**c**\n\n- x\n- y\n") == [
        Block("h2", ((("一", False),),)),
        Block("p", ((("ab", False), ("c", True)),)),
        Block("ul", ((("x", False),), (("y", False),))),
    ]


def test_an_operator_adds_versions_and_cannot_replace_ours(tmp_path: Path) -> None:
    own = tmp_path / "terms"
    own.mkdir()
    words = 'title = "服务协议"\nsummary = "我们的"\neffective = 2027-01-01\nbody = "甲"\n'
    (own / "1.1.toml").write_text(words)
    assert [text.version for text in load_texts(VALUES, tmp_path)["terms"]] == ["1.0", "1.1"]
    (own / "1.0.toml").write_text(words)
    with pytest.raises(TextError, match=r"terms 1\.0"):
        load_texts(VALUES, tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        "title = ",
        'title = "x"',
        'title = "x"\nsummary = "x"\neffective = 1\nbody = ""',
        'title = "x"\nsummary = "x"\neffective = 2027-01-01\nbody = "{whoever}"',
    ],
)
def test_a_file_that_is_no_text_is_named(tmp_path: Path, words: str) -> None:
    (tmp_path / "face").mkdir()
    (tmp_path / "face" / "7.0.toml").write_text(words)
    with pytest.raises(TextError, match=r"face 7\.0"):
        load_texts(VALUES, tmp_path)


@pytest.mark.db
async def test_what_a_person_agrees_to_is_kept_once_for_each_wording(core: Core) -> None:
    text = await service.agreed_text(core, "privacy")
    again = await service.agreed_text(core, "privacy")
    assert (text.name, text.version, again) == ("privacy", "1.0", text)
    await service.remember_texts(core)
    rows = await ShownText.filter(name="privacy")
    assert [(row.sha256, row.body) for row in rows] == [(text.sha256, text.body)]
    assert await ShownText.all().count() == len(NAMES)
    with pytest.raises(NotFoundError):
        await service.agreed_text(core, "nonsense")


@pytest.mark.broker
@pytest.mark.db
async def test_everybody_reads_the_texts_and_old_wordings_by_their_hash(running: Running) -> None:
    del running.client.session.headers["Authorization"]
    listed = await (await running.call("GET", "/legal")).text()
    assert all(f"/legal/{name}" in listed for name in NAMES)
    shown = (await shown_texts("privacy"))[0]
    await ShownText.filter(id=shown.id).update(sha256="a" * 64, body="## 旧的\n从前是这样\n")
    page = await running.call("GET", f"/legal/privacy?sha256={'a' * 16}")
    assert "从前是这样" in await page.text()
    assert "这是旧版本" in await page.text()
    for path in ("/legal/nonsense", f"/legal/privacy?sha256={'b' * 16}", "/legal/privacy?sha256=%25"):
        assert (await running.call("GET", path)).status == 404
    licence = await (await running.call("GET", "/legal/licence")).text()
    assert "对劳动者全部免费" in licence
    assert "尚未填写" in licence
