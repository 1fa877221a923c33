"""A text's screening and rewrite through REST."""

import pytest

from tests.cloud.running import Running

pytestmark = [pytest.mark.db, pytest.mark.broker]


async def test_a_text_is_answered_with_findings_and_a_text_that_passes(running: Running) -> None:
    said = await running.post("/api/v1/posts/screen", {"text": "仓库分拣，只要男的，日结200元，入职交押金300元"})
    assert (said["verdict"], said["rewritten"]) == ("block", "仓库分拣，日结200元")
    assert [(one["rule"], one["span"]) for one in said["findings"]] == [("sex", [5, 9]), ("fee", [20, 22])]
    assert {one["rule"]: one["taken"] for one in said["cuts"]} == {"sex": "只要男的", "fee": "入职交押金300元"}
    again = await running.post("/api/v1/posts/screen", {"text": said["rewritten"]})
    assert (again["verdict"], again["findings"], again["cuts"]) == ("ok", [], [])
    await running.post("/api/v1/posts/screen", {"text": "长" * 20_001}, 422)
