"""Erasing a user from learned rows: the hash is gone from everything, and what it was counted in stays."""

from typing import Any

import msgspec
import pytest

from schemas.records import Trail
from streams.learn.erasing import erase
from streams.learn.rows import ROWS, SEPARATOR, Pair, Served, Support, Text, UserDays, row_key
from streams.learn.settings import LearnSettings
from streams.learn.tally import user_hash
from streams.memory import MemoryRows
from tests.contracts.encoded import EncodedRows
from tests.learn.building import HOUR_MS, Learning, failed, served, trail, worked

CHAIN = "demo|en-US"
PRIVATE = LearnSettings()
EVERYWHERE = ("text", "node", "pair", "served", "quota", "due")
"""Kinds of rows in which a user leaves a trace."""


def told(user: str, number: int = 0, tenant: str = "demo") -> list[Trail]:
    """Return trails by which a user gets into every kind of row."""
    at_ms = number * HOUR_MS
    return [
        trail(failed("nest"), worked("continue"), user=user, at_ms=at_ms, tenant=tenant),
        trail(worked("next", "continue"), user=user, at_ms=at_ms + 60_000, tenant=tenant),
        trail(served("next", "success", "treated"), user=user, at_ms=at_ms + 120_000, tenant=tenant),
    ]


def learned(*trails: Trail, rows: MemoryRows | EncodedRows | None = None) -> MemoryRows | EncodedRows:
    """Return the rows of what was learned behind the gate."""
    return Learning(PRIVATE, rows).feed(*trails).rows


def hash_of(user: str, tenant: str = "demo") -> int:
    """Return what stands for a user in rows."""
    return user_hash(tenant, user, PRIVATE.user_salt)


def traces(rows: MemoryRows | EncodedRows, user: int) -> set[str]:
    """Return the kinds of rows that name a user, in their key or anywhere within."""
    found = [key for key, row in rows.rows.items() if f"{user:015x}" in key or _names(msgspec.to_builtins(row), user)]
    return {key.partition("|")[0] for key in found}


def _names(value: Any, user: int) -> bool:
    if isinstance(value, dict):
        return any(_names(part, user) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set):
        return any(_names(part, user) for part in value)
    return bool(value == user)


@pytest.mark.parametrize("kept", [False, True], ids=["shared", "encoded"])
def test_no_row_names_a_user_after_erasing(kept: bool) -> None:  # noqa: FBT001
    """Not in a set, not in a key, not in a timer; and whoever reads the rows later finds it so."""
    rows = learned(*told("u1"), *told("u2", 1), rows=EncodedRows(ROWS) if kept else None)
    assert set(EVERYWHERE) <= traces(rows, hash_of("u1"))
    erase(rows, CHAIN, hash_of("u1"))
    assert traces(rows, hash_of("u1")) == set()


def test_nobody_else_is_touched() -> None:
    """Other users of the chain stay where they were, and other chains are not looked at."""
    rows = learned(*told("u1"), *told("u2", 1), *told("u1", 2, tenant="other"))
    before = traces(rows, hash_of("u2"))
    erase(rows, CHAIN, hash_of("u1"))
    assert traces(rows, hash_of("u2")) == before
    assert set(EVERYWHERE) <= traces(rows, hash_of("u1", "other"))


def test_chains_whose_names_begin_alike_are_apart() -> None:
    """A chain of one domain is not the chain of the locale."""
    rows = MemoryRows({row_key("text", f"{CHAIN}|music", "next"): Text(users={7})})
    assert erase(rows, CHAIN, 7) == 0
    assert erase(rows, f"{CHAIN}|music", 7) == 1


def test_it_tells_how_many_rows_changed() -> None:
    """Each row once, however often the user was in it; a user nobody knows changes nothing."""
    days = UserDays(1, {7}, {7, 8})
    rows = MemoryRows(
        {
            row_key("text", CHAIN, "next"): Text({"go": Support(users={7})}, users={7}, contributors={7}, seen=days),
            row_key("text", CHAIN, "nest"): Text(users={8}),
            row_key("pair", CHAIN, "", "next", "go"): Pair("demo", "en-US", "", "", "next", "go", users={7, 8}),
            row_key("served", CHAIN, "r1", "1"): Served(seen={"treated": UserDays(1, {7})}),
        }
    )
    assert [erase(rows, CHAIN, user) for user in (9, 7, 7)] == [0, 3, 0]


def test_what_was_counted_stays_counted() -> None:
    """Nothing tells whose outcome it was."""
    rows = learned(*told("u1"), *told("u2", 1))

    def counts() -> list[Any]:
        kinds = {"node": ("counts", "accepted", "failed"), "served": ("treated_wins", "treated_losses")}
        return [
            getattr(row, name) for key, row in sorted(rows.rows.items()) for name in kinds.get(key.split("|")[0], ())
        ]

    before = counts()
    erase(rows, CHAIN, hash_of("u1"))
    assert counts() == before
    assert any(before)


def test_a_look_that_is_fixed_stays_fixed() -> None:
    """Taking it back would tell that somebody left."""
    key = row_key("text", CHAIN, "next")
    rows = MemoryRows({key: Text(contributors={7, 8}, look_at=99)})
    erase(rows, CHAIN, 7)
    assert (rows.rows[key].contributors, rows.rows[key].look_at) == ({8}, 99)


def test_quotas_go_with_their_timers() -> None:
    """Both name the user in their key, in every window."""
    rows = learned(*told("u1"), *told("u2", 1))
    erase(rows, CHAIN, hash_of("u1"))
    quotas = [key for key in rows.rows if key.startswith("quota|")]
    timers = [row.key for key, row in rows.rows.items() if key.startswith("due|") and row.key.startswith("quota|")]
    assert quotas
    assert sorted(quotas) == sorted(timers)
    assert all(key.endswith(f"{SEPARATOR}{hash_of('u2'):015x}") for key in quotas)
