"""The models in use, put together from the settings, and changed between batches only. Knows no stage and no metric."""

from functools import partial
from pathlib import Path
from typing import Protocol

from models.model_files import ModelFileError
from streams.configuring.refusal import SettingsError
from streams.detect.scorer import Scorer
from streams.rephrasing.naming import is_watched, model_named, teacher_of
from streams.rephrasing.second_opinion import SecondOpinion
from streams.rephrasing.settings import RephraseSettings
from streams.rephrasing.shadow import Shadowed
from streams.rephrasing.student import read_student
from streams.rephrasing.telling import Tally, facts_of
from streams.rephrasing.watching import WatchedFile

ACTING = "acting"
SHADOW = "shadow"
SECOND_OPINION = "second_opinion"


class Models(Protocol):
    """Who says which model to use."""

    def current(self) -> Scorer:
        """Return the model for one whole batch."""

    def take_facts(self) -> dict[str, float]:
        """Return what models counted since the last call, and forget it."""

    def names(self) -> dict[str, str]:
        """Return the names of the models in use, by role."""


class Fixed:
    """One model for good."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def current(self) -> Scorer:
        """Return it."""
        return self._scorer

    def take_facts(self) -> dict[str, float]:
        """Return what it counted."""
        return facts_of(self._scorer)

    def names(self) -> dict[str, str]:
        """Return its name."""
        return {ACTING: self._scorer.name}


class ChosenModels:
    """The models that the settings name; students' files among them are read anew when they change.

    Nothing is read before the first question, or ``ready``.
    """

    def __init__(self, settings: RephraseSettings) -> None:
        self._settings = settings
        self._tally = Tally()
        self._is_ready = False
        self._acting: Fixed | WatchedFile
        self._shadow: Fixed | WatchedFile | None
        self._teacher: Scorer | None
        self._parts: tuple[Scorer, Scorer | None]
        self._whole: Scorer

    def ready(self) -> "ChosenModels":
        """Read all models now, so that one that cannot be used stops the start.

        Raises:
            SettingsError: a model cannot be read; the message names the setting.
        """
        if not self._is_ready:
            settings = self._settings
            self._acting = _source(settings.rephrase_model, settings.rephrase_precision, "rephrase_model")
            shadow = settings.shadow_model
            self._shadow = _source(shadow, settings.rephrase_precision, "shadow_model") if shadow else None
            self._teacher = teacher_of(settings)
            self._put_together(self._parts_now())
            self._is_ready = True
        return self

    def current(self) -> Scorer:
        """Return the model for one whole batch, as its files are now."""
        self.ready()
        parts = self._parts_now()
        if any(now is not before for now, before in zip(parts, self._parts, strict=True)):
            self._tally.merge(facts_of(self._whole))
            self._put_together(parts)
        return self._whole

    def take_facts(self) -> dict[str, float]:
        """Return what the models and the reading of their files counted since the last call."""
        for teller in (self._whole, self._acting, self._shadow) if self._is_ready else ():
            self._tally.merge(facts_of(teller))
        return self._tally.take()

    def names(self) -> dict[str, str]:
        """Return the names of the models in use, by role; what acts has both names when a second one is asked."""
        self.ready()
        shadow = self._parts[1]
        found = {ACTING: self._whole.name}
        if shadow is not None:
            found[SHADOW] = shadow.name
        if self._teacher is not None:
            found[SECOND_OPINION] = self._teacher.name
        return found

    def _parts_now(self) -> tuple[Scorer, Scorer | None]:
        return self._acting.current(), None if self._shadow is None else self._shadow.current()

    def _put_together(self, parts: tuple[Scorer, Scorer | None]) -> None:
        self._parts = parts
        acting, shadow = parts
        if self._teacher is not None:
            acting = SecondOpinion(acting, self._teacher, self._settings.second_opinion_share)
        self._whole = acting if shadow is None else Shadowed(acting, shadow)


def scorer_of(settings: RephraseSettings) -> Scorer:
    """Return the model that the settings name, with its second opinion and its shadow, as its files are now.

    Raises:
        SettingsError: a model cannot be read; the message names the setting.
    """
    return ChosenModels(settings).current()


def _source(choice: str, precision: str, setting: str) -> Fixed | WatchedFile:
    if not is_watched(choice):
        return Fixed(model_named(choice, precision, setting))
    try:
        return WatchedFile(Path(choice), partial(read_student, precision=precision))
    except (OSError, ModelFileError) as error:
        message = f"`{setting}`: {error}"
        raise SettingsError(message) from None
