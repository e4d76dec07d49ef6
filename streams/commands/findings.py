"""What a run found, laid out for somebody who has never seen it. Shows no text that the release rule keeps back."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from schemas.records import Decision, Rewrite, Trail
from streams.commands.explain import questions_table
from streams.commands.run import Counts
from streams.driver import Driver
from streams.learn import judgement
from streams.learn.explain import Candidate, candidates
from streams.learn.ledger import Ledger
from streams.learn.rows import Pair
from streams.stage import Flush
from streams.tables import Cell, table
from streams.wording import FEEDBACK, at_state, people, printable, quoted, reason_words

TRAILS_READ_MAX = 20_000
"""Trails looked through for common ones."""


class Findings:
    """One run, looked at after it ended."""

    def __init__(self, driver: Driver, counts: Counts) -> None:
        """Judge every candidate once, with all three questions."""
        self.driver = driver
        self.counts = counts
        self.rows = driver.rows["learn"]
        self.candidates = list(candidates(self.rows, driver.settings))
        self._ledgers: dict[str, Ledger] = {}

    def may_be_shown(self, tenant: str, locale: str, said: str) -> bool:
        """Return whether a text may be printed."""
        name = f"{tenant}|{locale}"
        if name not in self._ledgers:
            self._ledgers[name] = Ledger(self.rows, name, self.driver.settings, Flush())
        ledger = self._ledgers[name]
        return judgement.may_be_shown(ledger, ledger.text(said))

    # -- reactions and trails --------------------------------------------------------------------------------------

    def reactions(self) -> RenderableType:
        """Lay out what people did, by kind."""
        rows = [(FEEDBACK.get(kind, kind), times) for kind, times in self.counts.feedback.most_common()]
        return table("What people did when it went wrong, or right", ("what was noticed", "times"), rows)

    def common_trails(self, path: Path, number: int) -> RenderableType:
        """Lay out the commonest attempts that took more than one try and worked in the end."""
        seen: Counter[str] = Counter()
        for trail in _trails(path):
            words = self._in_words(trail)
            if words:
                seen[words] += 1
        rows = [(words, times) for words, times in seen.most_common(number)]
        return table("Attempts that took more than one try (only texts enough people said)", ("attempt", "times"), rows)

    def _in_words(self, trail: Trail) -> str:
        if len(trail.turns) == 1 or trail.outcome != "success":
            return ""
        if not all(self.may_be_shown(trail.tenant, trail.locale, turn.said) for turn in trail.turns):
            return ""
        steps, state = [], None
        for turn in trail.turns:
            place = "" if turn.state == state else f"{at_state(turn.state)}: "
            steps.append(f"{place}{quoted(turn.said)} {'worked' if turn.outcome == 'success' else 'failed'}")
            state = turn.state
        return " → ".join(steps)

    # -- candidates ------------------------------------------------------------------------------------------------

    def published(self, number: int) -> RenderableType:
        """Lay out the first rewrites that are live, each with its three questions."""
        live = [(pair, candidate) for pair, candidate in self.candidates if candidate.live is not None]
        live.sort(key=lambda item: (-item[1].users, item[0].source))
        if not live:
            return Text("No rewrite is published.")
        parts: list[RenderableType] = []
        for pair, candidate in live[:number]:
            parts += [_headline(pair, candidate), questions_table(candidate), Text("")]
        if len(live) > number:
            parts.append(Text(f"and {len(live) - number} more, in rewrites.jsonl"))
        return Group(*parts)

    def taken_back(self, withdrawals: Sequence[tuple[Rewrite, Decision]]) -> RenderableType:
        """Lay out the rewrites that were published and withdrawn, each with the decision that did it."""
        if not withdrawals:
            return Text("No rewrite was taken back.")
        rows = [
            (
                f"{quoted(rewrite.source)} as {quoted(rewrite.target)}, {at_state(rewrite.state)}",
                reason_words(decision.reason),
                _day(rewrite.decided_at),
                _day(decision.decided_at),
            )
            for rewrite, decision in withdrawals
        ]
        return table("Rewrites that were taken back", ("rewrite", "because", "published", "taken back"), rows)

    def refused(self) -> RenderableType:
        """Lay out why the other candidates are not published, one reason a candidate: the first that holds it back."""
        reasons: Counter[str] = Counter()
        examples: dict[str, str] = {}
        for pair, candidate in self.candidates:
            if candidate.live is None and candidate.held_by:
                reason = candidate.held_by[0]
                reasons[reason] += 1
                examples.setdefault(reason, "")
                examples[reason] = examples[reason] or self._example(pair, candidate)
        rows: list[tuple[Cell, ...]] = [
            (reason_words(reason), times, examples[reason] or "(texts too few people said)")
            for reason, times in reasons.most_common()
        ]
        return table("Candidates that were refused", ("why", "how many", "such as"), rows)

    def _example(self, pair: Pair, candidate: Candidate) -> str:
        shown = candidate.target and all(
            self.may_be_shown(pair.tenant, pair.locale, said) for said in (pair.source, candidate.target)
        )
        return f"{quoted(pair.source)} as {quoted(candidate.target)}, {at_state(pair.state)}" if shown else ""


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


def _headline(pair: Pair, candidate: Candidate) -> Text:
    target = candidate.live.target if candidate.live is not None else candidate.target
    heard = f"{at_state(pair.state).capitalize()}, hear {quoted(pair.source)} as {quoted(target)}"
    return Text(f"{printable(heard)} ({people(candidate.users)} showed it)", style="bold green")


def _trails(path: Path) -> Iterator[Trail]:
    decode = msgspec.json.Decoder(Trail).decode
    with path.open("rb") as lines:
        yield from map(decode, _first(lines))


def _first(lines: Iterable[bytes]) -> Iterator[bytes]:
    return islice(iter(lines), TRAILS_READ_MAX)
