"""Makes windows of turns from real requests, for training and for measuring. Knows the corpora, no model."""

from random import Random
from typing import Final

from models.corpora.parts import checked
from models.corpora.requests import Request, pool
from models.pairs import Window, WindowTurn

CORRECTIONS: Final = 0.32
"""Of consecutive commands, this share corrects the one before (published)."""

FAILED_BEFORE_CORRECTION: Final = 0.82
FAILED_BEFORE_NEW: Final = 0.27


def windows(seed: int, count: int, part: str = "train") -> list[Window]:
    """Return windows with known answers; the same arguments give the same windows.

    Raises:
        ValueError: there is no such part.
    """
    chance = Random(f"{seed}|{part}")  # noqa: S311 - a sample, not a secret
    requests = pool(checked(part)).by_locale["en"]
    sources = [request for request in requests if len(request.wordings) > 1]
    return [_window(chance, requests, sources) for _ in range(count)]


def _window(chance: Random, requests: tuple[Request, ...], sources: list[Request]) -> Window:
    corrected = chance.random() < CORRECTIONS
    failed = chance.random() < (FAILED_BEFORE_CORRECTION if corrected else FAILED_BEFORE_NEW)
    request = chance.choice(sources)
    first, second = chance.sample([wording.text for wording in request.wordings], 2)
    if not corrected:
        second = chance.choice(chance.choice(requests).wordings).text
    reply = "Sorry, I did not understand that." if failed else "Okay."
    source = WindowTurn(first, reply if chance.random() < 0.7 else "", failed)
    later = (WindowTurn(second, gap_s=round(chance.lognormvariate(3.0, 0.7), 1)),)
    return Window(source, later, 0 if corrected else -1, "en", request.group, request.corpus)
