"""The coder: people's words come out right, the model belongs to its tables, answers are the same every time."""

import csv
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.jobs.coding.build import fingerprints, read_classification, read_labelled, train
from cloud.jobs.coding.coder import MODEL, Coder
from cloud.jobs.coding.errors import ModelError
from cloud.jobs.coding.store import MAGIC, read_model, write_model
from cloud.jobs.coding.suggest import code_title, coder
from cloud.jobs.coding.titles import MAX_TITLE_CHARS, read_title
from cloud.jobs.lookup import occupations

MAX_MODEL_BYTES = 15_000_000
_ROWS = csv.DictReader(Path(__file__).with_name("gig_titles.csv").read_text("utf-8").splitlines())
GIGS = [(row["title"], row["codes"].split("/")) for row in _ROWS]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("焊工 要带证 日结", "焊工"),
        ("外卖骑手", "网约配送员"),
        ("月嫂", "婴幼儿发展引导员"),
        ("装卸工", "装卸搬运工"),
        ("阿姨做饭", "家政服务员"),
        ("打螺丝", "电子设备装接工"),
        ("急招！！洗碗工2名，包吃住，月薪3500", "餐厅服务员"),
        ("ＣＮＣ操机", "多工序数控机床操作调整工"),
    ],
)
def test_a_title_in_peoples_words_gets_its_occupation(title: str, name: str) -> None:
    assert coder().code(title)[0].name == name


def test_gig_titles_come_out_right() -> None:
    answers = {title: [one.code for one in coder().code(title)] for title, _ in GIGS}
    wrong = {title: answers[title][0] for title, codes in GIGS if answers[title][0] not in codes}
    missed = {title: answers[title] for title, codes in GIGS if not set(codes) & set(answers[title])}
    assert len(wrong) <= 0.07 * len(GIGS), wrong
    assert not missed


def test_the_model_was_built_from_these_tables_and_is_small() -> None:
    assert coder().inputs == fingerprints(), "a table changed: run python -m cloud.jobs.coding.build"
    assert MODEL.stat().st_size <= MAX_MODEL_BYTES


def test_every_code_of_the_classification_can_be_answered_and_its_name_leads_to_it() -> None:
    classification = read_classification()
    assert set(coder().codes) == set(classification.codes)
    sample = [(code, phrases[0]) for code, phrases in zip(classification.codes, classification.phrases, strict=True)]
    named = [code for code, name in sample[::40] if code in {one.code for one in coder().code(name)}]
    assert len(named) >= 0.95 * len(sample[::40])


def test_suggestions_for_a_post_are_professions_with_reasons() -> None:
    found = code_title("普工 包吃住", limit=8)
    assert len(found) == 8
    assert all(one.code in occupations() and one.reasons for one in found)
    assert "俗称“外卖骑手”" in code_title("外卖骑手 日结")[0].reasons[0]


@given(st.text(max_size=300))
def test_any_text_gets_five_different_codes_best_first_and_always_the_same(text: str) -> None:
    found = coder().code(text)
    assert len({one.code for one in found}) == 5
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert [one.code for one in Coder.load(MODEL).code(text)] == [one.code for one in found]
    assert all(one.reasons for one in code_title(text))


@given(st.text(max_size=MAX_TITLE_CHARS), st.text(max_size=50))
def test_what_comes_behind_the_longest_title_is_not_read(text: str, more: str) -> None:
    long = text.ljust(MAX_TITLE_CHARS, "工")
    assert read_title(long + more) == read_title(long)


@pytest.mark.parametrize(
    ("text", "employer", "parts"),
    [
        ("鼎正重机招聘焊工", "鼎正重机", ("焊工",)),
        ("招聘专员", "", ("招聘专员",)),
        ("招标专员", "", ("招标专员",)),
        ("采购工程师(J10948)", "", ("采购工程师",)),
        ("无责底薪5000招服务员", "无责底薪5000", ("服务员",)),
        ("蛋糕/裱花师 月薪8k-10k 五险一金", "", ("蛋糕", "裱花师")),
        ("日结", "", ("日结",)),
    ],
)
def test_a_title_is_read_without_its_wrapping(text: str, employer: str, parts: tuple[str, ...]) -> None:
    title = read_title(text)
    assert (title.employer, title.parts) == (employer, parts)


def test_a_model_trained_on_some_titles_knows_them_and_survives_its_file(tmp_path: Path) -> None:
    labelled = [one for one in read_labelled() if one.code.startswith("4-03")]
    arrays, remembered = train(labelled, read_classification(colloquial=False))
    file = tmp_path / "small.bin"
    write_model(file, arrays, remembered | {"inputs": {}})
    again = tmp_path / "again.bin"
    write_model(again, *read_model(file))
    assert again.read_bytes() == file.read_bytes()
    small = Coder.load(file)
    hits = sum(small.code(one.title, 1)[0].code == one.code for one in labelled)
    assert hits > 0.9 * len(labelled)


def test_a_damaged_model_says_how_to_build_another(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    shutil.copy(MODEL, file)
    with file.open("r+b") as opened:
        opened.write(b"YZOC0000")
    with pytest.raises(ModelError, match=r"coding\.build"):
        Coder.load(file)
    file.write_bytes(MAGIC + (2**40).to_bytes(8, "little"))
    with pytest.raises(ModelError, match="no model"):
        Coder.load(file)
