"""The page 系统 → 任务: what runs by itself, how it went, and what a person can have done again."""

import pytest

from cloud.platform.models import JobRow, PoisonEvent
from cloud.schedule import JOBS
from cloud.web.navigation import SYSTEM_PAGES
from firmware_profiles.ui.catalogue import load_catalogue
from tests.cloud.running import Running
from tests.waiting import until


def test_every_job_has_a_name_in_words() -> None:
    catalogue = load_catalogue()
    assert [name for name in JOBS if f"task.name.{name}" not in catalogue] == []
    assert "tasks" in {page.id for page in SYSTEM_PAGES}


@pytest.mark.broker
async def test_jobs_run_and_can_be_run_again_and_set_aside_events_retried(running: Running) -> None:
    async def done() -> bool:
        tasks = await running.get("/api/v1/tasks")
        return len(tasks["jobs"]) == len(JOBS) and all(job["result"] in {"", "ok"} for job in tasks["jobs"])

    await until(done, "each job has run or waits for its time")
    before = (await JobRow.get(name="sessions")).runs
    assert (await running.post("/api/v1/tasks/sessions/run", status=202)) == {"asked": "sessions"}
    await until(lambda: JobRow.filter(name="sessions", runs__gt=before).exists(), "it ran again")
    await running.post("/api/v1/tasks/nothing/run", status=404)

    now = running.core.now()
    row = await PoisonEvent.create(consumer="walls", event_id=1, topic="post.published", key="k", data="{}",
                                   happened_at=now, tries=8, error="KeyError('x')", at=now)  # fmt: skip
    page = await (await running.call("GET", "/system/tasks")).text()
    assert "post.published" in page
    assert "清理过期登录" in page
    await running.post(f"/api/v1/poison/{row.id}/retry", status=202)
    await until(lambda: _gone(row.id), "its consumer took it")
    await running.post(f"/api/v1/poison/{row.id}/retry", status=404)
    await running.post("/api/v1/poison/x/retry", status=404)


async def _gone(poison: int) -> bool:
    return not await PoisonEvent.filter(id=poison).exists()
