"""One outcome per user and day, in bounded memory."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.learn.rows import USERS_COUNTED_MAX, UserDays
from streams.learn.tally import DAY_MS, add_user, admit, user_hash

NO_LIMIT = 10**9
FEW = 16


def admitted(seen: UserDays, users: list[int], day: int, user_days_max: int) -> list[int]:
    """Return the users whose outcome is let in, each asked once."""
    return [user for user in users if admit(seen, user, day * DAY_MS, user_days_max)]


def many(number: int, seed: int = 1) -> list[int]:
    """Return as many different users."""
    return random.Random(seed).sample(range(2**60), number)  # noqa: S311 (a test needs to be repeated)


def test_only_the_first_outcome_of_a_day_enters() -> None:
    """From its first millisecond to its last; the next day counts again."""
    seen = UserDays()
    times = [5 * DAY_MS, 5 * DAY_MS + 1, 6 * DAY_MS - 1, 6 * DAY_MS]
    assert [admit(seen, 7, at_ms, FEW) for at_ms in times] == [True, False, False, True]


def test_users_do_not_shut_each_other_out() -> None:
    """Each has a first outcome of its own."""
    seen = UserDays()
    assert admitted(seen, [1, 2, 1, 3, 2], 5, FEW) == [1, 2, 3]


def test_yesterday_may_come_late() -> None:
    """Outcomes arrive when trails close: those of the day before are let in, once, and do not open today again."""
    seen = UserDays()
    days = [(1, 5), (1, 6), (2, 5), (1, 5), (2, 5), (1, 6), (2, 6)]
    assert [admit(seen, user, day * DAY_MS, FEW) for user, day in days] == [
        True, True, True, False, False, False, True,
    ]  # fmt: skip


def test_what_is_older_than_yesterday_is_not_heard() -> None:
    """Nobody remembers who spoke then; refusing costs evidence, letting in could count a person twice."""
    seen = UserDays()
    assert admit(seen, 1, 6 * DAY_MS, FEW)
    assert not admit(seen, 2, 4 * DAY_MS, FEW)


def test_a_quiet_day_makes_an_empty_yesterday() -> None:
    """After a gap, the day before has no outcomes, whoever spoke before the gap."""
    seen = UserDays()
    assert [admit(seen, 1, day * DAY_MS, FEW) for day in (5, 8, 7)] == [True, True, True]


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(3, 7)), max_size=200), st.sampled_from([2, 16, NO_LIMIT]))
def test_nobody_is_let_in_twice_on_a_day(asked: list[tuple[int, int]], user_days_max: int) -> None:
    """In any order of days, below the limit and above it."""
    seen = UserDays()
    let_in = [(user, day) for user, day in asked if admit(seen, user, day * DAY_MS, user_days_max)]
    assert len(let_in) == len(set(let_in))


def test_up_to_the_limit_everybody_is_let_in() -> None:
    """Small numbers are exact."""
    users = many(FEW)
    assert admitted(UserDays(), users, 5, FEW) == users


@pytest.mark.parametrize("level", [1, 2, 3])
def test_beyond_the_limit_the_rate_halves_with_each_level(level: int) -> None:
    """A half, a quarter, an eighth of the users, within four standard deviations."""
    seen = UserDays(day=5, level=level)
    users = many(20_000)
    share = 2.0**-level
    expected, spread = len(users) * share, math.sqrt(len(users) * share * (1.0 - share))
    assert abs(len(admitted(seen, users, 5, NO_LIMIT)) - expected) < 4.0 * spread


def test_a_level_is_reached_each_time_the_limit_is_filled_again() -> None:
    """The count of one level is the limit, so the count of a day grows with the logarithm of its users."""
    seen = UserDays()
    for user in many(4_000):
        before = seen.level
        if admit(seen, user, 5 * DAY_MS, FEW) and seen.level > before:
            assert len(seen.today) == FEW * seen.level


def test_memory_is_bounded_whatever_the_number_of_users() -> None:
    """A hundred thousand users a day leave a few hundred numbers."""
    seen = UserDays()
    users = many(100_000)
    for day in (5, 6):
        assert len(admitted(seen, users, day, FEW)) < FEW * (math.log2(len(users) / FEW) + 4)
    assert len(seen.today) + len(seen.yesterday) < 2 * FEW * (math.log2(len(users) / FEW) + 4)


def test_whether_a_user_is_let_in_is_decided_before_the_outcome() -> None:
    """The same user on the same day at the same level is treated alike, whoever came before: by its hash alone."""
    users = many(200)
    forwards = set(admitted(UserDays(day=5, level=2), users, 5, NO_LIMIT))
    backwards = set(admitted(UserDays(day=5, level=2), users[::-1], 5, NO_LIMIT))
    assert forwards == backwards


def test_nobody_is_shut_out_for_good() -> None:
    """At an eighth, each user is let in on one of any eight days in a row: every one is heard, none more often."""
    users = many(200)
    let_in = [user for day in range(5, 13) for user in admitted(UserDays(day=day, level=3), users, day, NO_LIMIT)]
    assert sorted(let_in) == sorted(users)


def test_a_new_day_starts_exactly_again() -> None:
    """Yesterday's crowd does not thin out today's few."""
    seen = UserDays()
    admitted(seen, many(1_000), 5, FEW)
    assert admitted(seen, many(FEW, seed=2), 6, FEW) == many(FEW, seed=2)


def test_distinct_users_are_counted_up_to_what_anybody_asks_for() -> None:
    """Above it the set stops growing."""
    users: set[int] = set()
    for user in [*range(300), *range(300)]:
        add_user(users, user)
    assert users == set(range(USERS_COUNTED_MAX))


def test_a_user_is_somebody_else_elsewhere() -> None:
    """Hashes of two tenants, or under two salts, cannot be joined; the same is always the same, and fits 60 bits."""
    found = {user_hash(*parts) for parts in [("a", "u", "s"), ("b", "u", "s"), ("a", "v", "s"), ("a", "u", "t")]}
    assert len(found) == 4
    assert user_hash("a", "u", "s") in found
    assert max(found) < 2**60
