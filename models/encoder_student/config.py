"""What can be chosen about a teacher cut short and its training. Knows no torch and no data."""

from dataclasses import dataclass

from models.ranges import check_ranges


@dataclass(frozen=True, slots=True)
class ShortConfig:
    """Shape and training of a teacher cut short.

    Attributes:
        name: name and version, written wherever it scores.
        layers: of the teacher, from 0: each layer of the student begins as one of these, and learns to put out what
            that one does.
        internal_share: share of the steps in which layers learn from layers; 0 learns from the output alone.
        epochs: times every window is learned from.
        learning_rate: of the encoder's layers, at its highest.
        head_learning_rate: of all else.
        temperature: what the scores of both are divided by before they are compared.
        answers_share: how much of the loss is about the right answers, where they are known; the rest is about what
            the teacher says.
        seed: the same seed, teacher and windows give the same student on the same machine.
    """

    name: str = "short-teacher-1"
    layers: tuple[int, ...] = (2, 5)
    internal_share: float = 0.5
    epochs: int = 2
    learning_rate: float = 2e-4
    head_learning_rate: float = 5e-4
    temperature: float = 2.0
    answers_share: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            ValueError: a value is out of its range; the message names it.
        """
        if not self.layers or any(layer < 0 for layer in self.layers) or list(self.layers) != sorted(set(self.layers)):
            message = f"layers must be rising numbers from 0, not {self.layers}"
            raise ValueError(message)
        ranges = (
            ("internal_share", self.internal_share, 0.0, 1.0),
            ("epochs", self.epochs, 1, 10_000),
            ("learning_rate", self.learning_rate, 0.0, 1.0),
            ("head_learning_rate", self.head_learning_rate, 0.0, 1.0),
            ("temperature", self.temperature, 0.1, 100.0),
            ("answers_share", self.answers_share, 0.0, 1.0),
        )
        check_ranges(ranges)
