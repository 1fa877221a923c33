"""The form of every table: what was measured on which machine, rows, and ratios within the same run."""

import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from provisioning.broker import find_mosquitto


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def machine() -> str:
    """Return a line about the machine and the versions that matter."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return (
        f"{os.cpu_count()} x {cpu}, {platform.system()} {platform.release().split('-')[0]}, Python"
        f" {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {_mosquitto()}"
    )


def _mosquitto() -> str:
    program = find_mosquitto()
    if program is None:
        return "no mosquitto"
    said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0] if said else "mosquitto"


def show(title: str, header: Sequence[str], rows: Iterable[Sequence[str]], notes: Iterable[str] = ()) -> None:
    """Print a table in Markdown."""
    print(f"## {title}\n\n{machine()}\n")
    lines = [header, ["---"] * len(header), *rows]
    for line in lines:
        print("| " + " | ".join(line) + " |")
    for note in notes:
        print(f"\n{note}")
    print(flush=True)
