"""Plain words for what the stages say in codes and figures. Knows no file and no page."""

import unicodedata
from datetime import UTC, datetime
from typing import Final

from schemas.records import Decision, Evidence, Question, Rewrite
from streams.learn.rows import USERS_COUNTED_MAX

REASONS: Final[dict[str, str]] = {
    "repaired_by_enough_users": "enough people corrected themselves this way to look closer",
    "evidence_passed": "all three questions are answered beyond doubt",
    "too_few_repairs": "too few people corrected themselves this way",
    "cooling_off": "was taken back and rests for a while",
    "meaning_uncertain": "it is not sure enough what people mean by it",
    "source_works": "it is not sure enough that it fails here",
    "target_unproven": "it is not sure enough that what it would become works",
    "no_target": "no wording of this meaning was ever accepted here",
    "not_the_usual_destination": "attempts that start with it mostly end in something else",
    "guard_negation": "one of the two is a negation and the other is not",
    "guard_number": "the numbers in the two are not the same",
    "guard_protected": "the intent is protected and never rewritten",
    "guard_chain": "it would join another rewrite into a chain",
    "guard_taken": "another rewrite of the same words is already served",
    "users_source": "too few people said it to let it be shown",
    "users_target": "too few people said what it would become",
    "users_meaning": "too few people showed that they mean this",
    "not_released_source": "the privacy rule has not yet let its text out",
    "not_released_target": "the privacy rule has not yet let out the text it would become",
    "meaning_changed": "people began to mean something else by it",
    "source_works_now": "it works by itself now",
    "target_fails_now": "what it became stopped working",
    "unseen": "nobody said it for a long time",
    "beat_hold_out": "people it was served to got on better than those it was held back from",
    "lost_to_hold_out": "people it was served to did not get on enough better than those it was held back from",
    "short_of_target": "it works much less often than what it became does by itself",
    "losing": "what it became works less often than it did",
    "no_longer_wins": "people it is held back from now get on as well",
    "killed": "somebody killed it",
    "blocked": "somebody blocked it",
    "allowed": "nobody forbids it any more",
    "pinned": "somebody pinned it",
    "pinned_otherwise": "somebody pinned something else for the same words",
    "unpinned": "nobody pins it any more",
}
"""What a reason code means to somebody who has read no paper."""

FEEDBACK: Final[dict[str, str]] = {
    "asked_again": "the assistant asked the same question again",
    "rephrase": "the person said it in other words",
    "repeat": "the person said the same again",
    "barge_in": "the person interrupted the reply",
    "cancelled": "the person cancelled at once",
    "explicit_yes": "the person said it was right",
    "explicit_no": "the person said it was wrong",
    "playback": "the person listened on",
}
"""What a kind of feedback means."""

STAGES: Final[dict[str, str]] = {
    "none": "not looked at",
    "candidate": "being watched",
    "shadow": "proven, but held back",
    "trial": "published, on trial",
    "promoted": "published, proven",
    "pinned": "published by hand",
    "demoted": "taken back",
    "blocked": "blocked by hand",
    "expired": "expired",
}
"""What a stage means."""

ODDS_SHOWN_MAX: Final = 1_000_000
"""Nobody compares odds beyond a million."""


def reason_words(reason: str) -> str:
    """Return a reason in plain words, an unknown one with its underscores opened up."""
    return REASONS.get(reason, reason.replace("_", " "))


def stage_words(stage: str) -> str:
    """Return a stage in plain words."""
    return STAGES.get(stage, stage)


def quoted(text: str) -> str:
    """Return a text in quotation marks, safe to print."""
    return f"“{printable(text)}”"


def at_state(state: str) -> str:
    """Say at which question something was said."""
    return f"when asked {quoted(state)}" if state else "when nothing was asked"


def question_words(question: Question, target: str | None) -> str:
    """Ask one of the three questions about a text, "it", in plain words; a target of None may not be shown."""
    said = "the other text" if target is None else quoted(target)
    asked = {
        "means": f"does it mean {said}?",
        "fails": "does it fail here?",
        "works": f"does {said} work here?",
    }
    return asked[question.question]


def question_sentence(question: Question, needed: float, target: str | None) -> str:
    """Say how one of the three questions stands."""
    asked = question_words(question, target)
    answer = "yes" if question.e_value >= needed else "not sure yet"
    counts = f"{short(question.wins)} for, {short(question.losses)} against"
    return f"{asked[0].upper()}{asked[1:]} {counts}: {odds(question.e_value)}, {odds(needed)} needed, so {answer}."


def heard_as(source: str | None, target: str | None, state: str) -> str:
    """Name a pair, as far as its texts may be shown."""
    said, run = (quoted(text) if text else "a text that may not be shown" for text in (source, target))
    return f"{said} as {run} {at_state(state)}"


def evidence_sentences(evidence: Evidence) -> tuple[str, ...]:
    """Say what a decision, or what is published, rests on."""
    times = "once" if evidence.repairs == 1 else f"{short(evidence.repairs)} times"
    seen = f"{people(evidence.users)} said it, and {times} somebody put it right in the other words."
    if not (evidence.treated or evidence.held_out):
        weakest = min(evidence.questions, key=lambda question: question.e_value, default=None)
        if weakest is None:
            return (seen,)
        return (seen, f"The least certain of the three questions stands at {odds(weakest.e_value)}.")
    served = f"Served, {share_words(evidence.treated_success)} of {short(evidence.treated)} outcomes were good"
    held_back = f"held back, {share_words(evidence.held_out_success)} of {short(evidence.held_out)}"
    record = f"Of the pairs that decide it won {short(evidence.wins)} and lost {short(evidence.losses)}"
    lower = f"so that it truly wins at least {share_words(evidence.win_share_lower)}"
    return seen, f"{served}; {held_back}.", f"{record}, {lower}."


def rewrite_sentences(rewrite: Rewrite) -> tuple[str, ...]:
    """Say what a published rewrite does, for how many, and what it rests on."""
    pair = heard_as(rewrite.source, rewrite.target, rewrite.state)
    served = f"{share_words(rewrite.share)} of the people who say it are served; the others are held back to compare"
    told = f"Hears {pair}: {stage_words(rewrite.stage)}."
    if rewrite.stage == "pinned":
        return told, "Everybody who says it is served, because a person said so."
    return (told, f"{served}.", *evidence_sentences(rewrite.evidence))


def decision_sentences(decision: Decision) -> tuple[str, ...]:
    """Say what changed, why, and on which evidence."""
    pair = heard_as(decision.source or None, decision.target or None, decision.state)
    became = f"{stage_words(decision.from_stage)} before, now {stage_words(decision.to_stage)}"
    changed = f"Hearing {pair}: {became}, because {reason_words(decision.reason)}."
    return (changed, *evidence_sentences(decision.evidence))


def standing_sentences(users: int, accepted: float, failed: float, usual: str | None) -> tuple[str, ...]:
    """Say how a text fares at a question: who said it, what it means, how often it fails."""
    days = accepted + failed
    fails = f"It failed on {short(failed)} of {short(days)} person-days." if days else "How it ends is open."
    means = "" if usual is None else f"; it usually means {quoted(usual)}"
    return f"{people(users)} said it somewhere{means}.", fails


def share_words(share: float | None) -> str:
    """Return a share as per cent; nothing was counted where it is None."""
    return "none" if share is None else f"{share:.0%}"


def odds(e_value: float) -> str:
    """Return an e-value as odds for or against, such as 35:1 or 1:4."""
    if e_value > ODDS_SHOWN_MAX:
        return f">{ODDS_SHOWN_MAX:,}:1"
    if e_value < 1 / ODDS_SHOWN_MAX:
        return f"<1:{ODDS_SHOWN_MAX:,}"
    return f"{short(e_value)}:1" if e_value >= 1 else f"1:{short(1 / e_value)}"


def people(number: int) -> str:
    """Return a number of people in words that agree with it."""
    return "1 person" if number == 1 else f"{counted(number)} people"


def counted(users: int) -> str:
    """Return a number of users; the learner stops counting at a limit."""
    return f"{USERS_COUNTED_MAX} or more" if users >= USERS_COUNTED_MAX else str(users)


def minute(at_ms: int) -> str:
    """Return a time as a table has it: in UTC, to the minute."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def instant(at_ms: int) -> str:
    """Return a time as programs read it: in UTC, to the millisecond."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def printable(text: str) -> str:
    """Return a text that cannot steer the terminal: what people said may hold anything, escape codes too."""
    return "".join("\ufffd" if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text)


def short(number: float) -> str:
    """Return a number with about three digits that matter."""
    if number >= 1_000:  # noqa: PLR2004 - four digits before the point are enough
        return f"{number:,.0f}"
    return f"{number:.3g}"
