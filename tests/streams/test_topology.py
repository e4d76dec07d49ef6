"""The service as data: names fit together, and what detect says is packed without loss."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import limits
from schemas.records import AppliedRewrite, Correction, Trail, Trails
from streams.stage import Output
from streams.topology import STAGES, TOPICS, Stage, pack_trails, tick
from tests.learn.building import Learning, repairs, trail, worked

NAMES = [topic.name for topic in TOPICS]
A_TRAIL = trail(worked("continue"))
A_CORRECTION = Correction("t1", AppliedRewrite("r1", 1, "treated", "continue"), "denied", 1, "u1")

stages = pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)


def sent(key: str, number: int = 1, value: msgspec.Struct = A_TRAIL) -> list[Output]:
    """Return outputs of detect for a chain."""
    return [Output("trails", key, value)] * number


def packed(*outputs: Output) -> list[Trails]:
    """Return the packed values."""
    return [output.value for output in pack_trails(outputs, 3, 77) if isinstance(output.value, Trails)]


def test_a_topic_is_named_once() -> None:
    """And stages too."""
    assert len(set(NAMES)) == len(NAMES)
    assert len({stage.name for stage in STAGES}) == len(STAGES)


@stages
def test_a_stage_reads_and_writes_declared_topics(stage: Stage) -> None:
    """What it reads, what it writes, where it puts what it cannot take in, and where its rows are logged."""
    assert {stage.source, *stage.outputs, f"{stage.source}.rejected", f"{stage.name}.state"} <= set(NAMES)


def test_no_topic_is_for_nobody() -> None:
    """Each is read or written by a stage, or holds a stage's rejects or rows; people write policies."""
    used = {name for stage in STAGES for name in (stage.source, *stage.outputs)}
    kept = {f"{stage.source}.rejected" for stage in STAGES} | {f"{stage.name}.state" for stage in STAGES}
    assert set(NAMES) - used - kept == {"policy"}


def test_stages_form_no_circle() -> None:
    """A stage writes only what a later one reads."""
    order = {stage.source: place for place, stage in enumerate(STAGES)}
    assert all(order.get(output, len(STAGES)) > place for place, stage in enumerate(STAGES) for output in stage.outputs)
    assert all(before.source != after.source for before, after in pairwise(STAGES))


def test_what_is_compacted_is_kept_for_ever() -> None:
    """Only what is deleted by age has an age."""
    assert [topic.name for topic in TOPICS if (topic.cleanup == "compact") != (topic.retention_ms is None)] == []


@stages
def test_a_row_kind_can_stand_before_the_bar(stage: Stage) -> None:
    """A key is ``kind|rest``: the kind ends at the first bar."""
    assert [kind for kind in stage.rows if not kind or "|" in kind] == []


def test_the_rows_of_a_stage_are_of_its_kinds() -> None:
    """What a run of learn leaves behind is what the page declares."""
    (learn,) = (stage for stage in STAGES if stage.name == "learn")
    rows = Learning().feed(*repairs(20)).rows.rows
    assert {key.partition("|")[0] for key in rows} >= {"chain", "text", "node", "pair", "live", "due"}
    assert [key for key, row in rows.items() if type(row) is not learn.rows[key.partition("|")[0]]] == []


def test_packing_puts_a_chain_into_one_record() -> None:
    """In the order the chains first appear, with place and time of the flush."""
    values = packed(*sent("b|en"), *sent("a|en"), *sent("b|en"))
    assert [(value.tenant, value.locale, len(value.trails)) for value in values] == [("b", "en", 2), ("a", "en", 1)]
    assert {(value.partition, value.partition_time) for value in values} == {(3, 77)}


def test_corrections_travel_with_the_trails_of_their_chain() -> None:
    """Or alone, when the chain has no trail."""
    values = packed(*sent("a|en"), *sent("a|en", 2, A_CORRECTION), *sent("b|en", 1, A_CORRECTION))
    assert [(len(value.trails), len(value.corrections)) for value in values] == [(1, 2), (0, 1)]


@pytest.mark.parametrize(
    ("number", "parts"), [(limits.TRAILS_PER_RECORD_MAX, 1), (limits.TRAILS_PER_RECORD_MAX + 1, 2)]
)
@pytest.mark.parametrize("value", [A_TRAIL, A_CORRECTION], ids=["trail", "correction"])
def test_a_record_has_at_most_as_many_as_it_may(number: int, parts: int, value: msgspec.Struct) -> None:
    """What does not fit goes on in a further record."""
    values = packed(*sent("a|en", number, value))
    sizes = [len(item.trails) + len(item.corrections) for item in values]
    assert (len(sizes), sum(sizes), max(sizes)) == (parts, number, limits.TRAILS_PER_RECORD_MAX)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["a|en", "b|en", "a|de"]), st.booleans()), max_size=20))
def test_packing_loses_and_reorders_nothing_of_a_chain(flush: list[tuple[str, bool]]) -> None:
    """Each trail and each correction arrives once, in the order it was sent."""
    outputs = [
        Output("trails", key, _numbered(A_TRAIL, number) if is_trail else _numbered(A_CORRECTION, number))
        for number, (key, is_trail) in enumerate(flush)
    ]
    found: dict[str, tuple[list[msgspec.Struct], list[msgspec.Struct]]] = {}
    for value in packed(*outputs):
        trails, corrections = found.setdefault(f"{value.tenant}|{value.locale}", ([], []))
        trails += value.trails
        corrections += value.corrections
    for key, parts in found.items():
        own = [output.value for output in outputs if output.key == key]
        assert parts == ([v for v in own if isinstance(v, Trail)], [v for v in own if isinstance(v, Correction)])
    assert sum(len(trails) + len(corrections) for trails, corrections in found.values()) == len(flush)


def test_a_tick_tells_only_the_time() -> None:
    """It has no chain and nothing in it."""
    output = tick(3, 77)
    assert (output.topic, output.value) == ("trails", Trails("", "", 3, 77))


def _numbered(value: Trail | Correction, number: int) -> Trail | Correction:
    if isinstance(value, Trail):
        return msgspec.structs.replace(value, trail_id=f"t{number}")
    return msgspec.structs.replace(value, turn_id=f"t{number}")
