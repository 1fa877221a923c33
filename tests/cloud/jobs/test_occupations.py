"""Occupations through REST and in the editor's field."""

import pytest

from tests.cloud.running import Running

pytestmark = [pytest.mark.broker, pytest.mark.db]


async def test_a_title_is_answered_with_occupations_and_reasons(running: Running) -> None:
    found = await running.get("/api/v1/occupations?title=打螺丝 日结&limit=3")
    assert len(found["items"]) == 3
    assert found["items"][0]["name"] == "电子设备装接工"
    assert found["items"][0]["reasons"][0] == "就是俗称“打螺丝”"
    assert found["next"] is None


@pytest.mark.parametrize("query", ["", "?title=", "?title=焊工&limit=99", "?title=焊工&name=x"])
async def test_a_question_without_a_title_is_refused(running: Running, query: str) -> None:
    answer = await running.call("GET", f"/api/v1/occupations{query}")
    assert answer.status == 422
