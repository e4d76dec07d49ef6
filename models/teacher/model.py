"""The teacher: a folder, then windows to choices and pairs to probabilities. Knows no training and no stream.

A :class:`Teacher` is a ``streams.detect.scorer.Scorer`` as well, a slow one: it is made to teach, and to be asked now
and then.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from models import features, model_files
from models.calibrating import Calibration
from models.model_files import ModelFileError
from models.pairs import LATER_TURNS_MAX, Pair, Window, window_of
from models.teacher import encoders
from models.teacher.config import TeacherConfig
from models.teacher.heads import FAR_BELOW
from models.teacher.inputs import Reader, Row, batch_of
from models.teacher.network import Network
from models.torch_state import threads

FORMAT: Final = "reprise teacher 1"
"""What a teacher's file says it is."""

FILE: Final = "teacher.safetensors"
"""In the folder: all weights, and the description."""

ENCODER_FOLDER: Final = "encoder"
"""In the folder: the encoder's shape and its tokenizer."""

BATCH_SIZE: Final = 32
"""Windows of like length that are read together where that is allowed."""

RETRAIN: Final = "train it again with this version"


class Teacher:
    """A rephrase model that reads a whole window.

    Attributes:
        name: name and version.
        threshold: probability from which a pair is a rephrase.
        calibration: what its log odds of a pair mean.
        temperature: what scores of a window are divided by before they become shares.
        config: how it was made.
        description: more about that, as JSON can hold it.
        network: features and encoder.
        tokenizer: the encoder's.
    """

    def __init__(
        self,
        network: Network,
        tokenizer: Any,
        config: TeacherConfig,
        *,
        threshold: float = 0.5,
        calibration: Calibration | None = None,
        temperature: float = 1.0,
        description: Mapping[str, Any] | None = None,
    ) -> None:
        """Put a teacher together; :meth:`load` reads one from a folder.

        Raises:
            ValueError: the threshold is not between 0 and 1, or the temperature not above 0.
        """
        if not 0.0 < threshold < 1.0:
            message = f"threshold must be above 0 and below 1, not {threshold}"
            raise ValueError(message)
        if not 0.0 < temperature < float("inf"):
            message = f"temperature must be above 0, not {temperature}"
            raise ValueError(message)
        self.name = config.name
        self.threshold = threshold
        self.calibration = calibration or Calibration()
        self.temperature = temperature
        self.config = config
        self.description = dict(description or {})
        self.network = network.eval()
        self.tokenizer = tokenizer
        self._reader = Reader(tokenizer, config)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the teacher of a folder.

        Raises:
            ModelFileError: the folder holds none, or one that is broken or of another version; says what to do.
        """
        path = Path(folder) / FILE
        arrays, description = model_files.read(path)
        _check_kind(path, description)
        try:
            config = TeacherConfig.from_json(description["config"])
            tokenizer = encoders.load_tokenizer(path.parent / ENCODER_FOLDER)
            network = Network(encoders.untrained(path.parent / ENCODER_FOLDER), config)
            _fill(network, arrays)
            return cls(
                network,
                tokenizer,
                config,
                threshold=float(description["threshold"]),
                calibration=Calibration.from_json(description["calibration"]),
                temperature=float(description["temperature"]),
                description=description["description"],
            )
        except (KeyError, TypeError, ValueError, OSError, RuntimeError) as error:
            fault = str(error).strip().splitlines()[0]
            raise ModelFileError(path, f"is no whole teacher ({fault})", RETRAIN) from None

    def save(self, folder: Path) -> None:
        """Write the teacher with its encoder and tokenizer; the weights come last, so that half a folder is none.

        Raises:
            ModelFileError: the folder cannot be written.
        """
        place = Path(folder) / ENCODER_FOLDER
        encoder: Any = self.network.encoder
        try:
            place.mkdir(parents=True, exist_ok=True)
            encoder.config.save_pretrained(place)
            self.tokenizer.save_pretrained(place)
        except OSError as error:
            raise ModelFileError(place, f"cannot be written ({error.strerror})", "choose another place") from None
        arrays = {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}
        description = {
            "format": FORMAT,
            "features": features.VERSION,
            "columns": [column.name for column in features.COLUMNS],
            "config": self.config.to_json(),
            "threshold": self.threshold,
            "calibration": self.calibration.to_json(),
            "temperature": self.temperature,
            "description": self.description,
        }
        model_files.write(Path(folder) / FILE, arrays, description)

    def choose(self, windows: Sequence[Window]) -> NDArray[np.float32]:
        """Return how likely each later turn is the one that rewords the source.

        Windows of like length are read together, so that the last digits may depend on the others.

        Returns:
            Shape ``(n, 1 + LATER_TURNS_MAX)``, rows sum to 1; column 0 is that none does.
        """
        scores = self.scores(windows)
        for place, window in enumerate(windows):
            said = [bool(window.source.said and turn.said) for turn in window.later]
            scores[place, 1 : 1 + len(said)][~np.array(said)] = FAR_BELOW
        scaled = (scores - scores.max(axis=1, keepdims=True, initial=FAR_BELOW)) / self.temperature
        shares = np.exp(scaled)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return the probability that the second text of each pair rewords the first, shape ``(len(pairs),)``.

        A pure function of each pair, 0 when either text is empty. Pairs are read one at a time, without filling up:
        rounding in a matrix product depends on its shape, and so each product has the shape its own pair gives it.
        """
        return self._probabilities(pairs, 1)

    def estimates(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return what :meth:`score` does, but for the last digits, in about half the time: many pairs at once."""
        return self._probabilities(pairs, BATCH_SIZE)

    def scores(self, windows: Sequence[Window], batch_size: int = BATCH_SIZE) -> NDArray[np.float64]:
        """Return the network's scores of none and of each later turn, shape ``(n, 1 + LATER_TURNS_MAX)``."""
        return scores_of(self.network, self._reader.rows(windows), batch_size)

    def _probabilities(self, pairs: Sequence[Pair], batch_size: int) -> NDArray[np.float32]:
        scores = self.scores([window_of(pair) for pair in pairs], batch_size)
        said = np.fromiter((bool(pair.first and pair.second) for pair in pairs), np.bool_, len(pairs))
        locales = [pair.locale for pair in pairs]
        return np.where(said, self.calibration.probabilities(scores[:, 1] - scores[:, 0], locales), np.float32(0.0))


def is_teacher(folder: Path) -> bool:
    """Return whether a folder holds a teacher, whole or not, rather than an encoder."""
    return (Path(folder) / FILE).is_file()


def scores_of(network: Network, rows: Sequence[Row], batch_size: int = BATCH_SIZE) -> NDArray[np.float64]:
    """Return a network's scores of rows, shape ``(n, 1 + LATER_TURNS_MAX)``, on one thread."""
    scores = np.zeros((len(rows), 1 + LATER_TURNS_MAX), np.float64)
    network.eval()
    with threads(1), torch.inference_mode():
        for chosen in by_length(rows, batch_size):
            scores[chosen] = network(batch_of([rows[place] for place in chosen])).numpy()
    return scores


def by_length(rows: Sequence[Row], batch_size: int) -> Iterator[list[int]]:
    """Yield the places of rows in batches of like length, so that little is filled up."""
    order = sorted(range(len(rows)), key=lambda place: rows[place].length)
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def _check_kind(path: Path, description: Mapping[str, Any]) -> None:
    if description.get("format") != FORMAT:
        raise ModelFileError(path, "is no teacher", "use a folder that a teacher was saved to")
    columns = [column.name for column in features.COLUMNS]
    if description.get("features") != features.VERSION or description.get("columns") != columns:
        raise ModelFileError(path, f"looks at features of version {description.get('features')}", RETRAIN)


def _fill(network: Network, arrays: model_files.Arrays) -> None:
    """Take the weights of a file.

    Raises:
        ValueError: a weight is missing, too many, of another shape, or not finite.
    """
    wrong = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if wrong:
        message = f"{wrong[0]} holds what is no number"
        raise ValueError(message)
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: array.shape for name, array in arrays.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            message = f"{name} has shape {found.get(name)}, expected {expected.get(name)}"
            raise ValueError(message)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
