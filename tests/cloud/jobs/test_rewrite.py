"""One-click rewrite: what comes out passes the gate and keeps pay, place and duties; what went is named."""

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.jobs.gate import rewrite_text, screen_text
from cloud.jobs.screen_pages import parts_of
from tests.cloud.jobs.sentences import Row, first_set, second_set, standard, third_set

_UNLAWFUL = [row for row in (*first_set(), *second_set()) if row["label"] == "illegal"]
_LAWFUL = [row for row in (*first_set(), *second_set()) if row["severity"] == "pass"]
_SUM = re.compile(r"(?:\d+(?:\.\d+)?)(?=元|块|/|一天|一小时)|(?<=工资)\d+|(?<=日结)\d+|(?<=底薪)\d+")
#: Places and work that these sentences name outside of what is unlawful in them.
_WORDS = re.compile(
    "保洁|仓库|客服|前台|叉车|传菜|分拣|收银|装卸|搬运|洗碗|贴膜|快递|电子厂|服装厂|剪线头|码垛|物流园|搬家|导购|文员|家政|骑手|后厨|护理|流水线|食品厂|玩具厂|保安|打包|超市|食堂|普工|包装|发传单|火锅店|图书馆|果园"
)


@pytest.mark.parametrize("row", _UNLAWFUL, ids=[row["id"] for row in _UNLAWFUL])
def test_an_unlawful_sentence_is_rewritten_to_one_that_passes(row: Row) -> None:
    text, done = row["sentence"], rewrite_text(row["sentence"], standard())
    assert screen_text(done.text, standard()) == []
    assert done.cuts
    assert all(cut.taken and cut.law for cut in done.cuts)
    if row["category"] in {"fee", "minimum_wage", "lure", "vague_pay"}:
        return  # here the sums themselves are what is unlawful
    raised = " ".join(cut.put for cut in done.cuts if cut.rule == "minimum_wage")
    assert set(_SUM.findall(text)) <= set(_SUM.findall(done.text)) or raised
    taken = "".join(cut.taken for cut in done.cuts)
    for word in set(_WORDS.findall(text)):
        assert word in done.text or word in taken, f"{word}: {text} -> {done.text}"


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("仓库搬运，只要男的，日结200元", "仓库搬运，日结200元"),
        ("招女服务员3名，管吃管住，月休3天", "招服务员3名，管吃管住，月休3天"),
        ("叉车司机（男）2名，有证即可上岗", "叉车司机2名，有证即可上岗"),
        ("分拣员 性别要求：女 夜班 计件", "分拣员 夜班 计件"),
        ("现招男性20名，女性勿扰，物流园分拣", "现招20名，物流园分拣"),
        ("服装厂剪线头只要女的", "服装厂剪线头"),
        ("18块一小时，干完当天结，超市理货", "25块一小时，干完当天结，超市理货"),
        ("每件0.2元，熟手每小时约60件", "每件0.26元，熟手每小时约60件"),
        ("十五岁以上能干活就行，服装小作坊", "16岁以上能干活就行，服装小作坊"),
        ("服装费200元自理，发两套", "发两套"),
        ("不要女的", ""),
    ],
)
def test_a_rewrite_takes_as_little_as_it_can(text: str, rewritten: str) -> None:
    assert rewrite_text(text, standard()).text == rewritten


def test_a_lawful_sentence_stays_as_it_is() -> None:
    passing = [row["sentence"] for row in _LAWFUL if not screen_text(row["sentence"], standard())]
    assert len(passing) > 190
    assert [rewrite_text(text, standard()).text for text in passing] == passing


def test_whole_posts_are_rewritten_to_what_passes_and_lawful_ones_stay() -> None:
    for row in third_set():
        done = rewrite_text(row["sentence"], standard())
        assert screen_text(done.text, standard()) == [], row
        assert bool(done.cuts) == (done.text != row["sentence"]), row


@given(st.lists(st.sampled_from([row["sentence"] for row in _UNLAWFUL]), min_size=2, max_size=5))
def test_several_unlawful_sentences_in_one_post_are_rewritten_together(sentences: list[str]) -> None:
    done = rewrite_text("。".join(sentences), standard())
    assert screen_text(done.text, standard()) == []


@given(st.text(alphabet="限男女招要工押金岁15元/小时 （），。不优先勿扰🚺", max_size=60))
def test_whatever_is_typed_is_rewritten_to_what_passes(text: str) -> None:
    assert screen_text(rewrite_text(text, standard()).text, standard()) == []


@given(st.text(alphabet="限男女招工押金，。", max_size=30))
def test_the_marked_parts_are_the_whole_text(text: str) -> None:
    found = screen_text(text, standard())
    parts = parts_of(text, found)
    assert "".join(part for part, _ in parts) == text
    assert bool(found) == any(severity for _, severity in parts)


def test_the_tables_come_with_the_package() -> None:
    assert (files("cloud.jobs") / "tables" / "screening_words.toml").is_file()
