"""Every name that stages count and observe by stands in the tables that say where it is shown."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.observing.facts import CAUSED, FACTS, OBSERVATIONS
from streams.rephrasing import telling

STREAMS = Path(__file__).parent.parent.parent / "streams"
STAGES = ("detect", "learn")


def pattern_of(name: ast.expr) -> str | None:
    """Return a name as a pattern; parts that are known only while running match anything without a dot."""
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return re.escape(name.value)
    if isinstance(name, ast.JoinedStr):
        return "".join(pattern_of(part) or "[a-z_]+" for part in name.values)
    return None


def told(stage: str, call: str) -> Iterator[tuple[str, str]]:
    """Yield where a stage's modules tell a flush something, and by which name."""
    for path in sorted((STREAMS / stage).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == call):
                continue
            if isinstance(node.func.value, ast.Name | ast.Attribute) and "flush" in ast.unparse(node.func.value):
                pattern = pattern_of(node.args[0])
                yield f"{path.name}:{node.lineno}", pattern or ast.unparse(node.args[0])


WRITTEN_OTHERWISE = {
    "fact": ("turns", "trails"),
    "name.replace('live_', 'served_', 1)": ("served_outcomes.treated.success", "served_decided.lost"),
}
"""Names that are put together on the way, by how the code writes them, with examples."""


@pytest.mark.parametrize("stage", STAGES)
def test_every_fact_a_stage_counts_is_in_the_table(stage: str) -> None:
    """Whoever counts something new says where it is shown."""
    known = [fact for where, fact in FACTS if where == stage]
    found = list(told(stage, "count"))
    assert len(found) > 8
    for place, pattern in found:
        examples = WRITTEN_OTHERWISE.get(pattern)
        if examples is not None:
            assert set(examples) <= set(known), place
        else:
            assert any(re.fullmatch(pattern, fact) for fact in known), (place, pattern)


@pytest.mark.parametrize(("call", "table"), [("observe", OBSERVATIONS), ("caused", CAUSED)])
def test_everything_a_stage_observes_is_in_the_table(call: str, table: dict[str, object]) -> None:
    """The same for single values and for what records cause; nothing in the tables is never told."""
    found = {name for stage in STAGES for _, name in told(stage, call)}
    assert found == {re.escape(name) for name in table}


def test_every_fact_that_models_tell_is_in_the_table() -> None:
    """Shadow, second opinion and refused files are counted beside the stage that asks the model."""
    names = {value for name, value in vars(telling).items() if name.isupper() and isinstance(value, str)}
    assert len(names) > 6
    assert {name for name in names if ("detect", name) not in FACTS} == set()
