"""From repair to published rewrite and back: the stages of a pair. Knows verdicts, not how they are reached.

    none -> candidate -> shadow -> trial -> demoted -> (cool-off) -> shadow ...
                                   trial -> expired

``candidate``: enough people repaired the source to the meaning. ``shadow``: all three questions pass, yet something
holds the pair back (a guard, the release rule). ``trial``: published. A change is one Decision with its reason and
the evidence it was made on; texts appear in it only where the release rule lets them.
"""

from collections.abc import Sequence
from hashlib import blake2b

from schemas.records import DecidedBy, Decision, Evidence, QuestionName, Rewrite, Stage
from streams.learn import evidence, judgement
from streams.learn.judgement import Verdict
from streams.learn.ledger import Ledger
from streams.learn.rows import HISTORY_MAX, WANTED_BY_MAX, Live, Pair, Roles, StageChange, Watch, row_key
from streams.stage import Output
from streams.text import NORMALISER

LEARNER = "learner-1"
"""Version of the rules that decide; part of every rewrite and decision."""

REWRITES = "rewrites"
DECISIONS = "decisions"

COOL_OFF_DOUBLINGS_MAX = 10
"""A cool-off stops doubling at 1024 times its length: about three years of days."""

WINS_TO_WAIT_MAX = 8
"""A candidate is looked at again after this many wins at the latest: how far silence is believed moves it too."""

LIVE_STAGES: frozenset[Stage] = frozenset({"trial", "promoted", "pinned"})
"""Stages in which a pair is published."""

LOST: dict[QuestionName, str] = {"means": "meaning_changed", "fails": "source_works_now", "works": "target_fails_now"}
"""Why a live rewrite is taken back, by the question whose answer changed."""


class Lifecycle:
    """Moves the pairs of one chain between stages, and says so."""

    def __init__(self, ledger: Ledger, decided_by: DecidedBy, now: int) -> None:
        """Work on a chain's ledger at a moment of its own time, because of one record."""
        self.ledger = ledger
        self.decided_by = decided_by
        self.now = now

    def consider(self, key: str, observed: Sequence[tuple[QuestionName, bool]]) -> None:
        """Look at a pair with new evidence: watch it if it is live, judge it if not."""
        pair = self.ledger.pair(key)
        if pair is None or len(pair.users) < self.ledger.settings.repairs_min:
            return
        if pair.stage in LIVE_STAGES:
            self._watch(key, pair, observed)
        elif not self._waits(key, pair, observed):
            self._judge(key, pair)

    def _waits(self, key: str, pair: Pair, observed: Sequence[tuple[QuestionName, bool]]) -> bool:
        """Return whether this evidence cannot change anything.

        A candidate still lacks wins that it does not bring, or a proven pair has won again and is still not released.
        """
        if pair.stage == "shadow":
            won_again = bool(observed) and all(won for _, won in observed)
            return won_again and bool(judgement.release_holds(self.ledger, pair, pair.target))
        if pair.wins_to_wait <= 0 or not observed:
            return False
        won = sum(1 for question, won in observed if won and question == pair.waits_for)
        if won:
            pair.wins_to_wait -= won
            self.ledger.rows.put(key, pair)
        return pair.wins_to_wait > 0

    # -- up --------------------------------------------------------------------------------------------------------

    def _judge(self, key: str, pair: Pair) -> None:
        if self._last_seen(pair) + self.ledger.settings.expires_after_ms <= self.now:
            return  # nobody says it any more: news about the target alone revive nothing
        verdict = judgement.judge(self.ledger, pair, now=self.now)
        if pair.stage in {"none", "expired"}:
            self._change(pair, "candidate", "repaired_by_enough_users", verdict)
        pair.reason = verdict.held_by[0] if verdict.held_by else ""
        pair.waits_for, pair.wins_to_wait = verdict.question, min(verdict.missing, WINS_TO_WAIT_MAX)
        self._want(key, pair, verdict)
        if verdict.proven and not verdict.held_by:
            self._publish(key, pair, verdict)
        elif verdict.proven and pair.stage != "shadow":
            self._change(pair, "shadow", verdict.held_by[0], verdict)
        elif pair.stage == "shadow" and not verdict.proven:
            self._change(pair, "candidate", verdict.held_by[0], verdict)
        self.ledger.rows.put(key, pair)

    def _want(self, key: str, pair: Pair, verdict: Verdict) -> None:
        """Ask to be told when the target has new evidence, or when a text that is waited for is released."""
        pair.target = verdict.target or pair.target
        if verdict.target and len(verdict.questions) == len(judgement.NOT_PROVEN):
            self._note("node", (pair.state, verdict.target), "wanted_by", key)
        for reason, said in (("not_released_source", pair.source), ("not_released_target", verdict.target)):
            if reason in verdict.held_by:
                self._note("text", (said,), "waiting", key)

    def _note(self, kind: str, parts: tuple[str, ...], attribute: str, key: str) -> None:
        row_name = row_key(kind, self.ledger.name, *parts)
        row = self.ledger.rows.get(row_name)
        if row is None:
            return
        keys: list[str] = getattr(row, attribute)
        if key in keys:
            return
        if len(keys) >= WANTED_BY_MAX:
            keys.pop(0)
            self.ledger.flush.count("waiting_cut")
        keys.append(key)
        self.ledger.rows.put(row_name, row)

    def _publish(self, key: str, pair: Pair, verdict: Verdict) -> None:
        ledger, settings = self.ledger, self.ledger.settings
        pair.target = verdict.target
        live_key = ledger.live_key(pair.state, pair.source)
        live: Live = ledger.rows.get(live_key) or Live()
        live.version += 1
        live.pair = key
        evidence_now = self._evidence(pair, verdict)
        live.rewrite = Rewrite(
            rewrite_id=rewrite_id(pair),
            version=live.version,
            tenant=pair.tenant,
            locale=pair.locale,
            domain=pair.domain,
            state=pair.state,
            source=pair.source,
            target=self._surface(verdict.target),
            meaning=pair.meaning,
            normaliser=NORMALISER,
            stage="trial",
            share=settings.trial_share,
            origin="learned",
            evidence=evidence_now,
            decided_at=self.now,
            decided_by=self.decided_by,
            expires_at=self._last_seen(pair) + settings.expires_after_ms,
            learner=LEARNER,
        )
        ledger.rows.put(live_key, live)
        ledger.timer(live.rewrite.expires_at, live_key)
        self._play(pair.source, as_source=1)
        self._play(verdict.target, as_target=1)
        pair.watches = {
            question.question: Watch(settings.watch_share * question.wins / (question.wins + question.losses))
            for question in verdict.questions
        }
        self._change(pair, "trial", "evidence_passed", verdict)
        ledger.flush.outputs.append(Output(REWRITES, self._topic_key(pair), live.rewrite))
        ledger.flush.count("published")

    def _surface(self, said: str) -> str:
        """Return the commonest spelling if it is most of them: a rare spelling could be one person's."""
        text = self.ledger.text(said)
        if text is None or not text.forms:
            return said
        form, times = min(text.forms.items(), key=lambda item: (-item[1], item[0]))
        return form if 2.0 * times > sum(text.forms.values()) else said

    # -- down ------------------------------------------------------------------------------------------------------

    def _watch(self, key: str, pair: Pair, observed: Sequence[tuple[QuestionName, bool]]) -> None:
        """Look for a change in the answers the rewrite was published on (e-SR, Shin et al. 2022)."""
        alpha = self.ledger.settings.watch_alpha
        for question, won in observed:
            watch = pair.watches.get(question)
            if watch is None:
                continue
            watch.statistics = list(evidence.observe_change(watch.statistics, watch.p0, won=won))
            if evidence.change_alarm(watch.statistics, alpha):
                self.withdraw(key, pair, "demoted", LOST[question])
                return
        self.ledger.rows.put(key, pair)

    def withdraw(self, key: str, pair: Pair, to_stage: Stage, reason: str) -> None:
        """Take a published rewrite back: a tombstone, a Decision, and a rest before it may come again."""
        ledger, settings = self.ledger, self.ledger.settings
        verdict = judgement.judge(ledger, pair, now=self.now, everything=True)
        live_key = ledger.live_key(pair.state, pair.source)
        live: Live = ledger.rows.get(live_key) or Live()
        live.rewrite, live.pair, live.withdrawn_at = None, "", self.now
        ledger.rows.put(live_key, live)
        ledger.timer(self.now + settings.forget_after_ms, live_key)
        self._play(pair.source, as_source=-1)
        self._play(pair.target, as_target=-1)
        self._change(pair, to_stage, reason, verdict)
        ledger.flush.outputs.append(Output(REWRITES, self._topic_key(pair), None))
        ledger.flush.count("withdrawn")
        if to_stage == "demoted":
            doublings = min(pair.attempts, COOL_OFF_DOUBLINGS_MAX)
            pair.cool_until = self.now + settings.cool_off_ms * 2**doublings
            pair.attempts += 1
            pair.base = judgement.base_of(ledger, pair)
        pair.watches = {}
        pair.reason = reason
        ledger.rows.put(key, pair)

    def expire(self, key: str) -> int | None:
        """Take back a rewrite whose source was not heard for long; return when to look again, None when it is gone."""
        live: Live | None = self.ledger.rows.get(key)
        if live is None:
            return None
        if live.rewrite is None:
            if live.withdrawn_at + self.ledger.settings.forget_after_ms <= self.now:
                self.ledger.rows.delete(key)
            return None
        pair = self.ledger.pair(live.pair)
        if pair is None:
            return None
        expires_at = self._last_seen(pair) + self.ledger.settings.expires_after_ms
        if expires_at > self.now:
            return expires_at
        self.withdraw(live.pair, pair, "expired", "unseen")
        return None

    def _last_seen(self, pair: Pair) -> int:
        node = self.ledger.node(pair.state, pair.source)
        return pair.last_seen if node is None else node.last_seen

    # -- said ------------------------------------------------------------------------------------------------------

    def _play(self, said: str, *, as_source: int = 0, as_target: int = 0) -> None:
        key = row_key("roles", self.ledger.name, said)
        roles: Roles = self.ledger.rows.get(key) or Roles()
        roles.as_source += as_source
        roles.as_target += as_target
        if roles.as_source or roles.as_target:
            self.ledger.rows.put(key, roles)
        else:
            self.ledger.rows.delete(key)

    def _change(self, pair: Pair, to_stage: Stage, reason: str, verdict: Verdict) -> None:
        if not verdict.questions:
            verdict = judgement.judge(self.ledger, pair, now=self.now, everything=True)
        from_stage, pair.stage = pair.stage, to_stage
        pair.changes += 1
        pair.evidence = self._evidence(pair, verdict)
        pair.history = [*pair.history, StageChange(self.now, from_stage, to_stage, reason)][-HISTORY_MAX:]
        shows_source = judgement.may_be_shown(self.ledger, self.ledger.text(pair.source))
        shows_target = judgement.may_be_shown(self.ledger, self.ledger.text(pair.target))
        decision = Decision(
            decision_id=_digest(rewrite_id(pair), str(self.now), str(pair.changes)),
            rewrite_id=rewrite_id(pair),
            tenant=pair.tenant,
            locale=pair.locale,
            domain=pair.domain,
            state=pair.state,
            source=pair.source if shows_source else "",
            target=pair.target if shows_target else "",
            meaning=pair.meaning if shows_source and shows_target else "",
            from_stage=from_stage,
            to_stage=to_stage,
            reason=reason,
            evidence=pair.evidence,
            decided_at=self.now,
            decided_by=self.decided_by,
            learner=LEARNER,
        )
        self.ledger.flush.outputs.append(Output(DECISIONS, f"{pair.tenant}|{pair.locale}", decision))
        self.ledger.flush.count(f"decisions.{to_stage}.{reason}")

    def _evidence(self, pair: Pair, verdict: Verdict) -> Evidence:
        text = self.ledger.text(pair.source)
        weakest = min(verdict.questions, key=lambda question: question.e_value, default=None)
        wins, losses = (0.0, 0.0) if weakest is None else (weakest.wins, weakest.losses)
        return Evidence(
            wins=wins,
            losses=losses,
            win_loss=None if not losses else round(wins / losses, 6),
            win_share_lower=round(evidence.win_share_lower(wins, losses, self.ledger.settings.alpha), 6),
            e_value=0.0 if weakest is None else weakest.e_value,
            users=0 if text is None else len(text.users),
            repairs=pair.repairs,
            absorption=verdict.absorption or 0.0,
            first_seen=pair.first_seen,
            last_seen=pair.last_seen,
            questions=verdict.questions,
        )

    @staticmethod
    def _topic_key(pair: Pair) -> str:
        return f"{pair.tenant}|{pair.locale}|{pair.state}|{pair.source}"


def rewrite_id(pair: Pair) -> str:
    """Return the id of a pair: the same for the same tenant, locale, state, source and meaning."""
    return _digest(pair.tenant, pair.locale, pair.state, pair.source, pair.meaning)


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
