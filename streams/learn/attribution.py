"""Books served turns on the rewrite they were served with, and on nothing else. Knows rows, no stages.

A turn that was run as rewritten says nothing about the words that were said, nor about the words that were run by
themselves: it is an outcome of that rewrite and version (Ponnusamy et al., "Self-Aware Feedback-Based Self-Learning in
Large-Scale Conversational AI", 2022). A turn that was held out from it is an outcome of the other arm, and evidence
about what was said as well.
"""

from collections.abc import Mapping

from schemas.records import AppliedRewrite, Correction, TrailTurn
from streams.learn import holdings, tally, trial
from streams.learn.ledger import Ledger
from streams.learn.rows import SEPARATOR, Live, Served, row_key


def served_key(ledger: Ledger, rewrite_id: str, version: int) -> str:
    """Return the row key of the outcomes of one version of a rewrite."""
    return row_key("served", ledger.name, rewrite_id, str(version))


def begin(ledger: Ledger, rewrite_id: str, version: int, pair_key: str, now: int) -> None:
    """Open the books of a version that is being published."""
    key = served_key(ledger, rewrite_id, version)
    row = _row(ledger, key, now)
    row.pair = pair_key
    ledger.rows.put(key, row)
    holdings.began(ledger.holdings, row)


def end(ledger: Ledger, live: Live) -> None:
    """Count what is published under a key no more; its books stay for outcomes that come late."""
    holdings.ended(ledger.holdings, holdings.served_row(ledger.rows, ledger.name, live))


def forget(ledger: Ledger, key: str, row: Served) -> None:
    """Count the books of a version no more, whose row goes because nobody was served it for long."""
    if _is_current(ledger, row, int(key.rpartition(SEPARATOR)[2])):
        holdings.let_go(ledger.holdings, row)


def book(ledger: Ledger, rewrite: AppliedRewrite, turn: TrailTurn, user: int) -> None:
    """Book a served turn of a trail."""
    key = served_key(ledger, rewrite.rewrite_id, rewrite.version)
    row = _row(ledger, key, turn.occurred_at)
    if rewrite.arm == "treated":
        row.treated_turns += 1
    else:
        row.held_out_turns += 1
    if turn.outcome != "unknown":
        _book_outcome(ledger, row, rewrite, turn, user)
    ledger.rows.put(key, row)
    _note_seen(ledger, row, turn.occurred_at)
    ledger.flush.count(f"served.{rewrite.arm}")


def correct(ledger: Ledger, correction: Correction, user: int) -> None:
    """Book a late complaint about a served rewrite as one loss of its version, one a user and day."""
    rewrite = correction.rewrite
    key = served_key(ledger, rewrite.rewrite_id, rewrite.version)
    row = _row(ledger, key, correction.occurred_at)
    row.corrections += 1
    if tally.admit(row.seen["corrected"], user, correction.occurred_at, ledger.settings.user_days_max):
        before = holdings.outcomes_of(row)
        trial.correct(row)
        if _tell_booked(ledger, before, row, rewrite):
            ledger.touch(row.pair, "treated", won=False)
            ledger.touch(row.pair, "pairs", won=False)
    ledger.rows.put(key, row)


def _row(ledger: Ledger, key: str, at_ms: int) -> Served:
    row: Served | None = ledger.rows.get(key)
    if row is None:
        row = Served()
        ledger.timer(at_ms + ledger.settings.forget_after_ms, key)
    row.last_seen = max(row.last_seen, at_ms)
    return row


def _book_outcome(ledger: Ledger, row: Served, rewrite: AppliedRewrite, turn: TrailTurn, user: int) -> None:
    if not tally.admit(row.seen[rewrite.arm], user, turn.occurred_at, ledger.settings.user_days_max):
        return
    succeeded = turn.outcome == "success"
    before = holdings.outcomes_of(row)
    decided = trial.book(row, rewrite.arm, turn.weight, succeeded=succeeded, silent=turn.silent)
    if not _tell_booked(ledger, before, row, rewrite):
        return
    if rewrite.arm == "treated":
        ledger.touch(row.pair, "treated", won=succeeded)
    if decided is not None:
        ledger.touch(row.pair, "pairs", won=decided)


def _tell_booked(ledger: Ledger, before: Mapping[str, float], row: Served, rewrite: AppliedRewrite) -> bool:
    """Count what a version's books have gained; tell whether it is the one published now."""
    gained = holdings.grown(before, row)
    for name, amount in gained.items():
        ledger.flush.count(name.replace("live_", "served_", 1), amount)
    is_current = _is_current(ledger, row, rewrite.version)
    if is_current:
        holdings.booked(ledger.holdings, gained)
    return is_current


def _is_current(ledger: Ledger, row: Served, version: int) -> bool:
    """Return whether a version is the one published now: outcomes of former ones decide nothing."""
    pair = ledger.pair(row.pair) if row.pair else None
    live = None if pair is None else ledger.live(pair.state, pair.source)
    return live is not None and live.rewrite is not None and live.pair == row.pair and live.version == version


def _note_seen(ledger: Ledger, row: Served, at_ms: int) -> None:
    """Note when a served source was last said: treated turns are not booked on its own node."""
    pair = ledger.pair(row.pair) if row.pair else None
    if pair is not None and pair.last_seen < at_ms:
        pair.last_seen = at_ms
        ledger.rows.put(row.pair, pair)
