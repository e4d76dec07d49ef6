"""Counts, day by day and rewrite by rewrite, what really came of everything said. Knows the world, no learner."""

from collections import defaultdict
from typing import Final

import msgspec

from streams.simulate.conversation import Fared
from streams.simulate.world import World

DAY_MS: Final = 86_400_000


class TrueDay(msgspec.Struct):
    """One day: turns and defects as in ``loop_result.Day``."""

    turns: int = 0
    defects: int = 0
    without: float = 0.0
    treated: int = 0
    treated_defects: int = 0
    held_out: int = 0
    held_out_defects: int = 0


class TrueEffect(msgspec.Struct):
    """Treated turns of one rewrite, and the defects to be expected of them as they were run and as they were said."""

    treated: int = 0
    defects: float = 0.0
    without: float = 0.0


class TrueDays:
    """Takes every utterance (`heard`). ``days`` is by running number, ``effects`` by rewrite id."""

    def __init__(self, starts_ms: int) -> None:
        self._starts_ms = starts_ms
        self.world: World | None = None
        """The world that says what would have been; set before the first utterance."""
        self.days: dict[int, TrueDay] = defaultdict(TrueDay)
        self.effects: dict[str, TrueEffect] = defaultdict(TrueEffect)

    def heard(self, fared: Fared) -> None:
        """Count one utterance."""
        assert self.world is not None  # noqa: S101 - for the type checker; the loop sets it
        day = self.days[(fared.at_ms - self._starts_ms) // DAY_MS]
        defect = not fared.worked
        without = 1.0 - self.world.chance(fared.heard, fared.goal, fared.at_ms)
        day.turns += 1
        day.defects += defect
        day.without += without
        if fared.rewrite is None:
            return
        if fared.rewrite.arm == "held_out":
            day.held_out += 1
            day.held_out_defects += defect
            return
        day.treated += 1
        day.treated_defects += defect
        effect = self.effects[fared.rewrite.rewrite_id]
        effect.treated += 1
        effect.defects += 1.0 - self.world.chance(fared.executed, fared.goal, fared.at_ms)
        effect.without += without
