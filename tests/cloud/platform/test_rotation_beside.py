"""A rotation beside a running core: nobody who reads or writes meanwhile notices."""

import asyncio
import json
import os
import sys

import pytest

from cloud.jobs.models import Firm, Post
from cloud.platform import keystore
from tests.cloud.jobs.drafts import FIRM, post
from tests.cloud.running import Running

pytestmark = [pytest.mark.broker, pytest.mark.db]

PHONE = "13812345678"


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "LOOK_S", 0.1)


async def test_whoever_reads_and_writes_during_a_rotation_gets_what_he_asked_for(running: Running) -> None:
    firm = await running.post("/api/v1/firms", FIRM | {"contact": {"name": "示范", "phone": PHONE}}, 201)
    first = running.core.keyring.current
    process = await _rotation(running)
    done, rounds = asyncio.ensure_future(process.communicate()), 0
    while not done.done() or not rounds:
        rounds += 1
        made = await running.post("/api/v1/posts", post(firm["id"], contact={"name": "示范", "phone": PHONE}), 201)
        for thing, row in (("posts", made["id"]), ("firms", firm["id"])):
            shown = await running.post(f"/api/v1/{thing}/{row}/reveal", {"reason": "核实岗位信息"})
            assert shown == {"phone": PHONE}
    out, _ = await done
    assert process.returncode == 0, out
    steps = [json.loads(line)["step"] for line in out.decode().splitlines()]
    assert (steps[0], steps[-1]) == ("announced", "retired")
    assert running.core.keyring.current != first
    sealed = [row.contact_phone_sealed or "" for row in await Firm.all()]
    sealed += [row.contact_phone_sealed or "" for row in await Post.all()]
    assert len(sealed) == rounds + 1
    assert all(running.core.keyring.is_current(text) for text in sealed)


async def _rotation(running: Running) -> asyncio.subprocess.Process:
    settings = running.core.settings
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YIZHAN_")}
    environment = kept | {"YIZHAN_DATA_DIR": str(settings.data_dir), "YIZHAN_DATABASE_URL": settings.database}
    return await asyncio.create_subprocess_exec(
        sys.executable, "yizhan.py", "cloud", "keys", "rotate", "--announce-s", "2",
        stdout=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
