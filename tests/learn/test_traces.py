"""Decisions and rewrites have the trace of what tipped them."""

import msgspec

from schemas.records import AppliedRewrite, Correction, Trail, Trails
from tests.building import START_MS
from tests.learn.building import DAY_MS, FLOOR, Learning, repairs
from tests.learn.test_served import live, promoted


def trace(number: int) -> str:
    """Return a traceparent like no other."""
    return f"00-{number:032x}-{number:016x}-01"


def traced(trails: list[Trail]) -> list[Trail]:
    """Return trails whose turns have each a trace of its own, the last one that of the trail's place."""
    return [
        msgspec.structs.replace(
            trail,
            turns=tuple(
                msgspec.structs.replace(turn, traceparent=trace(number if turn is trail.turns[-1] else 1_000 + number))
                for turn in trail.turns
            ),
        )
        for number, trail in enumerate(trails, start=1)
    ]


def sent(learning: Learning) -> list[tuple[str, str]]:
    """Return the topic and trace of everything sent that has one, in order."""
    return [(output.topic, output.traceparent) for output in learning.flush.outputs if output.traceparent]


def test_a_decision_has_the_trace_of_the_trail_that_tipped_it() -> None:
    """That of the trail's last turn; the rewrite that follows has it too."""
    alone = [Learning().feed(*traced(repairs(number))) for number in range(21)]
    tipping = next(number for number, learning in enumerate(alone) if learning.published)
    assert sent(alone[tipping])[-2:] == [("decisions", trace(tipping)), ("rewrites", trace(tipping))]
    assert len(alone[tipping].flush.outputs) == len(sent(alone[tipping]))


def test_what_time_decides_has_no_trace() -> None:
    """Nobody said anything: a rewrite whose source is unheard expires because time has passed."""
    learning = Learning(FLOOR.model_copy(update={"expires_after_ms": DAY_MS})).feed(*traced(repairs(20)))
    before = len(learning.flush.outputs)
    learning.tick(40 * DAY_MS)
    assert [output.traceparent for output in learning.flush.outputs[before:]] == ["", ""]


def test_a_withdrawal_has_the_trace_of_the_complaint() -> None:
    """The correction that tips it hands its own on, to decision and tombstone, and the others to nothing."""
    learning = promoted()
    rewrite = live(learning)
    applied = AppliedRewrite(rewrite.rewrite_id, rewrite.version, "treated", rewrite.target)
    complaints = [
        Correction(f"t{number}", applied, "denied", START_MS + 2 * DAY_MS + number, f"c{number % 30}", trace(number))
        for number in range(60)
    ]
    learning._run([Trails("demo", "en-US", 0, START_MS + 3 * DAY_MS, (), tuple(complaints))], None)  # noqa: SLF001
    (first, _), (second, _) = sent(learning)
    assert (first, second) == ("decisions", "rewrites")
    assert len({traceparent for _, traceparent in sent(learning)}) == 1
