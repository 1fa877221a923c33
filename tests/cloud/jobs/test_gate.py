"""The publication gate: sixty labelled sentences, spans that quote what was sent, evasions seen through."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.jobs.gate import screen_fields, screen_text, verdict_of
from cloud.jobs.lookup import screening_rules

_TABLE = Path(__file__).parents[2] / "data" / "screening_60.tsv"
_ROWS = list(csv.DictReader(_TABLE.read_text("utf-8").splitlines(), delimiter="\t"))
_VERDICTS = {"pass": "ok", "review": "review", "block": "block"}


@pytest.mark.parametrize("row", _ROWS, ids=[row["id"] for row in _ROWS])
def test_a_labelled_sentence_gets_its_verdict(row: dict[str, str]) -> None:
    findings = screen_text(row["sentence"], screening_rules())
    assert verdict_of(findings) == _VERDICTS[row["severity"]], [(one.rule, one.span) for one in findings]


@pytest.mark.parametrize(
    ("text", "rule", "quoted"),
    [
        ("招保洁，限女性，能长期做", "sex", "限女性"),
        ("装卸工只 要 男 的", "sex", "只 要 男 的"),
        ("入职交押金200元", "fee", "押金"),
        ("入职须押身份证原件", "id_held", "押身份证原件"),
        ("15岁以上即可", "under_16", "15岁以上"),
        ("仅限本市户籍", "region", "仅限本市户籍"),
        ("ＨＩＶ携带者不要", "health", "ＨＩＶ"),
    ],
)
def test_a_finding_quotes_the_text_as_it_was_sent(text: str, rule: str, quoted: str) -> None:
    found = [one for one in screen_text(text, screening_rules()) if one.rule == rule]
    assert [text[slice(*one.span)] for one in found] == [quoted]
    assert found[0].severity == "block"
    assert found[0].law


@pytest.mark.parametrize(
    "text",
    ["不收任何押金、服装费", "体检费由公司承担", "无押金", "绝不扣押身份证", "年满16周岁可报名", "提供身份证复印件"],
)
def test_a_lawful_phrase_is_no_finding(text: str) -> None:
    assert screen_text(text, screening_rules()) == []


def test_findings_of_a_post_name_their_field() -> None:
    found = screen_fields({"title": "分拣员（限男）", "requirements": "无"}, screening_rules())
    assert {(one.field, one.text) for one in found} >= {("title", "限男")}
    assert {one.field for one in found} == {"title"}
    assert found[0].to_object()["span"] == list(found[0].span)


@given(st.text(alphabet="限男女只要招工押金岁15 （）()，。不", max_size=40))
def test_spans_always_lie_in_the_text(text: str) -> None:
    for one in screen_text(text, screening_rules()):
        assert 0 <= one.span[0] < one.span[1] <= len(text)
