"""The picture of the chain around a text."""

import pytest

from streams.learn.around import STEPS_MAX, TEXTS_MAX, Around, around
from streams.learn.chain import solve
from streams.learn.explain import ledgers
from streams.learn.ledger import Ledger, node_id
from tests.learn.building import FLOOR, Learning, failed, repairs, trail, uses, worked


def books(learning: Learning) -> Ledger:
    """Return the books of the one chain."""
    (ledger,) = ledgers(learning.rows, FLOOR)
    return ledger


def named(picture: Around) -> list[tuple[str | None, int]]:
    """Return text and level of each spot."""
    return [(spot.said, spot.level) for spot in picture.spots]


def test_chances_of_success_are_those_of_the_whole_chain() -> None:
    """Each spot that is one text has the chance that the chain gives it on its own."""
    ledger = books(Learning().feed(*repairs(9), *repairs(6, "nest", first=20), *uses(6)))
    picture = around(ledger, "step", "next")
    assert named(picture) == [("next", 0), ("continue", 1)]
    for spot in picture.spots:
        assert spot.said is not None
        alone = solve(ledger.counts_of, node_id(spot.state, spot.said)).absorption
        assert spot.success == pytest.approx(alone, abs=1e-9)


def test_hidden_texts_of_a_question_are_one_spot() -> None:
    """Their shares add up; the spot has no name."""
    learning = Learning().feed(
        *repairs(6), *repairs(2, "next", "rare one", first=30), *repairs(2, "next", "rare two", first=40)
    )
    picture = around(books(learning), "step", "next")
    assert named(picture) == [("next", 0), ("continue", 1), (None, 1)]
    shares = {step.end: step.share for step in picture.went if step.start == 0}
    assert shares[1] / shares[2] == pytest.approx(6 / 4, abs=0.01)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_picture_has_few_texts_and_steps() -> None:
    """The likeliest ones, however long attempts are and however much people say."""
    many = [item for number in range(20) for item in repairs(6, "next", f"say {number}", first=100 * number)]
    long = [
        trail(*(failed(f"step {step}") for step in range(9)), worked("done"), user=f"l{number}", at_ms=number * 60_000)
        for number in range(6)
    ]
    learning = Learning().feed(*many, *long)
    assert len(around(books(learning), "step", "next").spots) == TEXTS_MAX
    assert max(spot.level for spot in around(books(learning), "step", "step 0").spots) == STEPS_MAX


def test_people_who_go_back_and_forth_are_drawn_so() -> None:
    """A step back to the text in the middle is a step like any other."""
    turns = (failed("next"), failed("continue"), failed("next"), worked("go on"))
    back = [trail(*turns, user=f"b{number}", at_ms=number * 60_000) for number in range(6)]
    picture = around(books(Learning().feed(*back)), "step", "next")
    names = [spot.said for spot in picture.spots]
    drawn = {(names[step.start], names[step.end] if isinstance(step.end, int) else step.end) for step in picture.went}
    assert drawn >= {("next", "continue"), ("continue", "next"), ("next", "go on"), ("go on", "success")}
