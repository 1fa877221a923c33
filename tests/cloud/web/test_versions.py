"""ETag on what is read, If-Match on what is written over it: of two who read the same version one writes."""

import pytest

from tests.cloud.jobs.drafts import FIRM, post
from tests.cloud.running import Running

pytestmark = [pytest.mark.broker, pytest.mark.db]


async def test_a_post_that_changed_meanwhile_is_not_written_over(running: Running) -> None:
    firm = (await running.post("/api/v1/firms", FIRM, 201))["id"]
    path = f"/api/v1/posts/{(await running.post('/api/v1/posts', post(firm), 201))['id']}"
    read = (await running.call("GET", path)).headers["ETag"]
    first = await running.call("PUT", path, json=post(firm, title="第一"), headers={"If-Match": read})
    assert first.status == 200
    assert first.headers["ETag"] != read
    late = await running.call("PUT", path, json=post(firm, title="第二"), headers={"If-Match": read})
    assert (late.status, late.headers["ETag"]) == (412, first.headers["ETag"])
    assert (await late.json(content_type=None))["type"] == "urn:yizhan:problem:precondition-failed"
    assert (await running.get(path))["title"] == "第一"
    assert (await running.call("POST", f"{path}/publish", json={}, headers={"If-Match": read})).status == 412
    for known in ("*", f'"other", {first.headers["ETag"]}'):
        again = await running.call("PUT", path, json=post(firm, title="第一"), headers={"If-Match": known})
        assert again.status == 200
        assert again.headers["ETag"] == first.headers["ETag"], "equal content is the same version"
    assert (await running.call("PUT", path, json=post(firm), headers={"If-Match": "unquoted"})).status == 412


async def test_who_has_the_version_in_force_is_told_so(running: Running) -> None:
    await running.apply()
    first = await running.call("GET", "/api/v1/stations/st-01/twin")
    headers = {"If-None-Match": f'W/"older", {first.headers["ETag"]}'}
    again = await running.call("GET", "/api/v1/stations/st-01/twin", headers=headers)
    assert (again.status, await again.read()) == (304, b"")


async def test_the_twin_takes_both_its_revision_and_a_version(running: Running) -> None:
    await running.apply()
    path = "/api/v1/stations/st-01/twin"
    read = (await running.call("GET", path)).headers["ETag"]
    body = {"expected_rev": 0, "slots": {"wall": {"brightness": 40}}}
    written = await running.call("PUT", path, json=body, headers={"If-Match": read})
    assert (written.status, await written.json()) == (200, {"rev": 1})
    assert written.headers["ETag"] == (await running.call("GET", path)).headers["ETag"]
    assert (await running.get(path))["slots"] == body["slots"]
    assert (await running.call("PUT", path, json={**body, "expected_rev": 1}, headers={"If-Match": read})).status == 412
    assert (await running.call("PUT", path, json=body)).status == 409
