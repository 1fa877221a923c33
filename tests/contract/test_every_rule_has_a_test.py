"""No rule of the venue contract without a test that can be found by its number."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.contract.mutations import MUTATIONS
from tests.contract.rules import DECISIONS

ROOT = Path(__file__).parents[2]
RULES = [f"w{number:02}" for number in range(1, 24)]


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the test functions of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(one.name for one in functions if one.name.startswith("test_"))


def named() -> set[str]:
    """Return the first word behind `test_` of every conformance test."""
    files = [str(file.relative_to(ROOT)) for file in (ROOT / "tests/contract").glob("test_*.py")]
    return {re.split("_", name)[1] for file in files for name in names_in(file)}


@pytest.mark.parametrize("rule", [*RULES, "w16a"])
def test_a_conformance_test_is_named_after_each_rule(rule: str) -> None:
    assert rule in named(), f"no test_{rule}_... in tests/contract"


def test_every_decision_names_the_tests_that_hold_it() -> None:
    assert list(DECISIONS) == [f"D{number}" for number in range(1, 28)]
    missing = [
        f"{decision}: {node}"
        for decision, nodes in DECISIONS.items()
        for node in nodes
        if node.partition("::")[2] not in names_in(node.partition("::")[0])
    ]
    assert missing == []
    assert all(DECISIONS.values())


def test_every_rule_has_a_mutation_and_each_still_finds_its_place() -> None:
    assert {one.rule for one in MUTATIONS} >= {f"W{number}" for number in range(1, 24)}
    for one in MUTATIONS:
        text = (ROOT / one.file).read_text(encoding="utf-8")
        assert text.count(one.old) == 1, f"{one.rule}: {one.old!r} stands {text.count(one.old)} times in {one.file}"
        file, _, name = one.test.partition("::")
        assert name.partition("[")[0] in names_in(file), f"{one.rule}: there is no {one.test}"
