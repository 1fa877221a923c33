"""What every test shares: the browser-free, mock-free ground rules and the leak check."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.peers.postgres import database_of

settings.register_profile("ci", max_examples=200, deadline=None)
settings.register_profile("deep", max_examples=10_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

if "YIZHAN_TEST_POSTGRES_URL" in os.environ:
    # Processes that test at the same time (pytest-xdist) empty a database of their own.
    os.environ["YIZHAN_TEST_POSTGRES_URL"] = database_of(
        os.environ["YIZHAN_TEST_POSTGRES_URL"], os.environ.get("PYTEST_XDIST_WORKER")
    )

#: Threads that libraries keep for the whole process on purpose.
KEPT_THREADS = ("asyncio_", "ThreadPoolExecutor")


#: Tests that may take longer than this are begun first.
LONG_S = 120


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the longest first, else one process works alone at the end; among its kind each has its random place."""
    items.sort(key=_is_short)


def _is_short(item: pytest.Item) -> bool:
    limit = item.get_closest_marker("timeout")
    return not (limit and limit.args and limit.args[0] >= LONG_S)


@pytest.fixture(autouse=True)
async def leak_check() -> AsyncIterator[None]:
    """Fail a test that leaves a task or a thread behind."""
    threads_before = set(threading.enumerate())
    yield
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()]
    for _ in range(50):
        if not tasks and not _new_threads(threads_before):
            return
        await asyncio.sleep(0.02)
        tasks = [task for task in tasks if not task.done()]
    leaked = [task.get_name() for task in tasks] + [thread.name for thread in _new_threads(threads_before)]
    assert not leaked, f"left behind: {leaked}"


@pytest.fixture(scope="session")
def face_pack() -> Path:
    """Return the default model pack."""
    from tests.facepack import built_pack  # noqa: PLC0415 - it brings numpy and onnx along

    return built_pack()


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    new = set(threading.enumerate()) - before
    return [thread for thread in new if thread.is_alive() and not thread.name.startswith(KEPT_THREADS)]
