"""Plain words for what the stages say in codes and figures. Knows no file and no page."""

import unicodedata
from typing import Final

from schemas.records import Question
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


def question_words(question: Question, target: str) -> str:
    """Ask one of the three questions about a text, "it", in plain words."""
    asked = {
        "means": f"does it mean {quoted(target)}?",
        "fails": "does it fail here?",
        "works": f"does {quoted(target)} work here?",
    }
    return asked[question.question]


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


def printable(text: str) -> str:
    """Return a text that cannot steer the terminal: what people said may hold anything, escape codes too."""
    return "".join("\ufffd" if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text)


def short(number: float) -> str:
    """Return a number with about three digits that matter."""
    if number >= 1_000:  # noqa: PLR2004 - four digits before the point are enough
        return f"{number:,.0f}"
    return f"{number:.3g}"
