"""Templates of messages: every one renders, what does not fit is refused by name."""

from pathlib import Path

import pytest

from firmware_profiles.errors import BadMessages
from firmware_profiles.ui.messages import MAX_VALUE_CHARS, WECHAT_CHARS, cut_field, load_templates

TEMPLATES = load_templates()


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_renders_with_exactly_its_values(name: str) -> None:
    template = TEMPLATES[name]
    values = dict.fromkeys(template.values, "值" * 8)
    title, text = template.render(values)
    assert title
    assert all(value in title + text for value in values.values())
    assert "{" not in title + text
    for field, shown in template.wechat_data(values).items():
        assert 1 <= len(shown) <= WECHAT_CHARS[field.rstrip("0123456789")]
    with pytest.raises(BadMessages):
        template.render(values | {"other": "x"})


def test_ids_at_a_provider_are_used_once() -> None:
    for provider in ("sms", "wechat"):
        ids = [at.id for one in TEMPLATES.values() if (at := getattr(one, provider)) is not None]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("value", ["", "线\n行", "长" * (MAX_VALUE_CHARS + 1)])
def test_a_value_is_one_line_of_bounded_length(value: str) -> None:
    values = {"by": "li", "what": value}
    if value:
        with pytest.raises(BadMessages):
            TEMPLATES["staff-approval"].render(values)
    else:
        assert TEMPLATES["staff-approval"].render(values)[1] == "li 请求：。"


def test_a_field_of_wechat_is_cut_with_a_mark() -> None:
    assert cut_field("phrase1", "已经通过了呀") == "已经通过…"
    assert cut_field("phrase1", "已通过") == "已通过"


def test_another_provider_brings_its_own_ids(tmp_path: Path) -> None:
    file = tmp_path / "templates.toml"
    file.write_text('[recommendation]\nsms = { id = "SMS_1", state = "approved" }\n', "utf-8")
    sms = load_templates(file)["recommendation"].sms
    assert sms is not None
    assert (sms.id, sms.state) == ("SMS_1", "approved")
    assert load_templates(file)["pay-sent"] == TEMPLATES["pay-sent"]


@pytest.mark.parametrize(
    "text",
    [
        '[recomendation]\nsms = { id = "SMS_1", state = "approved" }',
        '[recommendation]\ntext = "另一句话"',
        '[recommendation]\nsms = { id = "SMS_1", state = "good" }',
        '[recommendation]\nwechat = { id = "W", state = "draft", fields = { thing1 = "{nobody}" } }',
        '[recommendation]\nwechat = { id = "W", state = "draft", fields = { thong1 = "{post}" } }',
        "[recommendation",
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "templates.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadMessages, match=r"recom|templates"):
        load_templates(file)
