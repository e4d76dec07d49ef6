"""The learn stage: one batch of trails in, rewrites and decisions out. Knows no clock but the trails' own.

A chain's time is the least of what its detect partitions have reached. Before a trail is booked, everything due until
then happens in order: looks of the release gate, expiry, forgetting. Results do not depend on where a batch was cut,
nor on how many trails share a record.
"""

from collections.abc import Mapping, Sequence

import msgspec

from schemas.errors import DecodeError
from schemas.records import AppliedRewrite, Correction, DecidedBy, Policy, Trail, Trails
from streams.keys import tenant_and_locale
from streams.learn import attribution, booking, detectors, holdings, obeying, releasing, tally
from streams.learn.ledger import Ledger, chain_names
from streams.learn.lifecycle import NO_ORDERS, Lifecycle
from streams.learn.rows import SEPARATOR, Chain, Live, Node, Pair, Quota, Served, Text, Wordings
from streams.learn.settings import LearnSettings
from streams.learn.stages import LIVE
from streams.orders import DECIDING, Orders
from streams.stage import Context, Flush, Record, Rejected, Rows

IN_FORCE = "in force"
"""Where the scratch keeps the orders that this mapping of policies means; no chain has such a name."""


def step(rows: Rows, records: Sequence[Record], context: Context) -> Flush:
    """Take in one batch of ``trails`` from one partition, in offset order.

    Args:
        rows: the partition's state, of the kinds in ``streams.learn.rows.ROWS``.
        records: ``Trails`` values as the context's decoder takes them.
        context: settings (``LearnSettings``), decoder, topic and partition, number of detect partitions.

    Returns:
        Rewrites (None withdraws) keyed ``tenant|locale|state|source``, decisions, and what could not be decoded.
    """
    return _Batch(rows, context).run(records)


class _Batch:
    """The working memory of one step."""

    def __init__(self, rows: Rows, context: Context) -> None:
        self.rows = rows
        self.context = context
        self.settings: LearnSettings = context.settings
        self.flush = Flush()
        self.ledgers: dict[str, Ledger] = {}
        self.decided_by = DecidedBy(context.topic, context.partition, 0)
        self.in_force = NO_ORDERS
        self.sets: Mapping[str, Policy] = {}

    def run(self, records: Sequence[Record]) -> Flush:
        self._obey()
        for record in records:
            try:
                trails: Trails = self.context.decode(record.value)
            except DecodeError as error:
                self.flush.rejected.append(Rejected(record.offset, "undecodable", str(error)))
                self.flush.count("rejected.undecodable")
                continue
            self.decided_by = DecidedBy(self.context.topic, self.context.partition, record.offset)
            self._take(trails)
        for ledger in self.ledgers.values():
            ledger.save()
        return self.flush

    # -- orders ----------------------------------------------------------------------------------------------------

    def _obey(self) -> None:
        """Act on orders that are new or were taken back, before anything else."""
        policy = self.context.policy
        known, self.in_force, self.sets = self.context.scratch.get(IN_FORCE, (None, self.in_force, self.sets))
        if known is policy:
            return  # the same mapping as at the batch before: orders are sorted and compared once
        self.in_force, self.sets = Orders(policy.values()), obeying.sets_of(policy)
        self.context.scratch[IN_FORCE] = (policy, self.in_force, self.sets)
        news = obeying.news(self.rows, policy)
        for name in chain_names(self.rows) if any(news) else ():
            self._obey_in(name, news.about(name))

    def _obey_in(self, name: str, news: obeying.News) -> None:
        """Act on news that are about a chain."""
        about = [*news.given, *news.gone]
        if not about:
            return
        ordered_at = max(order.issued_at for order in about)
        ledger = self._ledger(name, ordered_at)
        obeying.erase(ledger, news.given)
        if any(order.action in DECIDING for order in about):
            obeying.obey(ledger, self.in_force, self._ordered_by(), ledger.moment or ordered_at)

    def _ordered_by(self) -> DecidedBy:
        """Return the last order in force: the record that brought this state of the policy about."""
        return DecidedBy("policy", 0, max(0, self.context.policy_next - 1))

    # -- records ---------------------------------------------------------------------------------------------------

    def _take(self, trails: Trails) -> None:
        for trail in trails.trails:
            ledger = self._ledger(self._chain_of(trail), trail.settled_at)
            self._advance(ledger, trails.partition, trail.settled_at)
            told = len(self.flush.outputs)
            self._book(ledger, trail)
            if trail.turns[-1].traceparent:
                self._trace(told, "trail", trail.turns[-1].traceparent)
        for correction in trails.corrections:
            told = len(self.flush.outputs)
            self._correct(trails, correction)
            if correction.traceparent:
                self._trace(told, "correction", correction.traceparent)
        if not trails.trails and not trails.corrections:
            self._tick(trails)

    def _trace(self, first: int, kind: str, text: str) -> None:
        """Give what was sent from the first on the trace of what tipped it."""
        outputs = self.flush.outputs
        traceparent = self.flush.trace(self.decided_by.offset, kind, text)
        if traceparent:
            outputs[first:] = [msgspec.structs.replace(output, traceparent=traceparent) for output in outputs[first:]]

    def _tick(self, trails: Trails) -> None:
        """Move the time of every chain of this partition, in order of their names."""
        for name in sorted({*chain_names(self.rows), *self.ledgers}):
            self._advance(self._ledger(name, trails.partition_time), trails.partition, trails.partition_time)

    def _chain_of(self, trail: Trail) -> str:
        name = f"{trail.tenant}|{trail.locale}"
        if self.settings.chain_key == "locale":
            return name
        return f"{name}|{next((turn.domain for turn in reversed(trail.turns) if turn.domain), '')}"

    def _ledger(self, name: str, at_ms: int) -> Ledger:
        """Return the books of a chain; one that begins at a moment obeys the orders in force first."""
        ledger = self.ledgers.get(name)
        if ledger is None:
            solved = self.context.scratch.get(name)
            settings = obeying.settings_of(self.settings, self.sets, name)
            ledger = self.ledgers[name] = Ledger(self.rows, name, settings, self.flush, solved)
            self.context.scratch[name] = ledger.solved
            if ledger.is_new and self.context.policy:
                obeying.obey(ledger, self.in_force, self._ordered_by(), at_ms)
        return ledger

    def _home(self, chain: str, rewrite: AppliedRewrite, at_ms: int) -> Ledger:
        """Return the chain that published a rewrite: another one where a domain's words were said in another domain."""
        if self.settings.chain_key == "locale":
            return self._ledger(chain, at_ms)
        tenant, locale = tenant_and_locale(chain)
        names = sorted({*chain_names(self.rows), *self.ledgers})
        for name in (name for name in names if name.startswith(f"{tenant}|{locale}|")):
            ledger = self._ledger(name, at_ms)
            if self.rows.get(attribution.served_key(ledger, rewrite.rewrite_id, rewrite.version)) is not None:
                return ledger
        return self._ledger(chain, at_ms)

    # -- a trail ---------------------------------------------------------------------------------------------------

    def _book(self, ledger: Ledger, trail: Trail) -> None:
        user = tally.user_hash(trail.tenant, trail.user, self.settings.user_salt)
        reading = booking.read(trail, self.settings.explains_similarity)
        # Before all partitions have told their time a chain has none: then the trail's own is the best there is.
        now = ledger.chain.now or trail.settled_at
        detectors.notice(ledger, trail, self.decided_by, now)
        ledger.book(trail, reading, user)
        releasing.contribute(ledger, reading, user)
        for turn in reading.served:
            if turn.rewrite is not None:
                home = self._home(ledger.name, turn.rewrite, trail.settled_at)
                attribution.book(home, turn.rewrite, turn, user)
                self._consider(home, now, trail.ended_at)
        self._consider(ledger, now, trail.ended_at)
        self.flush.count("trails_booked")

    def _consider(self, ledger: Ledger, now: int, tipped_at: int | None = None) -> None:
        """Look at the pairs with new evidence; ``tipped_at`` is when people did what it tells of."""
        touched, ledger.touched = ledger.touched, {}
        if not touched:
            return
        ledger.tipped_at = tipped_at
        lifecycle = Lifecycle(ledger, self.decided_by, now, self.in_force)
        for key, observed in touched.items():
            lifecycle.consider(key, observed)
        ledger.tipped_at = None

    def _correct(self, trails: Trails, correction: Correction) -> None:
        ledger = self._home(f"{trails.tenant}|{trails.locale}", correction.rewrite, correction.occurred_at)
        user = tally.user_hash(trails.tenant, correction.user, self.settings.user_salt)
        attribution.correct(ledger, correction, user)
        self._consider(ledger, ledger.chain.now or correction.occurred_at, correction.occurred_at)
        self.flush.count("corrections")

    # -- time ------------------------------------------------------------------------------------------------------

    def _advance(self, ledger: Ledger, partition: int, to_ms: int) -> None:
        chain: Chain = ledger.chain
        name = str(partition)
        chain.clocks[name] = max(chain.clocks.get(name, 0), to_ms)
        if len(chain.clocks) < self.context.partitions:
            return
        # A partition that has never had a turn says 0: it holds nobody back, or learning would wait for it for ever.
        now = min((time for time in chain.clocks.values() if time), default=0)
        if now <= chain.now:
            return
        self._fire(ledger, now)
        chain.now = now

    def _fire(self, ledger: Ledger, to_ms: int) -> None:
        """Do what is due until a moment, in order of time and key."""
        while (due := ledger.pop_due(to_ms)) is not None:
            at_ms, key = due
            ledger.chain.now = max(ledger.chain.now, at_ms)
            self._fire_one(ledger, at_ms, key)

    def _fire_one(self, ledger: Ledger, at_ms: int, key: str) -> None:
        kind, _, rest = key.partition("|")
        if kind == "look":
            for pair_key in releasing.release(ledger, rest, at_ms):
                ledger.touch(pair_key)
            self._consider(ledger, at_ms)
        elif kind == "live":
            again_at = Lifecycle(ledger, self.decided_by, at_ms, self.in_force).expire(key)
            if again_at is not None:
                ledger.timer(again_at, key)
        else:
            self._forget(ledger, at_ms, key)

    def _forget(self, ledger: Ledger, at_ms: int, key: str) -> None:
        """Delete a row that nothing has touched for as long as a rewrite may live, or look again later."""
        row = self.rows.get(key)
        if row is None:
            return
        again_at = self._kept_until(ledger, row, at_ms)
        if again_at > at_ms:
            ledger.timer(again_at, key)
        else:
            if isinstance(row, Pair):
                holdings.moved(ledger.holdings, row.stage, "none")
            elif isinstance(row, Served):
                attribution.forget(ledger, key, row)
            self.rows.delete(key)
            ledger.solved.forget(key.partition(SEPARATOR)[2])
            self.flush.count("rows_forgotten")

    def _kept_until(
        self, ledger: Ledger, row: Text | Node | Pair | Quota | Wordings | Live | Served, at_ms: int
    ) -> int:
        keep_ms = self.settings.forget_after_ms
        if isinstance(row, Quota):
            return at_ms
        if isinstance(row, Wordings):
            row.texts = [said for said in row.texts if ledger.text(said) is not None]
            return at_ms + keep_ms if row.texts else at_ms
        if isinstance(row, Pair) and (row.stage in LIVE or row.cool_until > at_ms):
            return at_ms + keep_ms
        return int(getattr(row, "last_seen", 0)) + keep_ms
