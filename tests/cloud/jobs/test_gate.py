"""The publication gate: labelled sentences, spans that quote what was sent, evasions seen through."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.jobs.gate import Verdict, screen_fields, screen_text, verdict_of
from cloud.jobs.lookup import screening_rules
from tests.cloud.jobs.sentences import VERDICTS, Row, first_set, second_set, standard, third_set

_TABLE: dict[str, Any] = tomllib.loads((files("cloud.jobs") / "tables" / "screening.toml").read_text("utf-8"))
_FINDS = [(rule["id"], text) for rule in _TABLE["rule"] for text in rule["finds"]]
_PASSES = [text for part in ("rule", "hide", "exempt") for row in _TABLE[part] for text in row.get("passes", ())]


def verdict(text: str) -> Verdict:
    """Return what the gate says of one text."""
    return verdict_of(screen_text(text, standard()))


@pytest.mark.parametrize("row", first_set(), ids=[row["id"] for row in first_set()])
def test_a_labelled_sentence_gets_its_verdict(row: Row) -> None:
    assert verdict(row["sentence"]) == VERDICTS[row["severity"]], screen_text(row["sentence"], standard())


@pytest.mark.parametrize(("rows", "blocks", "lawful"), [(second_set(), 161, 173), (third_set(), 266, 231)])
def test_a_set_of_sentences_is_blocked_and_let_pass_as_the_goals_say(
    rows: Sequence[Row], blocks: int, lawful: int
) -> None:
    counted = Counter((row["severity"], verdict(row["sentence"])) for row in rows)
    assert sum(number for (label, _), number in counted.items() if label == "block") == blocks
    assert sum(number for (label, _), number in counted.items() if label == "pass") == lawful
    assert counted["block", "block"] / blocks >= 0.95
    assert counted["pass", "block"] / lawful <= 0.03


@pytest.mark.parametrize(("rule", "text"), _FINDS)
def test_an_example_of_a_rule_is_found_by_it(rule: str, text: str) -> None:
    found = screen_text(text, standard())
    assert rule in {one.rule for one in found}
    assert all(one.law for one in found)


@pytest.mark.parametrize("text", _PASSES)
def test_a_lawful_example_of_the_table_passes(text: str) -> None:
    assert screen_text(text, standard()) == []


def test_every_expression_of_the_table_compiles() -> None:
    rules = screening_rules()
    for pattern in (*(one for rule in rules.rules for one in rule.patterns), *(words for words, _ in rules.texts)):
        assert pattern.regex
    assert all(pattern.regex for hide in rules.hides for pattern in hide.patterns)


@pytest.mark.parametrize(
    ("text", "rule", "quoted"),
    [
        ("招保洁，限女性，能长期做", "sex", "限女性"),
        ("装卸工只 要 男 的", "sex", "只 要 男 的"),
        ("入职交押金200元", "fee", "押金"),
        ("入职须押身份证原件", "id_held", "押身份证原件"),
        ("15岁以上即可", "under_16", "15岁以上"),
        ("仅限本市户籍", "region", "仅限本市户籍"),
        ("ＨＩＶ携带者不要", "health", "ＨＩＶ携带者不要"),
        ("急招👨‍🔧2名", "sex", "急招👨"),
        ("需１８块一小时", "minimum_wage", "１８块一小时"),
    ],
)
def test_a_finding_quotes_the_text_as_it_was_sent(text: str, rule: str, quoted: str) -> None:
    found = [one for one in screen_text(text, standard()) if one.rule == rule]
    assert [text[slice(*one.span)] for one in found] == [quoted]
    assert found[0].severity == "block"
    assert found[0].law


@pytest.mark.parametrize(
    "text",
    [
        "限\u200b女性", "限 女 性", "限·女·性", "限-女-性", "限ｎｖ", "只要nǚ的", "限♀", "限\ufeff女性",
        "本崗限女性", "仅限nv性", "女☆生☆优☆先", "xx岗位（女）",
    ],
)  # fmt: skip
def test_an_evasion_is_seen_through(text: str) -> None:
    assert "sex" in {one.rule for one in screen_text(text, standard())}


@pytest.mark.parametrize(
    "text",
    ["不收任何押金、服装费", "体检费由公司承担", "无押金", "绝不扣押身份证", "年满16周岁可报名", "提供身份证复印件"],
)
def test_a_lawful_phrase_is_no_finding(text: str) -> None:
    assert screen_text(text, standard()) == []


def test_findings_of_a_post_name_their_field() -> None:
    found = screen_fields({"title": "分拣员（限男）", "requirements": "无"}, standard())
    assert {(one.field, one.text) for one in found} >= {("title", "限男")}
    assert {one.field for one in found} == {"title"}
    assert found[0].to_object()["span"] == list(found[0].span)


@given(st.text(alphabet="限男女只要招工押金岁15 （）()，。不👨‍㎏ﬁ元/小时", max_size=40))
def test_spans_always_lie_in_the_text(text: str) -> None:
    for one in screen_text(text, standard()):
        assert 0 <= one.span[0] < one.span[1] <= len(text)


@given(st.text(max_size=200))
def test_whatever_is_typed_gets_the_same_answer_twice(text: str) -> None:
    assert screen_text(text, standard()) == screen_text(text, standard())
