"""A throw-away PostgreSQL: its own data folder, its own port, no connection to any other one."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import free_port

#: Processes of one test run, each with a database of its own: the names are those of pytest-xdist.
WORKERS = ("gw0", "gw1", "gw2", "gw3")
#: Where Debian keeps server programs that are not on PATH.
_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def find_program(name: str) -> str | None:
    """Return the path of a PostgreSQL server program."""
    return next((str(folder / name) for folder in _DEBIAN if (folder / name).exists()), shutil.which(name))


#: A server that forgets when the machine's power fails, and only then: its processes may be killed at any time.
_HASTY = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


@contextmanager
def running_postgres(folder: Path, *, hasty: bool = False) -> Iterator[str]:
    """Yield the URL of an empty database `yizhan` in a server that ends with the body.

    A `hasty` one waits for no disk; what is measured or about disks needs the other kind.
    """
    initdb, pg_ctl = find_program("initdb"), find_program("pg_ctl")
    if initdb is None or pg_ctl is None:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    data, port = folder / "data", free_port()
    as_user = _as_server_user(folder)
    _run([*as_user, initdb, "-D", str(data), "-U", "yizhan", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"])
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {_HASTY if hasty else ''}"
    _run([*as_user, pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start"])
    try:
        _run([*as_user, "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "yizhan", "yizhan"])
        yield f"postgres://yizhan@127.0.0.1:{port}/yizhan"
    finally:
        _run([*as_user, pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop"])


def add_databases(url: str) -> None:
    """Make a database for each process of a test run, named by `database_of`."""
    server, _, name = url.rpartition("/")
    port = server.rpartition(":")[2]
    for worker in WORKERS:
        _run(["createdb", "-h", "127.0.0.1", "-p", port, "-U", "yizhan", f"{name}_{worker}"])


def database_of(url: str, worker: str | None) -> str:
    """Return the database of one process of a test run."""
    return url if worker is None else f"{url}_{worker}"


def _as_server_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root; use Debian's own account then."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    for parent in folder.parents:
        if parent.owner() == pwd.getpwuid(0).pw_name and parent != Path("/") and str(parent) != "/tmp":  # noqa: S108
            parent.chmod(parent.stat().st_mode | 0o011)
    return ["runuser", "-u", "postgres", "--"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[-1]} failed with {done.returncode}: {done.stderr or done.stdout}")


def main(command: list[str]) -> int:
    """Run a command with YIZHAN_TEST_POSTGRES_URL set to a throw-away server; return its exit code."""
    with tempfile.TemporaryDirectory(prefix="yizhan-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_postgres(folder, hasty=True) as url:
            add_databases(url)
            return subprocess.run(command, env={**os.environ, "YIZHAN_TEST_POSTGRES_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
