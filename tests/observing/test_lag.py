"""Lag in seconds, told from samples of a partition's end: worked examples, and bounds that hold for all samples."""

from itertools import cycle, islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.observing.lag import SAMPLES_MAX, Lag


def lag(*samples: tuple[float, int]) -> Lag:
    """Return the lag of a partition that ended so at such moments."""
    made = Lag()
    for at_s, end in samples:
        made.sampled(at_s, end)
    return made


def test_nothing_is_known_before_the_first_sample() -> None:
    """Neither seconds nor records; zero would be a claim."""
    assert lag().lag_s(1.0, 0) is None
    assert lag().records(0) is None


def test_who_has_read_everything_has_no_lag() -> None:
    """However long ago the last record came."""
    quiet = lag((0, 10), (2, 10), (4, 10))
    assert quiet.lag_s(1_000, 10) == 0
    assert quiet.lag_s(1_000, 12) == 0
    assert quiet.records(12) == 0


def test_lag_is_the_time_since_the_end_passed_the_reader() -> None:
    """On a straight line between two samples: of ten records that came in ten seconds the third came after three."""
    steady = lag((100, 0), (110, 10))
    assert steady.lag_s(110, 2) == 7
    assert steady.lag_s(115, 2) == 12
    assert steady.records(2) == 8


def test_a_quiet_time_before_a_record_is_no_lag() -> None:
    """One record between two samples is as old as the sample that saw it, not as the last one before."""
    assert lag((0, 5), (60, 5), (62, 6)).lag_s(63, 5) == 1


def test_a_reader_that_stands_still_lags_more_and_more() -> None:
    """By as much as time passes, whether or not anything is written."""
    stopped = lag((0, 0), (1, 1), (2, 2), (3, 3))
    assert [stopped.lag_s(now_s, 1) for now_s in (3, 10, 100)] == [1, 8, 98]


def test_what_was_there_before_the_first_sample_is_as_old_as_it_says() -> None:
    """A worker that comes back after an hour is an hour behind at once, if the record's own time is known."""
    back = lag((3_600, 50), (3_602, 50))
    assert back.lag_s(3_602, 10, since_s=0) == 3_602
    assert back.lag_s(3_602, 10) == 2
    assert back.lag_s(3_602, 50, since_s=0) == 0


samples = st.lists(st.tuples(st.floats(0.01, 100), st.integers(0, 50)), min_size=2, max_size=60)


@given(steps=samples, share=st.floats(0, 1))
def test_lag_lies_between_the_samples_that_passed_the_reader(steps: list[tuple[float, int]], share: float) -> None:
    """It is no shorter than since the first sample beyond the reader, and no longer than since the one before."""
    at_s, end, taken = 0.0, 0, [(0.0, 0)]
    for wait_s, grown in steps:
        at_s, end = at_s + wait_s, end + grown
        taken.append((at_s, end))
    next_offset = int(share * end)
    found = lag(*taken).lag_s(at_s, next_offset)
    assert found is not None
    if next_offset >= end:
        assert found == 0
        return
    before, after = next(pair for pair in pairwise(taken) if pair[1][1] > next_offset)
    assert at_s - after[0] - 1e-6 <= found <= at_s - before[0] + 1e-6


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(1, 3))
def test_memory_is_bounded_and_a_stopped_reader_is_never_told_less_than_its_lag(rhythm: list[int], times: int) -> None:
    """However long it stands still: samples get coarser, and the answer errs by their distance at most."""
    grown = list(islice(cycle(rhythm), times * SAMPLES_MAX))
    stopped, end = Lag(), 0
    for at_s, more in enumerate([1, *grown]):
        end += more
        stopped.sampled(at_s, end)
    assert len(stopped) <= SAMPLES_MAX
    assert stopped.lag_s(len(grown), 0) == len(grown)
    assert stopped.end == end
