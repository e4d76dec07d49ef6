"""What can be chosen about a recipe for rephrase models. Knows no data and no step."""

from typing import Final, Literal

import msgspec

from models.measuring import DRAWS

NO_TEACHER: Final = "none"
"""Says that the student learns from labels alone."""

Limit = Literal["own", "bundled+own"]


class Options(msgspec.Struct, frozen=True):
    """Choices; the same ones and the same data give the same bytes.

    Attributes:
        name: name and version of the student, written on every feedback; "" takes one from what the student is made of,
            so that two different students never have the same.
        seed: of all chance.
        windows: windows made from the bundled corpora to learn from; a tenth as many to set thresholds, and as many to
            measure on.
        limit_to: whether the student learns from the bundled corpora too.
        teacher: ``none``, or what ``models.teacher.encoders.find`` takes, or the folder of a trained teacher.
        teacher_share: how much of a label is the teacher's where both are known.
        own_share: how much of the total weight the user's own labelled pairs have, where others are learned from too.
        folds: parts that the user's own pairs are split into, by session, to measure on each what the others teach.
        epochs: of the student.
        buckets: rows of hashed words beside the features; words can betray what was learned from.
        teacher_windows: windows that the teacher learns from, the first ones.
        teacher_epochs: of the teacher; 0 is its default.
        draws: resamples of an interval.
        texts: whether the texts of pairs may go into the report.
        membership_auc: what an attack found that tells what was learned from, for the card; None where nobody attacked.
    """

    name: str = ""
    seed: int = 0
    windows: int = 20_000
    limit_to: Limit = "bundled+own"
    teacher: str = "minilm"
    teacher_share: float = 0.5
    own_share: float = 0.5
    folds: int = 5
    epochs: int = 30
    buckets: int = 0
    teacher_windows: int = 12_000
    teacher_epochs: int = 0
    draws: int = DRAWS
    texts: bool = True
    membership_auc: float | None = None

    @property
    def learns_from_bundled(self) -> bool:
        """Whether the student learns from the bundled corpora."""
        return self.limit_to == "bundled+own"
