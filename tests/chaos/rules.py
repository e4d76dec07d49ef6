"""The published rules that a recount needs: times, and whose sessions count as users. Knows no settings of a worker."""

import msgspec

DAY_MS = 86_400_000


class Rules(msgspec.Struct, frozen=True):
    """What the stages were told, as far as it decides where a turn must be.

    ``compacted`` says that superseded publications may be gone from ``rewrites``, as they are after some hours.
    """

    gap_ms: int = 45_000
    lateness_ms: int = 5_000
    clock_ahead_ms_max: int = 300_000
    forget_after_ms: int = 400 * DAY_MS
    shared_users: tuple[str, ...] = ()
    compacted: bool = False

    @property
    def horizon_ms(self) -> int:
        """How long after its end a trail stays open; older turns are late."""
        return self.gap_ms + self.lateness_ms
