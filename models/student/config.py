"""What can be chosen about a student and its training. Knows no torch and no data."""

from dataclasses import dataclass
from typing import Final

from models.ranges import check_ranges

WIDTH_MAX: Final = 128
"""Numbers that enter one layer: more, and its sums would no longer be exact (see ``models.student.exact``)."""


@dataclass(frozen=True, slots=True)
class StudentConfig:
    """Shape and training of a student.

    Attributes:
        hidden: width of each hidden layer, one after the other; none makes a logistic regression.
        buckets: rows of a hashed embedding of words beside the features, 0 for none. It adds little to what the
            features tell, and it can be asked whether a text was trained on: use it only where that may be known.
        dimension: numbers per row of that embedding.
        dropout: share of columns that a pair hides while it is learned from. What can be relied on differs between
            assistants; who never sees all columns leans on none alone.
        epochs: times every pair is learned from.
        batch_size: pairs per step.
        learning_rate: of the first step; it falls to 0 along a cosine.
        weight_decay: how strongly weights are drawn to 0 (AdamW).
        seed: the same seed and pairs give the same model.
        threads: of torch, 1 or 2.
    """

    hidden: tuple[int, ...] = (64, 32)
    buckets: int = 0
    dimension: int = 8
    dropout: float = 0.2
    epochs: int = 30
    batch_size: int = 1024
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            ValueError: a value is out of its range; the message names it.
        """
        ranges = (
            *((f"hidden[{index}]", width, 1, WIDTH_MAX) for index, width in enumerate(self.hidden)),
            ("buckets", self.buckets, 0, 1 << 20),
            ("dimension", self.dimension, 1, WIDTH_MAX // 2),
            ("dropout", self.dropout, 0.0, 0.9),
            ("epochs", self.epochs, 1, 10_000),
            ("batch_size", self.batch_size, 1, 1 << 20),
            ("learning_rate", self.learning_rate, 1e-6, 1.0),
            ("weight_decay", self.weight_decay, 0.0, 10.0),
            ("threads", self.threads, 1, 2),
        )
        check_ranges(ranges)
