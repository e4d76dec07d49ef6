"""Scores pairs that come as JSON objects, for the command line. Knows a scorer, no file and no stream."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from models.pairs import GAP_S_MIN, gap_of
from schemas import limits
from schemas.records import Locale, Said
from streams.detect.scorer import Pair, Scorer
from streams.text import normalise

GAP_S_MAX = 31_536_000
"""Seconds of a year: a longer gap is a time in another unit."""

PROBABILITY_DIGITS = 6
"""Digits after the point of a probability: more than its calibration, enough to keep the order."""


ThresholdIn = Callable[[str], float]
"""Locale to the probability from which a pair is a rephrase."""


class ScoreRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two texts of one person as heard, and what happened in between.

    Attributes:
        first: the earlier text.
        second: the later text.
        reply: the assistant's words in between.
        first_failed: the reply says so (not understood, failed, asked again).
        gap_s: seconds from the first to the second, 0 unknown; a little below 0 where their recordings overlap.
        locale: BCP 47 tag of the person.
        same_question: both answer the same open question, or neither answers any.
        barge_in: the second interrupted the reply.
    """

    first: Said
    second: Said
    reply: Annotated[str, msgspec.Meta(max_length=limits.REPLY_LENGTH_MAX)] = ""
    first_failed: bool = False
    gap_s: Annotated[float, msgspec.Meta(ge=GAP_S_MIN, le=GAP_S_MAX)] = 0.0
    locale: Locale = "en"
    same_question: bool = True
    barge_in: bool = False


def request_of(given: Mapping[str, Any]) -> ScoreRequest:
    """Return a decoded JSON object as a request.

    Raises:
        ValueError: a field is missing, unknown or out of range; the message names it.
    """
    return msgspec.convert(given, ScoreRequest)


def pair_of(request: ScoreRequest) -> Pair:
    """Return what a rephrase model sees of a request: the same with its texts normalised."""
    return Pair(
        first=normalise(request.first, request.locale),
        second=normalise(request.second, request.locale),
        locale=request.locale,
        reply=request.reply,
        first_failed=request.first_failed,
        gap_s=gap_of(request.gap_s),
        same_question=request.same_question,
        barge_in=request.barge_in,
    )


def score_requests(
    requests: Sequence[Mapping[str, Any]], scorer: Scorer, threshold_in: ThresholdIn | None = None
) -> list[dict[str, Any]]:
    """Return each object with ``rephrase``, its probability, and ``is_rephrase``, the verdict at the threshold.

    Args:
        requests: decoded JSON objects.
        scorer: the model.
        threshold_in: the threshold by locale; the model's own everywhere when None.

    Raises:
        ValueError: an object is no request; the message names the field.
    """
    pairs = [pair_of(request_of(given)) for given in requests]
    probabilities = scorer.score(pairs)
    thresholds = [scorer.threshold if threshold_in is None else threshold_in(pair.locale) for pair in pairs]
    return [
        {
            **given,
            "rephrase": round(float(probability), PROBABILITY_DIGITS),
            "is_rephrase": bool(probability >= threshold),
        }
        for given, probability, threshold in zip(requests, probabilities, thresholds, strict=True)
    ]
