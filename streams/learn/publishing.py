"""What leaves the learner: versions of rewrites, tombstones, decisions. Knows what was decided, not why.

Every publication is a new version of its key, with books of its own: outcomes of one version never speak for another.
Each change of stage is one Decision with its reason and the evidence it was made on, and must be a row of
``streams.learn.stages.CHANGES``. Texts appear in decisions only where the release rule lets them.
"""

from hashlib import blake2b

from schemas.limits import EPOCH_MS_MAX
from schemas.records import DecidedBy, Decision, Evidence, Origin, Rewrite, Stage
from streams.keys import rewrite_key
from streams.learn import attribution, evidence, holdings, judgement, trial
from streams.learn.judgement import Verdict
from streams.learn.ledger import Ledger
from streams.learn.rows import HISTORY_MAX, Live, Pair, Roles, Served, StageChange, row_key
from streams.learn.stages import LIVE, Effect, LiveStage, change_of
from streams.learn.trial import Standing
from streams.stage import Output
from streams.text import NORMALISER

LEARNER = "learner-2"
"""Version of the rules that decide; part of every rewrite and decision."""

REWRITES = "rewrites"
DECISIONS = "decisions"


class Publisher:
    """Writes rewrites and decisions of one chain, at one moment, because of one record."""

    def __init__(self, ledger: Ledger, decided_by: DecidedBy, now: int) -> None:
        self.ledger = ledger
        self.decided_by = decided_by
        self.now = now

    # -- rewrites --------------------------------------------------------------------------------------------------

    def publish(self, key: str, pair: Pair, stage: LiveStage, reason: str, *, verdict: Verdict, share: float) -> None:
        """Put a new version of a pair on the topic; a live one is replaced, and its trial ends here."""
        ledger = self.ledger
        live_key = ledger.live_key(pair.state, pair.source)
        live: Live = ledger.rows.get(live_key) or Live()
        found = self.evidence(pair, verdict)
        was_live = pair.stage in LIVE
        if live.rewrite is not None:
            attribution.end(ledger, live)
        live.version += 1
        live.pair = key
        live.rewrite = self._rewrite(pair, live.version, stage, share, found)
        ledger.rows.put(live_key, live)
        ledger.timer(min(live.rewrite.expires_at, self.now + ledger.settings.expires_after_ms), live_key)
        attribution.begin(ledger, rewrite_id(pair), live.version, key, self.now)
        if not was_live:
            self._play(pair.source, as_source=1)
            self._play(pair.target, as_target=1)
        self.change(pair, stage, reason, verdict, effect="publish", found=found)
        ledger.flush.outputs.append(Output(REWRITES, _topic_key(pair), live.rewrite))
        ledger.flush.count("published")

    def withdraw(self, pair: Pair, to_stage: Stage, reason: str) -> None:
        """Take a published rewrite back with a tombstone."""
        ledger = self.ledger
        verdict = judgement.judge(ledger, pair, now=self.now, everything=True)
        found = self.evidence(pair, verdict)
        live_key = ledger.live_key(pair.state, pair.source)
        live: Live = ledger.rows.get(live_key) or Live()
        attribution.end(ledger, live)
        live.rewrite, live.pair, live.withdrawn_at = None, "", self.now
        ledger.rows.put(live_key, live)
        ledger.timer(self.now + ledger.settings.forget_after_ms, live_key)
        self._play(pair.source, as_source=-1)
        self._play(pair.target, as_target=-1)
        self.change(pair, to_stage, reason, verdict, effect="withdraw", found=found)
        ledger.flush.outputs.append(Output(REWRITES, _topic_key(pair), None))
        ledger.flush.count("withdrawn")

    def _rewrite(self, pair: Pair, version: int, stage: LiveStage, share: float, found: Evidence) -> Rewrite:
        settings = self.ledger.settings
        origin: Origin = "manual" if stage == "pinned" else "learned"
        unseen_at = last_seen(self.ledger, pair) + settings.expires_after_ms
        return Rewrite(
            rewrite_id=rewrite_id(pair),
            version=version,
            tenant=pair.tenant,
            locale=pair.locale,
            domain=pair.domain,
            state=pair.state,
            source=pair.source,
            target=pair.wording or self._surface(pair.target),
            meaning=pair.meaning,
            normaliser=NORMALISER,
            stage=stage,
            share=share,
            origin=origin,
            evidence=found,
            decided_at=self.now,
            decided_by=self.decided_by,
            expires_at=EPOCH_MS_MAX if stage == "pinned" else unseen_at,
            learner=LEARNER,
        )

    def _surface(self, said: str) -> str:
        """Return the commonest spelling if it is most of them: a rare spelling could be one person's."""
        text = self.ledger.text(said)
        if text is None or not text.forms:
            return said
        form, times = min(text.forms.items(), key=lambda item: (-item[1], item[0]))
        return form if 2.0 * times > sum(text.forms.values()) else said

    def _play(self, said: str, *, as_source: int = 0, as_target: int = 0) -> None:
        key = row_key("roles", self.ledger.name, said)
        roles: Roles = self.ledger.rows.get(key) or Roles()
        roles.as_source += as_source
        roles.as_target += as_target
        if roles.as_source or roles.as_target:
            self.ledger.rows.put(key, roles)
        else:
            self.ledger.rows.delete(key)

    # -- decisions -------------------------------------------------------------------------------------------------

    def change(
        self,
        pair: Pair,
        to_stage: Stage,
        reason: str,
        verdict: Verdict,
        *,
        effect: Effect = "",
        found: Evidence | None = None,
    ) -> None:
        """Change a pair's stage and say so; the caller puts the pair.

        Raises:
            ValueError: the table of changes has no such change, or another effect for it.
        """
        row = change_of(pair.stage, to_stage, reason)
        if row.effect != effect:
            message = f"a change to {to_stage} because of {reason} must {row.effect or 'publish nothing'}"
            raise ValueError(message)
        if not verdict.questions:
            verdict = judgement.judge(self.ledger, pair, now=self.now, everything=True)
        from_stage, pair.stage = pair.stage, to_stage
        holdings.moved(self.ledger.holdings, from_stage, to_stage)
        pair.changes += 1
        pair.evidence = self.evidence(pair, verdict) if found is None else found
        pair.history = [*pair.history, StageChange(self.now, from_stage, to_stage, reason)][-HISTORY_MAX:]
        self.ledger.flush.outputs.append(self._decision(pair, from_stage, reason))
        self._tell(to_stage, reason)

    def _tell(self, to_stage: Stage, reason: str) -> None:
        """Count a decision, and how long after what people did it comes, if they and no timer or order made it."""
        flush, tipped_at = self.ledger.flush, self.ledger.tipped_at
        flush.count(f"decisions.{to_stage}.{reason}")
        if tipped_at is not None:
            flush.observe("decision_delay_ms", max(0, self.now - tipped_at))
            flush.caused("decision", self.decided_by.offset)

    def _decision(self, pair: Pair, from_stage: Stage, reason: str) -> Output:
        shows_source = bool(pair.wording) or judgement.may_be_shown(self.ledger, self.ledger.text(pair.source))
        shows_target = bool(pair.wording) or judgement.may_be_shown(self.ledger, self.ledger.text(pair.target))
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
            to_stage=pair.stage,
            reason=reason,
            evidence=pair.evidence or Evidence(),
            decided_at=self.now,
            decided_by=self.decided_by,
            learner=LEARNER,
        )
        return Output(DECISIONS, f"{pair.tenant}|{pair.locale}", decision)

    def evidence(self, pair: Pair, verdict: Verdict) -> Evidence:
        """Return what a change rests on: served pairs where there are any, else the weakest of the three questions."""
        text = self.ledger.text(pair.source)
        wins, losses, e_value, served = self._deciding(pair, verdict)
        return Evidence(
            wins=wins,
            losses=losses,
            win_loss=None if not losses else round(wins / losses, 6),
            win_share_lower=round(evidence.win_share_lower(wins, losses, self.ledger.settings.alpha), 6),
            e_value=e_value,
            treated_success=None if served is None else _rounded(served.treated_success),
            held_out_success=None if served is None else _rounded(served.held_out_success),
            users=0 if text is None else len(text.users),
            repairs=pair.repairs,
            absorption=verdict.absorption or 0.0,
            first_seen=pair.first_seen,
            last_seen=pair.last_seen,
            questions=verdict.questions,
            treated=0.0 if served is None else round(served.treated, 6),
            held_out=0.0 if served is None else round(served.held_out, 6),
        )

    def _deciding(self, pair: Pair, verdict: Verdict) -> tuple[float, float, float, Standing | None]:
        found = standing_of(self.ledger, pair)
        if found is not None and (found.treated or found.held_out):
            return found.pairs.wins, found.pairs.losses, found.pairs.e_value, found
        weakest = min(verdict.questions, key=lambda question: question.e_value, default=None)
        if weakest is None:
            return 0.0, 0.0, 0.0, None
        return weakest.wins, weakest.losses, weakest.e_value, None


def served_row(ledger: Ledger, pair: Pair) -> Served | None:
    """Return the served evidence of a pair's live version, None when it is not live."""
    live = ledger.live(pair.state, pair.source)
    if pair.stage not in LIVE or live is None or live.rewrite is None:
        return None
    row: Served | None = ledger.rows.get(attribution.served_key(ledger, rewrite_id(pair), live.version))
    return row


def standing_of(ledger: Ledger, pair: Pair) -> Standing | None:
    """Return what the served evidence of a pair's live version says, None when it is not live."""
    row = served_row(ledger, pair)
    if row is None:
        return None
    works = judgement.tally_works(ledger, pair, pair.target)
    target_success = trial.smoothed(works.wins, works.wins + works.losses)
    return trial.standing(row, ledger.settings, patience=ledger.patience(), target_success=target_success)


def last_seen(ledger: Ledger, pair: Pair) -> int:
    """Return when the source of a pair was last said, served turns included."""
    node = ledger.node(pair.state, pair.source)
    return pair.last_seen if node is None else max(pair.last_seen, node.last_seen)


def rewrite_id(pair: Pair) -> str:
    """Return the id of a pair: the same for the same tenant, locale, state, source and meaning."""
    return _digest(pair.tenant, pair.locale, pair.state, pair.source, pair.meaning)


def _topic_key(pair: Pair) -> str:
    return rewrite_key(pair.tenant, pair.locale, pair.state, pair.source)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 6)


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
