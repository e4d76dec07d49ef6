"""Measures how alike unrelated and reworded requests are, by language: the source of the rephrase rules' constants.

    python tests/bench/calibrate.py FILE...

Files of JSON lines of three published corpora are understood: Home Assistant Intents (one group of rewordings a line,
``{"locale", "intent", "sentences"}``; CC BY 4.0), SLURP (one recognised recording a line, ``{"slurp_id", "scenario",
"action", "asr"}``; Bastianelli et al., EMNLP 2020; CC BY 4.0) and Alexa contextual query rewrites (``{"intent",
"crowd_rewrites"}``; Regan et al., arXiv:1903.11783; MIT-0). Prints the table for ``streams/likeness.py``, the
two numbers of the curve in ``streams/detect/rephrase.py``, and what the table achieves.
"""

import gzip
import itertools
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.corpora.benchmarks import rewordings
from streams.likeness import likeness
from streams.text import language_of, normalise, similarity

GROUPS_MIN = 40
"""Groups below which a locale's own quantiles say more about the few intents it has than about the language."""

PAIRS = 12_000
Texts = tuple[str, str]
Source = tuple[str, str]


class Group(NamedTuple):
    """Sentences that ask for one thing; groups of one intent and the same slots may ask for the same thing."""

    intent: str
    sentences: tuple[str, ...]
    slots: str = ""


class Pairs(NamedTuple):
    """Pairs of a locale: rewordings, other requests of the same intent, and any two requests."""

    reworded: list[Texts]
    same_intent: list[Texts]
    unrelated: list[Texts]


def read(paths: Iterable[Path]) -> dict[Source, list[Group]]:
    """Return the groups of rewordings in files of JSON lines, by file and locale, normalised."""
    groups: dict[Source, dict[str, Group]] = defaultdict(dict)
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, row in enumerate(map(json.loads, lines)):
                name, intent, sentences = _group_of(row, number)
                locale = row.get("locale", "en")
                known = groups[path.name, locale].get(name, Group(intent, ()))
                texts = {normalise(sentence, locale) for sentence in sentences} - {""}
                found = Group(intent, tuple(sorted({*known.sentences, *texts})), _slots_of(row))
                groups[path.name, locale][name] = found
    return {source: [group for group in parts.values() if group.sentences] for source, parts in groups.items()}


def _group_of(row: dict[str, Any], number: int) -> tuple[str, str, list[str]]:
    if "slurp_id" in row:
        heard = row["asr"].replace("< unk >", " ").replace("._", " ")
        return str(row["slurp_id"]), f"{row['scenario']}.{row['action']}", [heard]
    return (
        str(number),
        row.get("intent") or row.get("file", ""),
        row.get("sentences") or row.get("crowd_rewrites") or [],
    )


def _slots_of(row: dict[str, Any]) -> str:
    """Return what a request is about, comparable."""
    held = row.get("slots") or row.get("entities") or row.get("gold_slots") or []
    return json.dumps(held if isinstance(held, dict) else sorted(map(json.dumps, held)), sort_keys=True)


def pairs_of(groups: Sequence[Group], draws: int = PAIRS, seed: int = 7) -> Pairs:
    """Draw pairs: some rewordings of each group, and two requests at random, the same intent or any."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    reworded = list(itertools.chain.from_iterable(rewordings(chance, group.sentences) for group in groups))
    same_intent, unrelated = [], []
    for _ in range(draws if len(groups) > 1 else 0):
        one, other = chance.sample(range(len(groups)), 2)
        texts = chance.choice(groups[one].sentences), chance.choice(groups[other].sentences)
        if texts[0] != texts[1]:
            unrelated.append(texts)
            if groups[one].intent == groups[other].intent:
                same_intent.append(texts)
    return Pairs(reworded, same_intent, unrelated)


def quantiles(pairs: Sequence[Texts], locale: str) -> tuple[float, float]:
    """Return the median similarity of pairs and the value that one in twenty exceeds."""
    values = np.array([similarity(*texts, locale) for texts in pairs])
    return float(np.median(values)), float(np.quantile(values, 0.95))


def curve(samples: Sequence[tuple[str, Pairs]]) -> tuple[float, float]:
    """Fit ``log odds = intercept + slope * likeness`` of rewordings against requests that are none.

    Half of the others share the intent, as a person's next request often does. Every locale weighs the same.
    """
    columns: list[tuple[NDArray[np.float64], float, float]] = []
    for locale, pairs in samples:
        for texts, sign, weight in ((pairs.reworded, 1, 1.0), (pairs.same_intent, -1, 0.5), (pairs.unrelated, -1, 0.5)):
            values = np.array([likeness(first, second, locale) for first, second in texts])
            columns.append((values, sign, weight / max(len(texts), 1)))
    values = np.concatenate([part for part, _, _ in columns])
    signs = np.concatenate([np.full(len(part), sign) for part, sign, _ in columns])
    weights = np.concatenate([np.full(len(part), weight) for part, _, weight in columns])

    def loss(line: NDArray[np.float64]) -> float:
        return float((weights * np.logaddexp(0.0, -signs * (line[0] + line[1] * values))).sum())

    intercept, slope = minimize(loss, np.zeros(2), method="BFGS").x
    return float(intercept), float(slope)


def recall_at(pairs: Pairs, locale: str, limit: float) -> tuple[float, float, float]:
    """Return the shares of rewordings, same-intent pairs and unrelated pairs whose likeness reaches a limit."""
    shares = []
    for texts in pairs:
        reached = [likeness(first, second, locale) >= limit for first, second in texts]
        shares.append(sum(reached) / len(reached) if reached else float("nan"))
    return shares[0], shares[1], shares[2]


def report(groups: dict[Source, list[Group]]) -> Iterator[str]:
    """Yield the lines of the report."""
    samples = {source: pairs_of(parts) for source, parts in sorted(groups.items())}
    large = [source for source, parts in sorted(groups.items()) if len(parts) >= GROUPS_MIN]
    yield f"{'':28}groups  median   95 %   with likeness >= 1: rewordings  same intent  unrelated"
    for source, pairs in samples.items():
        median, high = quantiles(pairs.unrelated, source[1]) if pairs.unrelated else (float("nan"), float("nan"))
        shares = "  ".join(f"{share:11.3f}" for share in recall_at(pairs, source[1], 1.0))
        mark = "" if source in large else "   (too few groups for constants)"
        name = f"{language_of(source[1]):4}{source[0]:24}"
        yield f"{name}{len(groups[source]):6}  {median:6.3f}  {high:6.3f}{'':18}{shares}{mark}"
    intercept, slope = curve([(source[1], samples[source]) for source in large])
    yield f"curve: intercept {intercept:.2f}, slope {slope:.2f}"


if __name__ == "__main__":
    sys.stdout.writelines(line + "\n" for line in report(read(map(Path, sys.argv[1:]))))
