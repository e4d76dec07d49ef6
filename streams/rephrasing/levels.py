"""Thresholds by locale at which a student raises a given share of false alarms. Knows what students measured of it."""

from collections.abc import Callable

from models.student.model import Student, share_key
from streams.configuring.refusal import SettingsError
from streams.detect.scorer import Scorer

ANSWER = "leave `--false-alarms` out"


def threshold_at(scorer: Scorer, false_alarms: float) -> Callable[[str], float]:
    """Return, by locale, the threshold that a share of unlike pairs reaches.

    Raises:
        SettingsError: the model has not measured any share, or not this one; the message names those it has.
    """
    tables = scorer.description.get("false_alarm_thresholds", {}) if isinstance(scorer, Student) else {}
    if not isinstance(scorer, Student) or not tables:
        message = f"`--false-alarms`: {scorer.name} has not measured them; {ANSWER}, or train a student"
        raise SettingsError(message)
    measured = set.intersection(*(set(shares) for shares in tables.values()))
    if share_key(false_alarms) not in measured:
        known = ", ".join(sorted(measured, key=float)) or "no share for all languages"
        message = f"`--false-alarms`: {scorer.name} has measured {known}, not {false_alarms:g}; choose one, or {ANSWER}"
        raise SettingsError(message)
    return lambda locale: scorer.threshold_for(locale, false_alarms)
