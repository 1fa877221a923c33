"""A withdrawn face at a real broker: six stations hold it, two are away; all erase it, each with its receipt (S13)."""

from uuid import UUID

import pytest

from cloud.identity import public
from cloud.people.faces.models import FaceTombstone
from tests.bench.erase import erase
from tests.cloud.people.faces import look
from tests.cloud.running import Running
from tests.peers.mosquitto import Broker


@pytest.mark.db
@pytest.mark.broker
async def test_every_station_erases_and_answers_also_those_that_return(running: Running, broker: Broker) -> None:
    found = await erase(running, broker.url, 6, 2)
    assert (found.templates, found.forgotten) == (0, 0)
    core = running.core
    (person,) = {UUID(str(row.person)) for row in await FaceTombstone.all()}
    await look(core, person, "late", station="st-0001")
    faces = await running.get("/api/v1/faces")
    assert (faces["people"], [one["waiting"] for one in faces["stations"]]) == (0, [0] * 6)
    assert (await running.get("/api/v1/faces/erasures"))["items"] == []
    (done,) = (await running.get("/api/v1/faces/erasures?state=all"))["items"]
    assert (done["done"], done["stations"]) == (6, 6)
    (seen,) = (await running.get("/api/v1/faces/looks?station=st-0001"))["items"]
    for path in ("/people/faces", "/people/faces/looks", "/people/faces/looks?outcome=unknown"):
        assert (await running.call("GET", path)).status == 200, path
    subject = public.Subject("seeker", person)
    opened = await public.open_session(core, subject, public.Proofs(phone_at=core.now()))
    mine = {"headers": {"Authorization": f"Bearer {opened.secret}"}}
    response = await running.call("GET", "/api/v1/seeker/face", **mine)
    assert (await response.json())["deletion"]["done"] == 6
    denial = f"/api/v1/seeker/face/looks/{seen['id']}/denial"
    assert (await running.call("POST", denial, **mine)).status == 204
    assert (await running.call("POST", denial, **mine)).status == 404, "it is nobody's any more"
    page = await running.call("GET", "/my/face", **mine)
    assert "不刷脸也能办" in await page.text()
