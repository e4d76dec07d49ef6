"""Forgets one user in the rows of one chain. Knows where users are counted, no orders and no evidence.

Users are in rows as salted hashes, in sets that say who has been counted. The hash leaves all of them. What it added to
a count stays, as nothing tells any more whose it was; so does a look of the release gate that is already fixed, since
taking it back would tell that somebody left. A user who comes back is a new one, and for that day and window counts a
second time.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from streams.learn.rows import SEPARATOR
from streams.stage import Rows

COUNTING = ("text", "node", "pair", "served")
"""Kinds of rows that hold sets of users."""


def erase(rows: Rows, chain: str, user: int) -> int:
    """Remove a user from all rows of a chain; return how many rows changed or went.

    Args:
        rows: the partition's state.
        chain: name of the chain, ``tenant|locale`` or ``tenant|locale|domain``.
        user: ``tally.user_hash`` of tenant, user and salt. A user that is many people was hashed session by session,
            as ``user/session``: those hashes do not follow from the user's name, and stay.
    """
    changed = 0
    for kind in COUNTING:
        for key, row in _rows_of(rows, kind, chain):
            if _forget(row, user):
                rows.put(key, row)
                changed += 1
    return changed + _erase_quotas(rows, chain, user)


def _rows_of(rows: Rows, kind: str, chain: str) -> Iterator[tuple[str, Any]]:
    return rows.scan(f"{kind}|{chain}{SEPARATOR}")


def _forget(part: Any, user: int) -> bool:
    """Remove the user from every set within a row, in place; return whether there was one."""
    if isinstance(part, set):
        there = user in part
        part.discard(user)
        return there
    if isinstance(part, msgspec.Struct):
        return _forget_in((getattr(part, name) for name in part.__struct_fields__), user)
    return isinstance(part, dict) and _forget_in(part.values(), user)


def _forget_in(parts: Any, user: int) -> bool:
    return sum(_forget(part, user) for part in parts) > 0


def _erase_quotas(rows: Rows, chain: str, user: int) -> int:
    """Delete what the user has spent in each window, and the timers of it, whose keys name the user too."""
    own = f"{SEPARATOR}{user:015x}"
    spent = {key for key, _ in _rows_of(rows, "quota", chain) if key.endswith(own)}
    timers = [key for key, row in _rows_of(rows, "due", chain) if row.key in spent] if spent else []
    for key in (*sorted(spent), *timers):
        rows.delete(key)
    return len(spent)
