"""A SQLite file with the current schema and no row, made once a process: bringing one there takes seconds."""

import asyncio
import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from cloud.platform.database import open_database

ROOT = Path(__file__).parents[1]


def put_schema(database: Path) -> None:
    """Put an empty database with the current schema where a core will look for it."""
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(_made(), database)
    database.chmod(0o600)


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="yizhan-schema-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "empty.db"
    # In a process of its own: this one may use the ORM for PostgreSQL.
    command = [sys.executable, "-m", "tests.schema", f"sqlite:///{path}"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    return path


async def main(url: str) -> None:
    """Bring the database of `url` to the current schema."""
    async with open_database(url):
        pass


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
