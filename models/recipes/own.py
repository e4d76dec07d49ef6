"""A user's own labelled pairs among others: how much they weigh, and how they are split. Knows pairs, no model."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from models.pairs import Example
from models.recipes.data import UnusableDataError
from models.recipes.options import NO_TEACHER, Options

FOLDS_MIN = 2


def weighed(own: Sequence[Example], others: Sequence[Example], share: float) -> list[Example]:
    """Return the own pairs with weights that sum to a share of the total; among themselves they weigh as before.

    Raises:
        UnusableDataError: the share is not above 0 and below 1.
    """
    if not 0.0 < share < 1.0:
        message = f"the share of own pairs must be above 0 and below 1, not {share}"
        raise UnusableDataError(message)
    own_total, others_total = (sum(example.weight for example in each) for each in (own, others))
    if not own_total or not others_total:
        return list(own)
    factor = share / (1.0 - share) * others_total / own_total
    return [msgspec.structs.replace(example, weight=example.weight * factor) for example in own]


def folds_of(examples: Sequence[Example], count: int) -> list[int]:
    """Return the fold of each pair, 0 to less than ``count``: groups whole, folds as equal as that allows.

    The largest group goes first, each to the fold with fewest pairs so far; ties are broken by name and number.

    Raises:
        UnusableDataError: there are fewer groups than two folds need.
    """
    sizes = Counter(example.group for example in examples)
    folds = min(count, len(sizes))
    if folds < FOLDS_MIN:
        message = (
            "all labelled pairs are of one group: give `session` in each, the same for what one person said in a row"
        )
        raise UnusableDataError(message)
    filled = [0] * folds
    fold_of: dict[str, int] = {}
    for group, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        fold_of[group] = filled.index(min(filled))
        filled[fold_of[group]] += size
    return [fold_of[example.group] for example in examples]


def check_own(labelled: Sequence[Example], options: Options, *, has_turns: bool) -> None:
    """Refuse what a user brought where it cannot be used.

    Raises:
        UnusableDataError: the message says what to give instead.
    """
    if has_turns and options.teacher == NO_TEACHER:
        message = "turn logs carry no labels, so a teacher must give them: choose one, or label pairs instead"
        raise UnusableDataError(message)
    if not labelled and not options.learns_from_bundled:
        message = "there is nothing to learn from but your own pairs, and none are labelled: give some"
        raise UnusableDataError(message)
    if labelled and len({example.label for example in labelled}) == 1:
        message = "all labelled pairs have the same `label`: give some that reword, 1, and some that do not, 0"
        raise UnusableDataError(message)
    if labelled:
        _check_folds(labelled, options)


def _check_folds(labelled: Sequence[Example], options: Options) -> None:
    folds = folds_of(labelled, options.folds)
    for fold in range(max(folds) + 1):
        rest = {example.label for example, place in zip(labelled, folds, strict=True) if place != fold}
        if len(rest) == 1 and not options.learns_from_bundled:
            message = (
                "without one fold of sessions, all labelled pairs have the same `label`: give more, or fewer folds"
            )
            raise UnusableDataError(message)
