"""Two cores never run on one SQLite file; what belongs to one core, and what is on PostgreSQL, may be many."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cloud.platform.alone import only_core
from cloud.platform.errors import DatabaseError
from cloud.platform.settings import ROLES, Role, Settings


@pytest.fixture
def files(tmp_path: Path) -> Settings:
    """Return settings of a core on SQLite."""
    return Settings(data_dir=tmp_path)


@pytest.mark.parametrize("roles", [ROLES, ["web"], ["worker", "ingest"]])
def test_a_second_core_on_the_same_file_is_told_who_the_first_is(files: Settings, roles: Sequence[Role]) -> None:
    with only_core(files, ROLES), pytest.raises(DatabaseError, match=r"process \d+, runs on .*yizhan.db"):
        _run(files, roles)
    with only_core(files, ROLES):
        pass


def test_processes_that_store_events_run_beside_their_core(files: Settings) -> None:
    with only_core(files, ROLES), only_core(files, ["ingest"]), only_core(files, ["ingest"]):
        pass


def test_cores_on_postgresql_run_beside_each_other(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgres://yizhan@127.0.0.1/yizhan")
    with only_core(settings, ROLES), only_core(settings, ROLES):
        pass


def _run(settings: Settings, roles: Sequence[Role]) -> None:
    with only_core(settings, roles):
        pytest.fail("it ran")
