"""Whether a worker is alive and ready, judged from what was seen of it at one moment. Pure: knows no clock, no Kafka.

Alive means: restarting it would not help. Ready means: it does its share. Both hold however quiet the topics are: what
counts is that somebody looked, not that something was found.
"""

import msgspec


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a worker. Moments are in seconds of one clock that never runs back.

    Attributes:
        now_s: when this was seen.
        turned_s: when the event loop last came back.
        polled_s: when the consumer last asked for records; None before it first did.
        flowing: whether it should be asking: not so before the group has assigned, and during a rebalance.
        stopping: whether it was asked to end.
        joined: whether the group has assigned what there is for it, be it nothing.
        opening: partitions assigned and not open yet, by name.
        policy_read: whether the orders in force were read to their end.
        answered_s: when Kafka last answered; None before it first did.
    """

    now_s: float
    turned_s: float
    polled_s: float | None = None
    flowing: bool = False
    stopping: bool = False
    joined: bool = False
    opening: tuple[str, ...] = ()
    policy_read: bool = False
    answered_s: float | None = None


class Health(msgspec.Struct, frozen=True):
    """What follows from it, in sentences for whoever is woken.

    Attributes:
        stuck: why it should be restarted; nothing while it is alive.
        waiting: what it still needs to do its share.
    """

    stuck: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def live(self) -> bool:
        """Whether it is alive."""
        return not self.stuck

    @property
    def ready(self) -> bool:
        """Whether it does its share."""
        return not self.concerns

    @property
    def concerns(self) -> tuple[str, ...]:
        """Everything that is not as it should be."""
        return self.stuck + self.waiting


def judge(seen: Vitals, stuck_after_s: float) -> Health:
    """Judge a worker.

    Args:
        seen: what was seen of it.
        stuck_after_s: how long anything may take that should happen all the time.
    """
    return Health(_stuck(seen, stuck_after_s), _waiting(seen, stuck_after_s))


def _stuck(seen: Vitals, stuck_after_s: float) -> tuple[str, ...]:
    reasons = []
    turned = seen.now_s - seen.turned_s
    if turned > stuck_after_s:
        reasons.append(f"the event loop has not come back for {turned:.0f} s (`stuck_after_ms`): restart the worker")
    polled = 0.0 if seen.polled_s is None else seen.now_s - seen.polled_s
    if seen.flowing and not seen.stopping and polled > stuck_after_s:
        reasons.append(f"no records were asked for in {polled:.0f} s (`stuck_after_ms`): restart the worker")
    return tuple(reasons)


def _waiting(seen: Vitals, stuck_after_s: float) -> tuple[str, ...]:
    if seen.stopping:
        return ("the worker was asked to end, and finishes what is in flight",)
    reasons = []
    if seen.answered_s is None:
        reasons.append("Kafka has not answered yet: check `bootstrap`, and that its brokers run")
    elif seen.now_s - seen.answered_s > stuck_after_s:
        silent = seen.now_s - seen.answered_s
        reasons.append(f"Kafka has not answered for {silent:.0f} s: check that its brokers run and can be reached")
    if not seen.policy_read:
        reasons.append("the orders in force have not been read to their end yet")
    if not seen.joined:
        reasons.append("the group has not assigned partitions yet")
    elif seen.opening:
        reasons.append(f"being opened and restored: {', '.join(seen.opening)}")
    return tuple(reasons)
