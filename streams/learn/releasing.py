"""When a text may leave the store, kept in rows: who helps a text out, and at which look it goes. Knows no evidence.

A user helps at most ``keys_per_user_window`` texts out in one window, the first that this user repaired or repaired
something with and that are not out yet; all other uses of a text count for nothing here. Looks are on a clock, so that
no arrival can be seen in the moment of release. The law is in ``streams.learn.release``.
"""

from functools import lru_cache

from streams.learn.booking import Reading
from streams.learn.ledger import Ledger
from streams.learn.release import Gate, look_at_ms, look_of
from streams.learn.rows import SEPARATOR, USERS_COUNTED_MAX, Quota, Text, row_key
from streams.learn.settings import LearnSettings


@lru_cache(maxsize=8)
def _gate(epsilon: float, delta: float, looks: int, secret: str, floor: int | None) -> Gate:
    return Gate(epsilon, delta, looks, secret.encode(), floor)


def gate_of(settings: LearnSettings) -> Gate | None:
    """Return the gate of the release rule, None when texts leave by the floor alone."""
    if settings.release == "floor":
        return None
    floor = settings.users_min if settings.release == "both" else None
    return _gate(
        settings.release_epsilon, settings.release_delta, settings.release_window_looks, settings.release_secret, floor
    )


def contribute(ledger: Ledger, reading: Reading, user: int) -> None:
    """Let a user's repair help its two texts out."""
    gate = gate_of(ledger.settings)
    if gate is None:
        return
    for item in reading.meanings:
        target = item.repaired_by
        if target is None or target.said == item.turn.said:
            continue
        for said in (item.turn.said, target.said):
            _help(ledger, gate, said, user)


def _help(ledger: Ledger, gate: Gate, said: str, user: int) -> None:
    settings = ledger.settings
    window, look = look_of(ledger.chain.now, settings.release_look_ms, settings.release_window_looks)
    key = row_key("text", ledger.name, said)
    text: Text | None = ledger.rows.get(key)
    if text is None or text.released_at:
        return
    if text.window != window:
        text.window, text.contributors, text.look_at = window, set(), 0
        ledger.rows.put(key, text)
    if (
        user in text.contributors
        or len(text.contributors) >= USERS_COUNTED_MAX
        or not _spend(ledger, said, user, window)
    ):
        return
    text.contributors.add(user)
    _schedule(ledger, gate, said, text, look)
    ledger.rows.put(key, text)


def _spend(ledger: Ledger, said: str, user: int, window: int) -> bool:
    """Take one of the user's places in this window; False when all are taken."""
    settings = ledger.settings
    key = row_key("quota", ledger.name, f"{window:08d}", f"{user:015x}")
    quota: Quota | None = ledger.rows.get(key)
    if quota is None:
        quota = Quota([])
        window_ms = settings.release_look_ms * settings.release_window_looks
        ledger.timer((window + 1) * window_ms, key)
    if len(quota.keys) >= settings.keys_per_user_window:
        return False
    quota.keys.append(said)
    ledger.rows.put(key, quota)
    return True


def _schedule(ledger: Ledger, gate: Gate, said: str, text: Text, look: int) -> None:
    """Set the timer for the first look at which this many users are enough."""
    settings = ledger.settings
    found = gate.next_look(f"{ledger.name}{SEPARATOR}{said}", text.window, len(text.contributors), look)
    if found is None:
        return
    look_at = look_at_ms(text.window, found, settings.release_look_ms, settings.release_window_looks)
    if not text.look_at or look_at < text.look_at:
        text.look_at = look_at
        ledger.timer(look_at, f"look|{said}")


def release(ledger: Ledger, said: str, now: int) -> list[str]:
    """Let a text go at its look; return the pairs that waited for it."""
    key = row_key("text", ledger.name, said)
    text: Text | None = ledger.rows.get(key)
    if text is None or text.released_at or text.look_at != now:
        return []
    text.released_at, text.contributors, text.look_at = now, set(), 0
    waiting, text.waiting = text.waiting, []
    ledger.rows.put(key, text)
    ledger.flush.count("released")
    return waiting
