"""Plain words and numbers for the report: what labels of the truth mean, and what its terms are. Knows no result."""

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.records import Stage

FAULTS: Final[dict[str, str]] = {
    "unknown_source": "nobody ever said its source",
    "unknown_target": "nobody ever said its target",
    "mixed_meaning": "people mean different things by it",
    "source_works": "it works without help",
    "wrong_meaning": "the target means something else",
    "target_fails": "the target does not work either",
    "negation_changed": "one is a negation and the other is not",
    "number_changed": "the numbers differ",
    "protected": "its intent is protected",
}
"""Why a pair is wrong in truth, by the name of the fault."""

TRAPS: Final[dict[str, str]] = {
    "mixed": "one wording with two meanings",
    "no for now": "a true “no” that sounds like “now”",
    "number": "a number that sounds like another",
    "on and off": "two wordings that sound alike and do the opposite",
    "protected": "a wording that touches a protected intent",
    "followed": "a request that works and is often followed by another",
    "not offered": "a request that is understood but not offered",
    "enjoyed": "a request that people like to say again",
}
"""What a simulated trap is, by its label."""

DRIFTS: Final[dict[str, str]] = {
    "fixed": "the source began to work by itself",
    "broken": "the target stopped working",
    "flipped": "other words came to be heard as it",
    "preferred": "people began to mean something else by it",
}
"""What changed in the simulated world, by the label of the drift."""

STAGES: Final[dict[Stage, str]] = {
    "none": "not looked at",
    "candidate": "under observation",
    "shadow": "proven, but held back",
    "trial": "on trial",
    "promoted": "promoted",
    "pinned": "published by hand",
    "demoted": "taken back",
    "blocked": "blocked by hand",
    "expired": "expired",
}
"""What a stage is called on the page."""

GLOSSARY: Final[tuple[tuple[str, str], ...]] = (
    ("Rewrite", "A text that is run as another one, because people who said the first turned out to mean the second."),
    ("Source, target", "What was heard, and what is run instead."),
    ("Defect", "A turn after which the person did not get what was meant. The simulation knows it for each turn."),
    ("Hold-out", "A part of eligible turns not rewritten, chosen by chance. It shows what would have happened."),
    ("Treated, held out", "Turns that were run as rewritten, and turns that could have been but were not."),
    ("Pair of outcomes", "The first treated outcome of a rewrite with its first held-out one, and so on."),
    ("Win", "In a pair of outcomes, the treated turn succeeded and the held-out one failed."),
    ("Loss", "The reverse: the rewrite did harm. Pairs in which both did the same say nothing."),
    ("Confidence sequence", "An interval that holds the true value on all days at once, so daily looks are fair."),
    ("Always valid", "A test or interval that one may look at after every outcome and stop when one likes."),
    ("Candidate", "A pair that enough people repaired the same way to look closer."),
    ("Trial", "Served to half of the eligible turns, to compare with the other half."),
    ("Promoted", "Passed its trial and is served to most eligible turns. A small part stays held out."),
    ("Taken back", "No longer served. It rests for a while that doubles each time, and then needs new evidence."),
    ("Drift", "The simulated world changes on the way: texts begin or cease to work, or come to mean something else."),
    ("Trap", "A text that people's reactions suggest to rewrite although that would be wrong."),
    ("Needless", "A wrong rewrite whose source works by itself: it does no harm, and no good."),
    ("Release rule", "No text is shown before enough different people said it."),
)  # fmt: skip
"""Terms of the page, in the order in which a reader needs them."""


def said(labels: Sequence[str], words: Mapping[str, str]) -> str:
    """Return labels in plain words, unknown ones with their underscores opened up."""
    return ", ".join(words.get(label, label.replace("_", " ")) for label in labels)
