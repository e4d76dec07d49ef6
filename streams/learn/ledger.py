"""The rows of one chain by name, and the books that trails are entered into. Knows no tests and no stages.

Everything a trail says is booked here: transitions with forward decay (Cormode et al. 2009, section 2), one outcome
per user and day at each node, one meaning per user and day for each text, users, surface forms, repairs.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from schemas.records import QuestionName, Trail, TrailTurn
from streams.learn import booking, holdings, tally
from streams.learn.chain_cache import ComponentCache
from streams.learn.decay import enter
from streams.learn.rows import (
    DUE_DIGITS,
    FORMS_MAX,
    MEANINGS_MAX,
    PAIRS_PER_NODE_MAX,
    SEPARATOR,
    TARGETS_MAX,
    TEXTS_PER_MEANING_MAX,
    Chain,
    Due,
    Holdings,
    Live,
    Node,
    Pair,
    Roles,
    Support,
    Text,
    Wordings,
    due_key,
    row_key,
)
from streams.learn.settings import LearnSettings
from streams.learn.transitions import FAILURE, SUCCESS, new_row
from streams.stage import Flush, Rows

NEVER = 2**62

Asked = QuestionName | Literal["treated", "pairs"]
"""What an outcome is about: a question, the treated turns of a live rewrite, or its pairs with held-out ones."""

Observed = list[tuple[Asked, bool]]
"""Outcomes that a pair has not yet been told of, in order: about what, and whether they speak for it."""

PASSED_MAX = 0.5
"""The most failures people are believed to let pass: above it, silence would say more about failure than success."""

PASSED_PRIOR = 20.0
"""Failures to be seen before anything is believed about how many pass."""

TRUST_MIN = 0.01
"""A repair to be believed less than this is not booked: evidence has a positive weight."""

FALL_P0 = 0.6
FALL_PART = 0.4
FALL_ALARM = 1_000.0
"""A text that used to work is taken to have broken when e-SR against 60 % acceptance, betting on 24 %, reaches this."""


def node_id(state: str, said: str) -> str:
    """Return the name of a node inside its chain."""
    return f"{state}{SEPARATOR}{said}"


def chain_names(rows: Rows) -> list[str]:
    """Return the names of all chains that have rows, in their order."""
    return [key.split("|", 1)[1].rstrip(SEPARATOR) for key, _ in rows.scan("chain|")]


class Ledger:
    """One chain's rows, fetched and created by what they are about."""

    def __init__(
        self, rows: Rows, name: str, settings: LearnSettings, flush: Flush, solved: ComponentCache | None = None
    ) -> None:
        """Open the books of a chain named ``tenant|locale`` or ``tenant|locale|domain``.

        Args:
            rows: the partition's state.
            name: the chain's name.
            settings: what an operator chose.
            flush: where facts are counted.
            solved: solved parts of this chain kept from earlier batches, if any.
        """
        self.rows = rows
        self.name = name
        self.settings = settings
        self.flush = flush
        self.solved = ComponentCache(nodes_max=settings.component_nodes_max) if solved is None else solved
        self.key = row_key("chain", name)
        self.text_prefix = row_key("text", name, "")
        self.node_prefix = row_key("node", name, "")
        found = rows.get(self.key)
        self.is_new = found is None
        self.chain: Chain = Chain() if found is None else found
        self.holdings = self._holdings()
        self.touched: dict[str, Observed] = {}
        self.tipped_at: int | None = None
        self.next_due = self.first_due()

    def _holdings(self) -> Holdings:
        if self.chain.holdings is None:
            self.chain.holdings = Holdings() if self.is_new else holdings.counted(self.rows, self.name)
        return self.chain.holdings

    @property
    def moment(self) -> int:
        """The chain's time; before all partitions have told theirs, the furthest that any has told; 0 before that."""
        return self.chain.now or max(self.chain.clocks.values(), default=0)

    def save(self) -> None:
        """Put the chain's own row back."""
        self.rows.put(self.key, self.chain)

    # -- rows by name --------------------------------------------------------------------------------------------

    def text(self, said: str) -> Text | None:
        """Return the row of a text."""
        return self.rows.get(self.text_prefix + said)

    def node(self, state: str, said: str) -> Node | None:
        """Return the row of a text at a state."""
        return self.rows.get(self.node_key(state, said))

    def wordings(self, state: str, meaning: str) -> list[str]:
        """Return the texts accepted as a meaning at a state."""
        row = self.rows.get(row_key("wordings", self.name, state, meaning))
        return [] if row is None else row.texts

    def pair(self, key: str) -> Pair | None:
        """Return a pair by its row key."""
        return self.rows.get(key)

    def live(self, state: str, source: str) -> Live | None:
        """Return what is published for a text at a state."""
        return self.rows.get(self.live_key(state, source))

    def roles(self, said: str) -> Roles | None:
        """Return the parts a text plays in live rewrites."""
        return self.rows.get(row_key("roles", self.name, said))

    def counts_of(self, node: str) -> Mapping[str, float] | None:
        """Return a node's transitions, its pseudo-counts among them, for the chain's solver."""
        row = self.rows.get(self.node_prefix + node)
        return None if row is None else row.counts

    def node_key(self, state: str, said: str) -> str:
        """Return the row key of a text at a state."""
        return f"{self.node_prefix}{state}{SEPARATOR}{said}"

    def live_key(self, state: str, source: str) -> str:
        """Return the row key of what is published for a text at a state."""
        return row_key("live", self.name, state, source)

    def pair_key(self, state: str, source: str, meaning: str) -> str:
        """Return the row key of a pair."""
        return row_key("pair", self.name, state, source, meaning)

    def pairs(self) -> Iterator[tuple[str, Pair]]:
        """Yield all pairs of the chain, in order of their keys."""
        yield from self.rows.scan(f"pair|{self.name}{SEPARATOR}")

    def timer(self, at_ms: int, key: str) -> None:
        """Ask to be woken about a row."""
        self.rows.put(due_key(self.name, at_ms, key), Due(key))
        self.next_due = min(self.next_due, at_ms)

    def first_due(self) -> int:
        """Return when the earliest timer fires, ``NEVER`` when there is none."""
        prefix = f"due|{self.name}{SEPARATOR}"
        found = next(iter(self.rows.scan(prefix)), None)
        return NEVER if found is None else int(found[0][len(prefix) : len(prefix) + DUE_DIGITS])

    def pop_due(self, until_ms: int) -> tuple[int, str] | None:
        """Take the earliest timer up to a moment: when it was due and the row it is about."""
        if self.next_due > until_ms:
            return None
        prefix = f"due|{self.name}{SEPARATOR}"
        found = next(iter(self.rows.scan(prefix, due_key(self.name, until_ms, ""))), None)
        if found is None:
            self.next_due = self.first_due()
            return None
        self.rows.delete(found[0])
        return int(found[0][len(prefix) : len(prefix) + DUE_DIGITS]), found[1].key

    def touch(self, key: str, asked: Asked | None = None, *, won: bool = False) -> None:
        """Remember that a pair has new evidence, and about what."""
        observed = self.touched.setdefault(key, [])
        if asked is not None:
            observed.append((asked, won))

    # -- booking -------------------------------------------------------------------------------------------------

    def book(self, trail: Trail, reading: booking.Reading, user: int) -> None:
        """Enter what a trail says; pairs with new evidence are in ``touched``, with the questions it answers."""
        self.chain.booked += 1
        trusted = [1.0 if item.repaired_by is None else self._trust(item) for item in reading.meanings]
        self._book_outcomes(reading, user)
        self._book_patience(reading, trail)
        self._book_transitions(reading)
        for item, trust in zip(reading.meanings, trusted, strict=True):
            if trust >= TRUST_MIN:
                believed = item if trust == 1.0 else item._replace(weight=item.weight * trust)
                self._book_meaning(believed, trail, user)
        if reading.attempts:
            self._book_attempts(reading, user)

    def _book_outcomes(self, reading: booking.Reading, user: int) -> None:
        for turn in reading.outcomes:
            text = self._book_text(turn, user)
            key = self.node_key(turn.state, turn.said)
            node = self._node(key, turn.occurred_at)
            tally.add_user(node.users, user)
            node.last_seen = max(node.last_seen, turn.occurred_at)
            if tally.admit(node.seen, user, turn.occurred_at, self.settings.user_days_max):
                self._book_outcome(node, turn, text)
                text.silent += turn.weight if turn.silent else 0.0
            self.rows.put(key, node)
            self.rows.put(self.text_prefix + turn.said, text)

    def _book_outcome(self, node: Node, turn: TrailTurn, text: Text) -> None:
        self._watch_fall(node, turn, text)
        if turn.outcome == "success":
            node.accepted += turn.weight
            self.chain.accepted += turn.weight
        else:
            node.failed += turn.weight
            self.chain.failed += turn.weight
            if turn.silent:
                node.silent += turn.weight
        failed = turn.outcome == "failure"
        for key in node.pairs:
            self.touch(key, "fails", won=failed)
        for key in node.wanted_by:
            self.touch(key, "works", won=not failed)

    def _watch_fall(self, node: Node, turn: TrailTurn, text: Text) -> None:
        """Begin a new epoch when a text that worked has broken: what it did before says nothing about it now."""
        likelihood = FALL_PART if turn.outcome == "success" else (1.0 - FALL_PART * FALL_P0) / (1.0 - FALL_P0)
        node.fall = (1.0 + node.fall) * likelihood**turn.weight
        if node.fall < FALL_ALARM:
            return
        node.fall = 0.0
        if node.accepted <= node.failed:
            return
        node.accepted = node.failed = node.silent = 0.0
        node.epoch += 1
        text.silent = text.others = 0.0
        for support in text.meanings.values():
            support.repaired = support.accepted = 0.0
        text.epoch += 1
        self.flush.count("epochs")

    def _book_patience(self, reading: booking.Reading, trail: Trail) -> None:
        """Count how often people let a failure pass that they were told of."""
        for turn in reading.outcomes:
            if turn.outcome == "failure" and not turn.silent:
                self.chain.visible += 1.0
                self.chain.abandoned += turn is trail.turns[-1]

    def patience(self) -> float:
        """Return how many failures pass unseen for each one that people complain of.

        An answer without complaint is a success only as far as people complain. Of the failures they were told of, they
        let a share pass without trying anything else; of those they had to find out themselves they let at least as
        many pass. So each silent failure that was seen stands for ``share / (1 - share)`` that were booked as accepted.
        """
        share = min(PASSED_MAX, self.chain.abandoned / (self.chain.visible + PASSED_PRIOR))
        return share / (1.0 - share)

    def truly_accepted(self, accepted: float, silent: float) -> float:
        """Return how many acceptances remain when those that were failures nobody complained of are taken out."""
        return max(0.0, accepted - silent * self.patience())

    def _book_text(self, turn: TrailTurn, user: int) -> Text:
        """Note who said a text, when and how it was spelt; the caller puts the row."""
        key = self.text_prefix + turn.said
        text: Text | None = self.rows.get(key)
        if text is None:
            text = Text()
            self.timer(turn.occurred_at + self.settings.forget_after_ms, key)
        tally.add_user(text.users, user)
        text.last_seen = max(text.last_seen, turn.occurred_at)
        forms = text.forms
        if turn.heard in forms or len(forms) < FORMS_MAX:
            forms[turn.heard] = forms.get(turn.heard, 0.0) + 1.0
        return text

    def _node(self, key: str, at_ms: int) -> Node:
        node: Node | None = self.rows.get(key)
        if node is None:
            node = Node(landmark_ms=at_ms, counts=new_row())
            self.timer(at_ms + self.settings.forget_after_ms, key)
        return node

    def _book_transitions(self, reading: booking.Reading) -> None:
        for step in reading.transitions:
            turn = step.turn
            key = self.node_key(turn.state, turn.said)
            node = self._node(key, turn.occurred_at)
            if step.to is None:
                target = SUCCESS if step.succeeded else FAILURE
            else:
                target = node_id(step.to.state, step.to.said)
            self._enter(node, node_id(turn.state, turn.said), target, turn.occurred_at, step.weight)
            self.rows.put(key, node)

    def _enter(self, node: Node, name: str, target: str, at_ms: int, weight: float) -> None:
        entered = enter(
            node.counts,
            target,
            at_ms,
            landmark_ms=node.landmark_ms,
            half_life_ms=self.settings.half_life_ms,
            amount=weight,
        )
        node.landmark_ms = entered.landmark_ms
        if entered.factor != 1.0:
            self.solved.rescale(name, entered.factor)
        self.solved.observe(name, target, entered.weight)
        if len(node.counts) > TARGETS_MAX:
            ends = {SUCCESS, FAILURE}
            del node.counts[min((node.counts[other], other) for other in node.counts if other not in ends)[1]]
            self.solved.forget(name)
            self.flush.count("edges_cut")

    def _trust(self, item: booking.Meaning) -> float:
        """Return how far the end of a repair is to be believed, from what was known before it.

        A repair that ends with a text whose answers people mostly complain of is no repair: this person gave up.
        """
        if item.repaired_by is None:
            return 1.0
        node = self.node(item.repaired_by.state, item.repaired_by.said)
        if node is None or not node.accepted:
            return 1.0
        return self.truly_accepted(node.accepted, node.silent) / node.accepted

    def _book_meaning(self, item: booking.Meaning, trail: Trail, user: int) -> None:
        key = self.text_prefix + item.turn.said
        text: Text | None = self.rows.get(key)
        if text is not None and tally.admit(text.seen, user, item.turn.occurred_at, self.settings.user_days_max):
            self._support(text, item)
            self._touch_pairs(item)
        if text is not None and item.meaning in text.meanings:
            tally.add_user(text.meanings[item.meaning].users, user)
            self.rows.put(key, text)
        if item.repaired_by is None:
            self._book_wording(item)
        elif item.repaired_by.said != item.turn.said:
            self._book_repair(item, trail, user)

    def _support(self, text: Text, item: booking.Meaning) -> None:
        support = text.meanings.get(item.meaning)
        if support is None:
            if len(text.meanings) >= MEANINGS_MAX:
                text.others += item.weight
                self.flush.count("meanings_cut")
                return
            support = text.meanings[item.meaning] = Support()
        if item.repaired_by is None:
            support.accepted += item.weight
        else:
            support.repaired += item.weight

    def _book_attempts(self, reading: booking.Reading, user: int) -> None:
        """Count a user for a meaning who tried to get it in other words, in vain: for the release, not as evidence."""
        for turn, to in reading.attempts:
            meaning = usual_meaning(self.text(to.said))
            key = self.text_prefix + turn.said
            text: Text | None = self.rows.get(key)
            if text is not None and meaning in text.meanings:
                tally.add_user(text.meanings[meaning].users, user)
                self.rows.put(key, text)

    def _touch_pairs(self, item: booking.Meaning) -> None:
        node = self.node(item.turn.state, item.turn.said)
        for key in () if node is None else node.pairs:
            self.touch(key, "means", won=key == self.pair_key(item.turn.state, item.turn.said, item.meaning))

    def _book_wording(self, item: booking.Meaning) -> None:
        key = row_key("wordings", self.name, item.turn.state, item.meaning)
        row = self.rows.get(key)
        if row is None:
            row = Wordings()
            self.timer(item.turn.occurred_at + self.settings.forget_after_ms, key)
        if item.turn.said in row.texts:
            return
        if len(row.texts) < TEXTS_PER_MEANING_MAX:
            row.texts.append(item.turn.said)
            self.rows.put(key, row)
        else:
            self.flush.count("wordings_cut")

    def _book_repair(self, item: booking.Meaning, trail: Trail, user: int) -> None:
        turn = item.turn
        key = self.pair_key(turn.state, turn.said, item.meaning)
        pair = self.rows.get(key)
        if pair is None:
            node_key = self.node_key(turn.state, turn.said)
            node = self._node(node_key, turn.occurred_at)
            if key not in node.pairs:
                if len(node.pairs) >= PAIRS_PER_NODE_MAX:
                    self.flush.count("pairs_cut")
                    return
                node.pairs.append(key)
                self.rows.put(node_key, node)
            pair = self._new_pair(turn, item, trail)
            self.timer(turn.occurred_at + self.settings.forget_after_ms, key)
        pair.repairs += 1
        pair.last_seen = max(pair.last_seen, turn.occurred_at)
        tally.add_user(pair.users, user)
        self.rows.put(key, pair)
        self.touch(key)

    def _new_pair(self, turn: TrailTurn, item: booking.Meaning, trail: Trail) -> Pair:
        domain = item.repaired_by.domain if item.repaired_by is not None else turn.domain
        return Pair(
            tenant=trail.tenant,
            locale=trail.locale,
            domain=domain,
            state=turn.state,
            source=turn.said,
            meaning=item.meaning,
            first_seen=turn.occurred_at,
        )


def usual_meaning(text: Text | None) -> str | None:
    """Return the meaning a text has had for most user-days; the first by name among equals."""
    if text is None or not text.meanings:
        return None
    return min(text.meanings.items(), key=lambda item: (-item[1].user_days, item[0]))[0]
