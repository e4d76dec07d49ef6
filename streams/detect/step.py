"""The detect stage: one batch of turn events in, feedback and trails out. Knows no clock but the records' own.

A batch is read twice. The first reading decodes and collects every pair of turns that could be a rephrase, so that
the model is asked once. The second goes record by record: partition time moves, trails that are due leave, the record
is taken in. Results do not depend on where a batch was cut.
"""

from collections.abc import Sequence
from heapq import heappop, heappush

from schemas.errors import DecodeError
from schemas.records import ClosedBy, Correction, CorrectionReason, Feedback, Outcome, Signal, TurnEvent
from streams.detect import assembly, correcting, emission, erasing, feedback, reactions
from streams.detect.holding import held_turn, is_before
from streams.detect.rescoring import scored_pairs
from streams.detect.rows import (
    CLOCK_KEY,
    HELD_TURNS_MAX,
    WAITING_SIGNALS_MAX,
    Clock,
    Due,
    Enjoyed,
    HeldSignal,
    HeldTurn,
    Person,
    Served,
    due_key,
    enjoyed_key,
    person_key,
    served_key,
)
from streams.detect.settings import DetectSettings
from streams.stage import Context, Flush, Output, Record, Rejected, Rows

FEEDBACK = "feedback"
TRAILS = "trails"

PAIRS_PER_TURN_MAX = 16
"""Earlier turns a new one is compared with ahead of time; the rare rest is scored when it is needed."""

NEVER = 2**62


def step(rows: Rows, records: Sequence[Record], context: Context) -> Flush:
    """Take in one batch of ``turns`` from one partition, in offset order.

    Args:
        rows: the partition's state, of the kinds in ``streams.detect.rows.ROWS``.
        records: turn events as bytes.
        context: settings (``DetectSettings``), decoder of turn events, rephrase scorer, orders in force.

    Orders to erase somebody are applied before the records, also when there are none.

    Returns:
        Feedback and trails (``Trail`` and ``Correction`` values, keyed ``tenant|locale``, not yet packed), and what
        was rejected: undecodable, clock_ahead, late, too_many_turns.
    """
    return _Batch(rows, context).run(records)


def drain(rows: Rows, context: Context) -> Flush:
    """Close what is open because the input has ended, as if time had passed."""
    batch = _Batch(rows, context)
    batch.at_end = True
    batch.load_timers(NEVER)
    batch.advance(NEVER)
    return batch.counted()


def partition_time(rows: Rows) -> int:
    """Return the largest accepted ``occurred_at``, 0 when nothing was accepted."""
    clock = rows.get(CLOCK_KEY)
    return 0 if clock is None else int(clock.partition_time)


class _Batch:
    """The working memory of one step."""

    def __init__(self, rows: Rows, context: Context) -> None:
        self.rows = rows
        self.context = context
        self.settings: DetectSettings = context.settings
        self.flush = Flush()
        self.detector: str = context.scorer.name
        self.threshold: float = context.scorer.threshold
        self.horizon_ms: int = self.settings.gap_ms + self.settings.lateness_ms
        self.shared = frozenset(self.settings.shared_users)
        self.now = partition_time(rows)
        self.timers: list[tuple[int, str]] = []
        self.timers_until = -1
        self.at_end = False
        self.turns = self.trails = 0
        self.ended: dict[tuple[Outcome, ClosedBy], int] = {}
        self.offset: int | None = None
        self.arriving: dict[str, list[HeldTurn]] = {}
        self.held: dict[int, tuple[str, HeldTurn]] = {}

    def run(self, records: Sequence[Record]) -> Flush:
        erased = erasing.apply(self.rows, self.context.policy, self.context.policy_next, self.shared)
        if erased:
            self.flush.count("turns_erased", erased)
        events = self._decode(records)
        self._score(events)
        self.load_timers(max((event.occurred_at for _, event in events), default=self.now))
        for record, event in events:
            self.offset = record.offset
            if event.occurred_at > self.now:
                self.advance(event.occurred_at)
            self._take(record, event)
        self.rows.put(CLOCK_KEY, Clock(self.now))
        self.flush.rejected.sort(key=lambda rejected: rejected.offset)
        return self.counted()

    def counted(self) -> Flush:
        """Return the flush, with what was counted on the way."""
        for fact, amount in (("turns", self.turns), ("trails", self.trails)):
            if amount:
                self.flush.count(fact, amount)
        for (outcome, closed_by), amount in self.ended.items():
            self.flush.count(f"ended.{outcome}.{closed_by}", amount)
        return self.flush

    # -- first reading -------------------------------------------------------------------------------------------

    def _decode(self, records: Sequence[Record]) -> list[tuple[Record, TurnEvent]]:
        events: list[tuple[Record, TurnEvent]] = []
        decode = self.context.decode
        ahead_ms = self.settings.clock_ahead_ms_max
        for record in records:
            try:
                event = decode(record.value)
            except DecodeError as error:
                self._reject(record, "undecodable", str(error))
                continue
            if record.broker_ms is not None and event.occurred_at > record.broker_ms + ahead_ms:
                self._reject(
                    record, "clock_ahead", "`occurred_at` is ahead of the broker's clock; set the producer's clock"
                )
                continue
            events.append((record, event))
        return events

    def _score(self, events: list[tuple[Record, TurnEvent]]) -> None:
        """Ask the model once about all pairs of the batch; the answers wait on the later turn of each."""
        wanted: list[tuple[HeldTurn, HeldTurn]] = []
        for record, event in events:
            if event.turn is None:
                continue
            key = self._key(event)
            turn = held_turn(event, event.turn, self._trace(record, "turn") if record.traceparent else "")
            self.held[record.offset] = key, turn
            person = self.rows.get(key)
            arriving = self.arriving.get(key)
            if person is not None:
                if person.scored_by != self.detector:
                    wanted += scored_pairs(person.turns, event.occurred_at - self.horizon_ms)
                self._pairs(turn, person.turns, wanted)
            if arriving is None:
                self.arriving[key] = [turn]
            else:
                self._pairs(turn, arriving, wanted)
                arriving.append(turn)
        if not wanted:
            return
        scores = self.context.scorer.score([assembly.pair_of(first, second) for first, second in wanted])
        self.flush.count("pairs_scored", len(wanted))
        for (first, second), score in zip(wanted, scores.tolist(), strict=True):
            second.scores[first.turn_id] = score

    def _pairs(self, turn: HeldTurn, others: Sequence[HeldTurn], wanted: list[tuple[HeldTurn, HeldTurn]]) -> None:
        for other in others[-PAIRS_PER_TURN_MAX:]:
            first, second = (other, turn) if is_before(other, turn) else (turn, other)
            if first.said == second.said and first.state == second.state:
                continue
            if assembly.may_rephrase(first, second, self.settings) and not reactions.same_question_open(first, second):
                wanted.append((first, second))

    def _score_of(self, first: HeldTurn, second: HeldTurn) -> float | None:
        score = second.scores.get(first.turn_id)
        if score is None:
            if not assembly.may_rephrase(first, second, self.settings):
                return None
            score = float(self.context.scorer.score([assembly.pair_of(first, second)])[0])
            second.scores[first.turn_id] = score
            self.flush.count("pairs_scored")
        return score if score >= self.threshold else None

    def _trace(self, record: Record, kind: str) -> str:
        return self.flush.trace(record.offset, kind, record.traceparent)

    # -- second reading ------------------------------------------------------------------------------------------

    def _key(self, event: TurnEvent) -> str:
        return person_key(event.tenant, self._user(event))

    def _user(self, event: TurnEvent) -> str:
        if event.user in self.shared:
            return f"{event.user}/{event.session_id}"
        return event.user

    def _take(self, record: Record, event: TurnEvent) -> None:
        if event.turn is not None:
            self._take_turn(record, event, *self.held[record.offset])
        elif event.signal is not None:
            self._take_signal(event, event.signal, self._trace(record, "signal") if record.traceparent else "")
            self.flush.count("signals")
        else:
            self.flush.count("ticks")

    def _take_turn(self, record: Record, event: TurnEvent, key: str, turn: HeldTurn) -> None:
        if turn.occurred_at < self.now - self.horizon_ms:
            self._reject(record, "late", "`occurred_at` is older than partition time less lateness_ms and gap_ms")
            return
        person: Person | None = self.rows.get(key)
        if person is None:
            person = Person(event.tenant, self._user(event))
        turns = person.turns
        for other in turns:
            if other.turn_id == turn.turn_id:
                self.flush.count("duplicates")
                return
        if len(turns) >= HELD_TURNS_MAX:
            self._reject(record, "too_many_turns", f"`user` has more than {HELD_TURNS_MAX} turns within the gap")
            return
        person.scored_by = self.detector
        self._insert(person, turn)
        self.turns += 1
        self._tell(person, turn)
        if person.signals:
            self._claim_signals(person, turn)
        if turn.said and self.settings.repeat_means:
            self._enjoy(person, turn)
        self._schedule(key, person)
        self.rows.put(key, person)

    def _insert(self, person: Person, turn: HeldTurn) -> None:
        turns = person.turns
        if not turns:
            turn.trail = turn.turn_id
            turns.append(turn)
            return
        if is_before(turns[-1], turn):
            turns.append(turn)
            assembly.place_last(turns, self.settings, self._score_of)
            return
        position = next(index for index, other in enumerate(turns) if is_before(turn, other))
        turns.insert(position, turn)
        self.flush.count("out_of_order")
        assembly.place_all(turns, self.settings, self._score_of)

    def _tell(self, person: Person, turn: HeldTurn) -> None:
        if len(person.turns) == 1 and turn.status != "asked_again":
            return
        before = None
        for other in reversed(person.turns):
            if other.device == turn.device and is_before(other, turn):
                before = other
                break
        for item in feedback.of_turn(person, turn, before, self.settings, detector=self.detector, now=self.now):
            self._send_feedback(person, item, turn.traceparent)

    def _send_feedback(self, person: Person, item: Feedback, told_by: str, said_at: int | None = None) -> None:
        """Send feedback; ``said_at`` is when the turn was said that it is about, if that is not held any more."""
        about = feedback.traceparent_of(item.turn_id, person.turns)
        cause = "" if told_by == about else told_by
        self.flush.outputs.append(Output(FEEDBACK, f"{person.tenant}|{person.user}", item, about, cause))
        self.flush.count(f"feedback.{item.kind}")
        delay_ms = feedback.delay_ms(item, person.turns, said_at)
        if delay_ms is not None:
            self.flush.observe("detection_delay_ms", delay_ms)
        if self.offset is not None:
            self.flush.caused("detection", self.offset)

    # -- signals -------------------------------------------------------------------------------------------------

    def _take_signal(self, event: TurnEvent, signal: Signal, trace: str) -> None:
        key = self._key(event)
        person = self.rows.get(key) or Person(event.tenant, self._user(event), [], [])
        held = HeldSignal(signal.turn_id, signal.kind, signal.value or 0, event.occurred_at, event.locale, trace)
        for turn in person.turns:
            if turn.turn_id == signal.turn_id and not turn.emitted:
                self._apply_signal(person, turn, held)
                self.rows.put(key, person)
                return
        if any(held.is_again(waiting) for waiting in person.signals):
            self.flush.count("duplicates")
            return
        expired = event.occurred_at + self.settings.lateness_ms < self.now
        if expired or len(person.signals) >= WAITING_SIGNALS_MAX:
            self._late_signal(person, held)
            return
        person.signals.append(held)
        self._schedule(key, person)
        self.rows.put(key, person)

    def _apply_signal(self, person: Person, turn: HeldTurn, signal: HeldSignal) -> None:
        if turn.signals.get(signal.kind, -1) >= signal.value:
            self.flush.count("duplicates")
            return
        turn.signals = {**turn.signals, signal.kind: signal.value}
        item = feedback.of_signal(person, signal, self.settings, late=False, now=self.now)
        self._send_feedback(person, item, signal.traceparent)

    def _claim_signals(self, person: Person, turn: HeldTurn) -> None:
        """Give a turn the signals that arrived before it."""
        waiting = [signal for signal in person.signals if signal.turn_id == turn.turn_id]
        person.signals = [signal for signal in person.signals if signal.turn_id != turn.turn_id]
        for signal in waiting:
            self._apply_signal(person, turn, signal)

    def _late_signal(self, person: Person, signal: HeldSignal) -> None:
        item = feedback.of_signal(person, signal, self.settings, late=True, now=self.now)
        self._send_feedback(person, item, signal.traceparent)
        self.flush.count("late_signals")
        reason = correcting.OF_SIGNALS.get(signal.kind)
        if reason is not None:
            self._correct(person, signal.turn_id, signal.locale, reason, signal)

    def _correct(
        self, person: Person, turn_id: str, locale: str, reason: CorrectionReason, by: HeldTurn | HeldSignal
    ) -> None:
        """Tell learn that a served rewrite was wrong, once a turn."""
        key = served_key(person.tenant, person.user, turn_id)
        served: Served | None = self.rows.get(key)
        if served is None:
            return
        self.rows.delete(key)
        self.rows.delete(due_key(served.forget_at, key))
        correction = Correction(turn_id, served.rewrite, reason, by.occurred_at, person.user, by.traceparent)
        self.flush.outputs.append(Output(TRAILS, f"{person.tenant}|{locale}", correction))
        self.flush.count("corrections")

    def _enjoy(self, person: Person, turn: HeldTurn) -> None:
        """Take a repeat of what is enjoyed again, soon or another day, as approval of the first time."""
        if reactions.repeat_means(turn, self.settings) != "approval":
            return
        key = enjoyed_key(person.tenant, person.user, turn.said)
        before = self.rows.get(key)
        least_ms, most_ms = self.settings.repeat_later_ms
        if before is not None and before.occurred_at < turn.occurred_at:
            since_ms = turn.occurred_at - before.occurred_at
            if since_ms <= self.settings.repeat_soon_ms or least_ms <= since_ms <= most_ms:
                item = feedback.make(
                    tenant=person.tenant,
                    locale=turn.locale,
                    turn_id=before.turn_id,
                    cause_turn_id=turn.turn_id,
                    kind="repeat",
                    score=1.0,
                    occurred_at=turn.occurred_at,
                    detected_at=self.now,
                )
                self._send_feedback(person, item, turn.traceparent, before.occurred_at)
        forget_at = turn.occurred_at + most_ms + 1
        if before is not None:
            self.rows.delete(due_key(before.forget_at, key))
        self.rows.put(key, Enjoyed(turn.turn_id, turn.occurred_at, forget_at))
        self._timer(forget_at, key)

    # -- time ----------------------------------------------------------------------------------------------------

    def _schedule(self, key: str, person: Person) -> None:
        """Set the person's timer to the first moment something is due, if that is sooner than the timer it has."""
        due_at = self._due_at(person)
        if person.due_at and person.due_at <= due_at:
            return  # it fires too early, then finds the right time: cheaper than moving it with every turn
        if person.due_at:
            self.rows.delete(due_key(person.due_at, key))
        person.due_at = due_at
        self._timer(due_at, key)

    def _timer(self, at_ms: int, key: str) -> None:
        self.rows.put(due_key(at_ms, key), Due(key))
        if at_ms <= self.timers_until:
            heappush(self.timers, (at_ms, key))

    def load_timers(self, until_ms: int) -> None:
        """Read the timers of the whole batch at once; those set on the way are added as they are set."""
        self.timers = [(int(key[4:19]), row.key) for key, row in self.rows.scan("due|", due_key(until_ms, ""))]
        self.timers_until = until_ms

    def _due_at(self, person: Person) -> int:
        if len(person.turns) == 1 and not person.signals and not person.turns[0].emitted:
            return person.turns[0].ended_at + self.horizon_ms
        due_at = NEVER
        lasts = {turn.trail: turn for turn in person.turns if not turn.emitted}
        if lasts:
            due_at = min(turn.ended_at for turn in lasts.values()) + self.horizon_ms
        elif person.turns:
            due_at = min(self._kept_until(turn) for turn in person.turns) + 1
        for signal in person.signals:
            due_at = min(due_at, signal.occurred_at + self.settings.lateness_ms + 1)
        return due_at

    def _kept_until(self, turn: HeldTurn) -> int:
        """Return until when an emitted turn stays: its id may come again, and what it was given may be undone."""
        known = turn.occurred_at + self.horizon_ms
        return max(known, correcting.kept_until(turn, self.settings)) if reactions.is_treated(turn) else known

    def advance(self, to_ms: int) -> None:
        """Move partition time, and let leave what is due on the way, in order of time and key."""
        while self.timers and self.timers[0][0] <= to_ms:
            at_ms, key = heappop(self.timers)
            timer = due_key(at_ms, key)
            if self.rows.get(timer) is None:
                continue  # moved to an earlier time
            self.rows.delete(timer)
            again_at = self._fire_one(at_ms, key, to_ms)
            if again_at is not None:
                self._timer(again_at, key)
        if to_ms != NEVER:
            self.now = max(self.now, to_ms)

    def _fire_one(self, at_ms: int, key: str, to_ms: int) -> int | None:
        row = self.rows.get(key)
        if row is None:
            return None
        if not isinstance(row, Person):
            if row.forget_at <= at_ms:
                self.rows.delete(key)
            return None
        if len(row.turns) > 1 or self._due_at(row) <= at_ms:
            self._emit(row, at_ms)
            self._let_go(row, at_ms, late_before=to_ms - self.horizon_ms)
            if not row.turns and not row.signals:
                self.rows.delete(key)
                return None
        row.due_at = max(self._due_at(row), at_ms + 1)
        self.rows.put(key, row)
        return row.due_at

    def _emit(self, person: Person, at_ms: int) -> None:
        """Send the trails that are complete at a time, oldest end first."""
        after: dict[str, HeldTurn] | None = None
        for members in emission.complete(person.turns, at_ms - self.horizon_ms):
            if after is None:
                after = emission.following(person.turns)
            settled_at = max(members[-1].ended_at + self.horizon_ms, self.now)
            trail = emission.trail_of(
                person,
                members,
                after,
                self.settings,
                detector=person.scored_by or self.detector,
                settled_at=settled_at,
                at_end=self.at_end,
            )
            self.flush.outputs.append(Output(TRAILS, f"{trail.tenant}|{trail.locale}", trail))
            self.trails += 1
            ended = trail.outcome, trail.closed_by
            self.ended[ended] = self.ended.get(ended, 0) + 1
            for turn, told in zip(members, trail.turns, strict=True):
                turn.emitted = True
                if reactions.is_treated(turn) and told.outcome != "failure":
                    self._remember_served(person, turn)
            if after:
                self._speak_against(person, members)

    def _speak_against(self, person: Person, members: Sequence[HeldTurn]) -> None:
        """Correct what was served right before each of these turns, if they show that it was wrong."""
        for turn in members:
            first = correcting.treated_before(person.turns, turn)
            reason = None if first is None else correcting.reason_of(first, turn, self.settings)
            if first is not None and reason is not None:
                self._correct(person, first.turn_id, first.locale, reason, turn)

    def _remember_served(self, person: Person, turn: HeldTurn) -> None:
        if turn.rewrite is None:
            return
        key = served_key(person.tenant, person.user, turn.turn_id)
        forget_at = turn.occurred_at + self.settings.correction_ms
        self.rows.put(key, Served(turn.rewrite, forget_at))
        self._timer(forget_at, key)

    def _let_go(self, person: Person, at_ms: int, *, late_before: int) -> None:
        """Forget emitted turns that no open trail overlaps and whose ids would be rejected as late anyway."""
        kept = correcting.kept(person.turns, late_before + self.horizon_ms, self.settings)
        if len(person.turns) == 1 and not person.signals and not kept:
            if person.turns[0].emitted and person.turns[0].occurred_at < late_before:
                person.turns = []
            return
        oldest_open = min((turn.occurred_at for turn in person.turns if not turn.emitted), default=NEVER)
        person.turns = [
            turn
            for turn in person.turns
            if not turn.emitted or turn.occurred_at >= min(oldest_open, late_before) or turn.turn_id in kept
        ]
        overdue = [signal for signal in person.signals if signal.occurred_at + self.settings.lateness_ms < at_ms]
        if overdue:
            person.signals = [signal for signal in person.signals if signal not in overdue]
            for signal in overdue:
                self._late_signal(person, signal)

    def _reject(self, record: Record, reason: str, message: str) -> None:
        self.flush.rejected.append(Rejected(record.offset, reason, message))
        self.flush.count(f"rejected.{reason}")
