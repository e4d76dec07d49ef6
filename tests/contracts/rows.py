"""What every implementation of ``streams.stage.Rows`` must do, as tests to inherit. Knows no implementation.

A test module of an implementation says ``class TestItsRows(RowsContract)`` and supplies ``make``.
"""

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.stage import Rows


class Amount(msgspec.Struct):
    """A row as a stage may have it: changed in place, then put back."""

    value: int = 0


KINDS: Mapping[str, type[msgspec.Struct]] = {"a": Amount, "ab": Amount, "b": Amount}
"""Kinds of rows by the part of the key before the bar; one begins like another."""

# Characters around everything that a scan could trip over: the bar, the separator, the ends of planes, surrogates.
CHARACTERS = "|\x1f\x00a~\ud800\uffff\U00010000"

keys = st.builds("{}|{}".format, st.sampled_from(sorted(KINDS)), st.text(CHARACTERS, max_size=3))
operations = st.one_of(
    st.tuples(st.just("put"), keys, st.integers(0, 9)),
    st.tuples(st.just("delete"), keys, st.none()),
    st.tuples(st.just("get"), keys, st.none()),
    st.tuples(st.just("scan"), keys, st.one_of(st.none(), keys)),
)


def expected_scan(model: Mapping[str, int], prefix: str, until: str | None) -> list[tuple[str, int]]:
    """Return what a scan must yield, straight from the words of the interface."""
    end = prefix if until is None else until
    return [
        (key, model[key]) for key in sorted(model) if key.startswith(prefix) and (key <= end or key.startswith(end))
    ]


def scanned(rows: Rows, prefix: str, until: str | None = None) -> list[tuple[str, int]]:
    """Return what a scan yields."""
    return [(key, row.value) for key, row in rows.scan(prefix, until)]


def filled(rows: Rows, *names: str) -> Rows:
    """Return the rows with one for each name, in the order given, each holding its place."""
    for value, name in enumerate(names):
        rows.put(name, Amount(value))
    return rows


class ReadingContract:
    """The half that is about reading; also for rows that cannot be changed. A subclass supplies ``holding``."""

    def holding(self, *names: str) -> Rows:
        """Return rows of `KINDS` with one for each name, in the order given, each holding its place."""
        raise NotImplementedError

    def test_what_is_not_there_is_none(self) -> None:
        """An empty state has no row, and nothing to scan."""
        rows = self.holding()
        assert rows.get("a|x") is None
        assert scanned(rows, "a|") == []

    def test_a_scan_is_in_code_point_order(self) -> None:
        """Whatever the order of arrival: not in that of UTF-16, and not in that of any language."""
        names = ["a|z", "a|é", "a|\U00010000", "a|\uffff", "a|Z", "a|za", "a|"]
        rows = self.holding(*names)
        assert [key for key, _ in rows.scan("a|")] == ["a|", "a|Z", "a|z", "a|za", "a|é", "a|\uffff", "a|\U00010000"]

    def test_a_prefix_is_taken_as_it_is(self) -> None:
        """Keys that only sort near it, and other kinds, are no part of the scan."""
        rows = self.holding("a|x", "a|x\x1fy", "a|xy", "a|w", "a|y", "ab|x", "b|x")
        assert [key for key, _ in rows.scan("a|x")] == ["a|x", "a|x\x1fy", "a|xy"]
        assert [key for key, _ in rows.scan("a|x\x1f")] == ["a|x\x1fy"]
        assert [key for key, _ in rows.scan("ab|")] == ["ab|x"]

    def test_a_key_may_go_on_with_any_character(self) -> None:
        """The last code point of Unicode is no letter, but a user or a session may be called so."""
        rows = self.holding("a|x", "a|x\U0010ffff", "a|x\U0010ffffy")
        assert len(scanned(rows, "a|x")) == len(scanned(rows, "a|", "a|x")) == 3

    @pytest.mark.parametrize(("until", "last"), [("a|2", "a|22"), ("a|21", "a|21"), ("a|0", None), ("a|9", "a|3")])
    def test_until_is_inclusive_of_what_begins_with_it(self, until: str, last: str | None) -> None:
        """A timer's key says when it is due and goes on with the row: all rows due at a moment are part of it."""
        names = ["a|1", "a|2", "a|21", "a|22", "a|3"]
        rows = self.holding(*names)
        expected = [] if last is None else names[: names.index(last) + 1]
        assert [key for key, _ in rows.scan("a|", until)] == expected

    def test_two_scans_may_be_under_way_at_once(self) -> None:
        """Neither knows of the other."""
        rows = self.holding("a|1", "a|2", "b|1")
        pairs = [(first, second) for first, _ in rows.scan("a|") for second, _ in rows.scan("a|")]
        assert pairs == [("a|1", "a|1"), ("a|1", "a|2"), ("a|2", "a|1"), ("a|2", "a|2")]

    def test_a_row_is_got_by_its_own_key(self) -> None:
        """Not by a part of it, nor by what begins like it."""
        rows = self.holding("a|x", "a|xy")
        assert [rows.get(key) for key in ("a|", "a|x", "a|xy", "a|xyz")] == [None, Amount(0), Amount(1), None]


class RowsContract(ReadingContract):
    """The suite. A subclass supplies ``make``."""

    def make(self, kinds: Mapping[str, type[msgspec.Struct]]) -> Rows:
        """Return an empty partition's state for rows of these kinds."""
        raise NotImplementedError

    def holding(self, *names: str) -> Rows:
        """Return rows put one after the other."""
        return filled(self.make(KINDS), *names)

    def test_a_row_put_is_got(self) -> None:
        """The latest put wins, for its own key only."""
        rows = filled(self.make(KINDS), "a|x", "a|y", "a|x")
        assert rows.get("a|x") == Amount(2)
        assert rows.get("a|y") == Amount(1)

    def test_a_row_may_be_changed_in_place_and_put_back(self) -> None:
        """A stage adds to a row it got, puts it, and finds it changed by key and by scan."""
        rows = filled(self.make(KINDS), "a|x")
        row = rows.get("a|x")
        assert row is not None
        row.value = 7
        rows.put("a|x", row)
        assert rows.get("a|x") == Amount(7)
        assert scanned(rows, "a|") == [("a|x", 7)]

    def test_a_deleted_row_is_gone(self) -> None:
        """By key and by scan, also after an earlier scan has seen it."""
        rows = filled(self.make(KINDS), "a|x", "a|y")
        assert len(scanned(rows, "a|")) == 2
        rows.delete("a|x")
        assert rows.get("a|x") is None
        assert scanned(rows, "a|") == [("a|y", 1)]

    def test_deleting_what_is_not_there_does_nothing(self) -> None:
        """Neither before a row was put, nor twice after."""
        rows = self.make(KINDS)
        rows.delete("a|x")
        filled(rows, "a|x", "a|y")
        rows.delete("a|x")
        rows.delete("a|x")
        assert scanned(rows, "a|") == [("a|y", 1)]

    def test_a_deleted_row_may_come_again(self) -> None:
        """It is a new row, and one."""
        rows = filled(self.make(KINDS), "a|x")
        assert len(scanned(rows, "a|")) == 1
        rows.delete("a|x")
        rows.put("a|x", Amount(5))
        assert scanned(rows, "a|") == [("a|x", 5)]

    def test_a_scan_sees_what_was_put_after_an_earlier_scan(self) -> None:
        """In its place, not at the end."""
        rows = filled(self.make(KINDS), "a|x", "a|z")
        assert len(scanned(rows, "a|")) == 2
        rows.put("a|y", Amount(9))
        assert [key for key, _ in rows.scan("a|")] == ["a|x", "a|y", "a|z"]

    def test_rows_may_be_deleted_while_scanning(self) -> None:
        """A stage takes timers out as it goes: each is seen once, and afterwards all are gone."""
        names = [f"a|{number:04d}" for number in range(3_000)]
        rows = filled(self.make(KINDS), *names)
        seen = []
        for key, _ in rows.scan("a|"):
            seen.append(key)
            rows.delete(key)
        assert seen == names
        assert scanned(rows, "a|") == []

    def test_rows_may_be_put_while_scanning(self) -> None:
        """What was there is seen once and in order, whether or not what is new is seen too."""
        names = [f"a|{number:04d}" for number in range(0, 3_000, 2)]
        rows = filled(self.make(KINDS), *names)
        seen = []
        for key, row in rows.scan("a|"):
            seen.append(key)
            if row.value < len(names):
                rows.put(f"a|{2 * row.value + 1:04d}", Amount(len(names)))
                rows.put(f"a|-{row.value}", Amount(len(names)))
        assert [key for key in seen if key in set(names)] == names
        assert seen == sorted(set(seen))
        assert len(scanned(rows, "a|")) == 3 * len(names)

    # A base class's property runs for every implementation, which is what Hypothesis warns of.
    @settings(max_examples=200, suppress_health_check=[HealthCheck.differing_executors])
    @given(st.lists(operations, max_size=40))
    def test_rows_are_a_sorted_mapping(self, todo: list[tuple[str, str, int | str | None]]) -> None:
        """Any sequence of operations gives what a plain dictionary, sorted when scanned, would give."""
        rows = self.make(KINDS)
        model: dict[str, int] = {}
        for operation, key, argument in todo:
            if isinstance(argument, int):
                rows.put(key, Amount(argument))
                model[key] = argument
            elif operation == "delete":
                rows.delete(key)
                model.pop(key, None)
            elif operation == "get":
                found = rows.get(key)
                assert (None if found is None else found.value) == model.get(key)
            else:
                assert scanned(rows, key, argument) == expected_scan(model, key, argument)
        assert {kind: scanned(rows, f"{kind}|") for kind in KINDS} == {
            kind: expected_scan(model, f"{kind}|", None) for kind in KINDS
        }
