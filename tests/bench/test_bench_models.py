"""Rules of the tables about what models cost and change."""

from tests.bench.bench_models import time_rows, whole_rows
from tests.bench.evaluate_effect import REPHRASES, calls_row, ways_of
from tests.bench.measure_models import Times, Whole


def test_a_time_is_compared_with_the_rules_at_the_same_batch_size() -> None:
    """Twice the rules' time in batches of 1 and the same in batches of 32."""
    times = [Times("rules", 1, 10.0, 9.0), Times("rules", 32, 5.0, 4.0)]
    times += [Times("student", 1, 20.0, 8.0), Times("student", 32, 5.0, 3.0)]
    assert [row[3] for row in time_rows(times)] == ["1.00", "1.00", "2.00", "1.00"]


def test_the_driver_is_compared_by_the_median_of_its_repetitions() -> None:
    """A turn that costs twice as much is half the turns a second."""
    rows = whole_rows([Whole("rules", [90.0, 100.0, 500.0]), Whole("student", [200.0, 200.0, 900.0])])
    assert [(row[1], row[3]) for row in rows] == [(10_000, "1.00"), (5_000, "0.50")]


def test_a_teacher_adds_one_way_to_the_last_model() -> None:
    """With the settings that ask it."""
    ways = ways_of(["rules", "a/b/student.safetensors"], "a/teacher", 0.1)
    assert [way.name for way in ways] == ["rules", "b/student.safetensors", "b/student.safetensors + teacher"]
    assert ways[-1].sets[1:] == ("second_opinion_model=a/teacher", "second_opinion_share=0.1")


def test_the_calls_are_replayed_with_the_model_of_the_way() -> None:
    """All turns are taken in, and what is counted is what the driver counts."""
    name, turns, rephrases, trails, *_ = calls_row(ways_of(["rules"], "", 0.0)[0])
    assert (name, turns) == ("rules", 1_951)
    assert isinstance(rephrases, int), REPHRASES
    assert 0 < int(trails) < 1_951
