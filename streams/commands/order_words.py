"""Plain words for orders of people and for what follows from them. Knows no topic and no option."""

from collections.abc import Sequence
from typing import Final

from schemas.records import Policy
from streams.commands.in_force import Change, Entry
from streams.wording import at_state, printable, quoted

DONE: Final = {
    "kill": "killed",
    "block": "blocked",
    "allow": "allowed",
    "pin": "pinned",
    "erase": "erased",
    "set": "set",
}
"""What was done to what an order is about."""


def sentence(policy: Policy, changed: Change, about: Sequence[Entry]) -> str:
    """Say what follows from an order, in figures; a user it names is not told."""
    if policy.action == "erase":
        return "Ordered: every stage forgets this person."
    if policy.action == "set":
        return f"Set: `{policy.setting}` is {printable(policy.value)} for {about_words(policy)}."
    if policy.action == "pin":
        return f"Pinned: {about_words(policy)}; everybody who says it is served."
    if policy.user:
        return _personal(policy, about)
    if policy.action == "allow":
        return _allowed(changed.started)
    return _forbidden(DONE[policy.action].capitalize(), changed.stopped)


def forgotten_sentence(policy: Policy, changed: Change) -> str:
    """Say what follows from taking an order back."""
    said = f"Taken back, as if never given: {DONE[policy.action]} {about_words(policy)}."
    parts = [
        f"{rewrites(len(found))} {are(found)} {what}"
        for found, what in (
            (changed.stopped, "no longer served"),
            (changed.started, "served again"),
            (changed.replaced, "served with what was learned"),
        )
        if found
    ]
    return f"{said} {'; '.join(parts)}." if parts else said


def about_words(policy: Policy) -> str:
    """Say what an order is about; a user it names is not told."""
    named = [f"{name} {printable(text)}" for name in ("tenant", "locale", "domain") if (text := getattr(policy, name))]
    if policy.rewrite_id:
        named.append(f"rewrite {printable(policy.rewrite_id)}")
    if policy.source or policy.target:
        named.append(" to ".join(quoted(text) if text else "anything" for text in (policy.source, policy.target)))
    if policy.state or policy.action == "pin":
        named.append(at_state(policy.state))
    if policy.user:
        named.append("one user")
    return ", ".join(named) or "everything"


def rewrites(number: int) -> str:
    """Return a number of rewrites in words that agree with it."""
    return "1 rewrite" if number == 1 else f"{number:,} rewrites"


def are(found: Sequence[object]) -> str:
    """Return the verb that agrees with a number of things."""
    return "is" if len(found) == 1 else "are"


def _personal(policy: Policy, about: Sequence[Entry]) -> str:
    verb = "applied again" if policy.action == "allow" else "no longer applied"
    done = DONE[policy.action].capitalize()
    return f"{done} for this user: {rewrites(len(about))} published now {are(about)} {verb}."


def _forbidden(done: str, stopped: Sequence[Entry]) -> str:
    later = "what is learned later about the same is not served either, until it is allowed"
    if not stopped:
        return f"{done}: nothing that is served now is about it; {later}."
    return f"{done}: {rewrites(len(stopped))} {are(stopped)} no longer served; {later}."


def _allowed(started: Sequence[Entry]) -> str:
    if started:
        return f"Allowed: {rewrites(len(started))} {are(started)} served again."
    return "Allowed: nothing that is published now was held back; what was taken back comes when it is published again."
