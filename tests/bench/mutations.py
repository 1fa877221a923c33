"""`scripts/bench mutations [RULE …]`: break each rule of the contract in a copy of the tree; its test must fail.

The working tree is never touched. Each test runs once unbroken and once broken; exit 1 when a test does not notice.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.contract.mutations import MUTATIONS, Mutation

ROOT: Final = Path(__file__).parents[2]
TEST_TIMEOUT_S: Final = 180
#: Exit codes of pytest.
PASSED, FAILED = 0, 1


def copy_tree(target: Path) -> None:
    """Copy every file that belongs to the project."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        source, place = ROOT / name, target / name
        if source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)


def run_test(tree: Path, test: str) -> tuple[int, float]:
    """Return pytest's exit code of one test in a tree, and the seconds it took."""
    started = time.monotonic()
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            words, cwd=tree, env=environment, capture_output=True, timeout=TEST_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return FAILED, time.monotonic() - started
    return done.returncode, time.monotonic() - started


def judge(tree: Path, one: Mutation) -> tuple[str, float]:
    """Return what became of a mutation: noticed, or why not."""
    file = tree / one.file
    text = file.read_text(encoding="utf-8")
    if text.count(one.old) != 1:
        return f"its text stands {text.count(one.old)} times", 0.0
    code, _ = run_test(tree, one.test)
    if code != PASSED:
        return f"the test does not pass unbroken ({code})", 0.0
    file.write_text(text.replace(one.old, one.new), encoding="utf-8")
    try:
        code, seconds = run_test(tree, one.test)
    finally:
        file.write_text(text, encoding="utf-8")
    return {FAILED: "noticed", PASSED: "NOT NOTICED"}.get(code, f"not run ({code})"), seconds


def table(chosen: Sequence[Mutation]) -> int:
    """Print a table and return the exit code."""
    print("| rule | broken | in | test | verdict | s |\n|---|---|---|---|---|---|")
    bad = 0
    with tempfile.TemporaryDirectory(prefix="yizhan-mutations-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        for one in chosen:
            verdict, seconds = judge(tree, one)
            bad += verdict != "noticed"
            test = one.test.partition("::")[2]
            print(f"| {one.rule} | {one.breaks} | `{one.file}` | `{test}` | {verdict} | {seconds:.0f} |", flush=True)
    print(f"\n{len(chosen) - bad} of {len(chosen)} mutations noticed")
    return 1 if bad else 0


async def main(words: list[str]) -> None:
    """Run the mutations of the named rules, of all when none is named."""
    parser = argparse.ArgumentParser(prog="scripts/bench mutations")
    parser.add_argument("rules", nargs="*", help="such as W4 W11")
    rules = {rule.upper().replace("A", "a") for rule in parser.parse_args(words).rules}
    chosen = [one for one in MUTATIONS if not rules or one.rule in rules]
    code = await asyncio.to_thread(table, chosen)
    if code:
        sys.exit(code)
