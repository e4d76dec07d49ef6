"""Every way a pair can change its stage, as one table. Knows names alone; the documentation is printed from it.

A change that is no row of the table cannot happen: whoever asks for it gets an error.
"""

from typing import Final, Literal, NamedTuple

from schemas.records import Stage

Effect = Literal["", "publish", "withdraw"]
"""What happens on the topic ``rewrites``: nothing, a new version, or a tombstone."""

LiveStage = Literal["trial", "promoted", "pinned"]

LIVE: Final[frozenset[Stage]] = frozenset({"trial", "promoted", "pinned"})
"""Stages in which a pair is published."""

RELEASE_HOLDS: Final = (
    "users_source", "users_target", "users_meaning", "not_released_source", "not_released_target",
)  # fmt: skip
"""What the release rule holds a pair back for."""

HOLDS: Final = (
    "guard_negation", "guard_number", "guard_protected", "guard_chain", "guard_taken",
    *RELEASE_HOLDS,
    "not_the_usual_destination",
)  # fmt: skip
"""What holds a pair back though all three questions pass."""

UNPROVEN: Final = (
    "too_few_repairs",
    "cooling_off",
    "meaning_uncertain",
    "source_works",
    "target_unproven",
    "no_target",
)
"""What keeps the three questions from passing."""


class Change(NamedTuple):
    """One row: from any of some stages to another, for any of some reasons."""

    from_stages: tuple[Stage, ...]
    to_stage: Stage
    reasons: tuple[str, ...]
    effect: Effect
    when: str


CHANGES: Final = (
    Change(
        ("none", "expired"), "candidate", ("repaired_by_enough_users",), "",
        "`repairs_min` people got the meaning in other words after the source had failed",
    ),
    Change(
        ("candidate", "demoted"), "shadow", HOLDS, "",
        "all three questions pass, and something else holds the pair back",
    ),
    Change(("shadow",), "candidate", UNPROVEN, "", "a question no longer passes"),
    Change(
        ("candidate", "shadow", "demoted"), "trial", ("evidence_passed",), "publish",
        "all three questions pass and nothing holds the pair back: served to `trial_share`",
    ),
    Change(
        ("trial",), "promoted", ("beat_hold_out",), "publish",
        "treated outcomes beat held-out ones by more than `win_loss_min`, and `treated_share` of what the target "
        "achieves itself: served to `promoted_share`",
    ),
    Change(
        ("trial",), "demoted", ("lost_to_hold_out",), "withdraw",
        "treated outcomes are shown not to beat held-out ones by `win_loss_min`",
    ),
    Change(
        ("trial",), "demoted", ("short_of_target",), "withdraw",
        "treated outcomes are shown not to reach `treated_share` of what the target achieves itself",
    ),
    Change(
        ("trial", "promoted"), "demoted", ("losing",), "withdraw",
        "treated outcomes have fallen below `watch_share` of what they were",
    ),
    Change(
        ("promoted",), "demoted", ("no_longer_wins",), "withdraw",
        "treated outcomes no longer beat held-out ones as they did",
    ),
    Change(
        ("trial", "promoted"), "demoted", ("source_works_now",), "withdraw",
        "the source is now accepted where it used to fail",
    ),
    Change(
        ("trial", "promoted"), "demoted", ("target_fails_now",), "withdraw",
        "the target, said by people themselves, now fails",
    ),
    Change(
        ("trial", "promoted"), "demoted", ("meaning_changed",), "withdraw",
        "people now mean something else by the source",
    ),
    Change(
        ("trial", "promoted"), "expired", ("unseen",), "withdraw",
        "nobody said the source for `expires_after_ms`",
    ),
    Change(
        ("trial", "promoted", "pinned"), "blocked", ("killed", "blocked"), "withdraw",
        "a person killed or blocked it",
    ),
    Change(
        ("none", "candidate", "shadow", "demoted", "expired"), "blocked", ("killed", "blocked"), "",
        "it would be published, and an order in force forbids it",
    ),
    Change(("blocked",), "candidate", ("allowed",), "", "no order forbids it any more"),
    Change(
        ("none", "candidate", "shadow", "trial", "promoted", "pinned", "demoted", "blocked", "expired"), "pinned",
        ("pinned",), "publish", "a person pinned it: served to everybody",
    ),
    Change(
        ("trial", "promoted", "pinned"), "shadow", ("pinned_otherwise",), "withdraw",
        "a person pinned another target for the same source",
    ),
    Change(("pinned",), "candidate", ("unpinned",), "withdraw", "the pin was taken away"),
)  # fmt: skip
"""Each change there is. A demoted pair rests for `cool_off_ms`, twice as long each time, and needs new evidence."""

_BY_CHANGE: Final = {
    (from_stage, change.to_stage, reason): change
    for change in CHANGES
    for from_stage in change.from_stages
    for reason in change.reasons
}


def change_of(from_stage: Stage, to_stage: Stage, reason: str) -> Change:
    """Return the row of a change.

    Raises:
        ValueError: there is no such change.
    """
    change = _BY_CHANGE.get((from_stage, to_stage, reason))
    if change is None:
        message = f"no pair goes from {from_stage} to {to_stage} because of {reason}"
        raise ValueError(message)
    return change


def as_markdown() -> str:
    """Return the table as the documentation shows it."""
    shown = {HOLDS: "a guard, the release rule, or `not_the_usual_destination`", UNPROVEN: "what a question lacks"}
    rows = ["| from | to | reason | on `rewrites` | when |", "| --- | --- | --- | --- | --- |"]
    effects = {"": "", "publish": "new version", "withdraw": "tombstone"}
    for change in CHANGES:
        reasons = shown.get(change.reasons) or ", ".join(f"`{reason}`" for reason in change.reasons)
        from_stages = ", ".join(change.from_stages)
        rows.append(f"| {from_stages} | {change.to_stage} | {reasons} | {effects[change.effect]} | {change.when} |")
    return "\n".join(rows)
