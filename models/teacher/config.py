"""What can be chosen about a teacher and its training. Knows no torch and no data."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import msgspec

from models.ranges import check_ranges

Head = Literal["pointer", "span"]

TOKENS_MIN: Final = 16
"""A window of four later turns keeps a word or two of each."""

TOKENS_MAX: Final = 512
"""Places that encoders of this kind know."""


@dataclass(frozen=True, slots=True)
class TeacherConfig:
    """Shape and training of a teacher.

    Attributes:
        name: name and version, written wherever it scores.
        encoder: what :func:`models.teacher.encoders.find` takes.
        head: ``pointer``, one score a turn; ``span``, starts and ends over tokens, a turn scores what its spans do.
        tokens_max: of a window; longer parts are cut first.
        said_tokens_max: of what a person said.
        reply_tokens_max: of a reply; its opening says whether it apologises.
        layers_trained: upper layers of the encoder that learn; those below and the word vectors stay as they are.
        width: numbers in the hidden layers of the heads.
        windows_single_share: share of windows that are cut to one later turn, as a pair looks in the stream.
        feature_epochs: times every pair is learned from before the encoder is asked at all.
        epochs: times every window is learned from with the encoder.
        batch_size: windows a step.
        learning_rate: of what has learned before, the encoder's layers and the features, at its highest.
        head_learning_rate: of all that is new.
        weight_decay: how strongly weights are drawn to 0 (AdamW).
        dropout: share of numbers left out before the heads while training.
        warm_up: share of steps in which the learning rate rises; afterwards it falls to 0 along a line.
        gradient_norm_max: longer gradients are cut to this length.
        patience: epochs without a lower loss on validation after which training stops.
        seed: the same seed and windows give the same model on the same machine.
        threads: of torch while training, 1 or 2; two are quicker only where nothing else runs, and much slower where
            something does.
    """

    name: str = "teacher-1"
    encoder: str = "minilm"
    head: Head = "pointer"
    tokens_max: int = 160
    said_tokens_max: int = 32
    reply_tokens_max: int = 24
    layers_trained: int = 2
    width: int = 64
    windows_single_share: float = 0.5
    feature_epochs: int = 20
    epochs: int = 2
    batch_size: int = 32
    learning_rate: float = 1e-4
    head_learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    dropout: float = 0.1
    warm_up: float = 0.1
    gradient_norm_max: float = 1.0
    patience: int = 1
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            ValueError: a value is out of its range; the message names it.
        """
        if self.head not in ("pointer", "span"):
            message = f"head must be pointer or span, not {self.head}"
            raise ValueError(message)
        ranges = (
            ("tokens_max", self.tokens_max, TOKENS_MIN, TOKENS_MAX),
            ("said_tokens_max", self.said_tokens_max, 1, TOKENS_MAX),
            ("reply_tokens_max", self.reply_tokens_max, 0, TOKENS_MAX),
            ("layers_trained", self.layers_trained, 0, 100),
            ("width", self.width, 1, 4096),
            ("windows_single_share", self.windows_single_share, 0.0, 1.0),
            ("feature_epochs", self.feature_epochs, 0, 10_000),
            ("epochs", self.epochs, 0, 10_000),
            ("batch_size", self.batch_size, 1, 1 << 16),
            ("learning_rate", self.learning_rate, 0.0, 1.0),
            ("head_learning_rate", self.head_learning_rate, 0.0, 1.0),
            ("weight_decay", self.weight_decay, 0.0, 10.0),
            ("dropout", self.dropout, 0.0, 0.9),
            ("warm_up", self.warm_up, 0.0, 1.0),
            ("gradient_norm_max", self.gradient_norm_max, 1e-6, 1e6),
            ("patience", self.patience, 1, 10_000),
            ("threads", self.threads, 1, 2),
        )
        check_ranges(ranges)

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads."""
        return asdict(self)

    @staticmethod
    def from_json(value: Any) -> "TeacherConfig":
        """Return a configuration from what :meth:`to_json` returned.

        Raises:
            ValueError: it is not one; the message names the field.
        """
        return msgspec.convert(value, TeacherConfig)
