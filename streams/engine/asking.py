"""Asking Kafka for something until it answers: brokers may be away for a while. Knows no question in particular."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from confluent_kafka import KafkaError, KafkaException

from streams.engine.errors import EngineError, InterruptedOpeningError

ATTEMPT_S: Final = 5.0
"""How long one question to a broker may take; then we ask again."""

WAIT_S: Final = 0.1

TEMPORARY: Final = {
    KafkaError._TRANSPORT,  # noqa: SLF001 - the names librdkafka's own errors have
    KafkaError._TIMED_OUT,  # noqa: SLF001
    KafkaError._TIMED_OUT_QUEUE,  # noqa: SLF001
    KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
    KafkaError._RESOLVE,  # noqa: SLF001
    KafkaError._WAIT_COORD,  # noqa: SLF001
    KafkaError.CONCURRENT_TRANSACTIONS,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.NOT_LEADER_FOR_PARTITION,
}
"""Answers that a later try may change."""

Answer = TypeVar("Answer")


def until_answered(
    ask: Callable[[], Answer],
    should_stop: Callable[[], bool],
    refused: Callable[[KafkaException], Exception] | None = None,
) -> Answer:
    """Ask Kafka, again and again while the failure is a temporary one.

    Args:
        ask: the question; after a failure it should use a client of its own, as librdkafka remembers some failures.
        should_stop: whether the answer is wanted no longer.
        refused: makes an error of an answer that no later try changes; an ``EngineError`` when None.

    Raises:
        InterruptedOpeningError: the answer is wanted no longer.
    """
    while not should_stop():
        try:
            return ask()
        except KafkaException as failure:
            if not is_temporary(failure.args[0]):
                raise (refused or _refused)(failure) from failure
        time.sleep(WAIT_S)
    message = "no longer wanted"
    raise InterruptedOpeningError(message)


def is_temporary(error: KafkaError) -> bool:
    """Tell whether a later try may be answered."""
    return not error.fatal() and (error.retriable() or error.code() in TEMPORARY)


def _refused(failure: KafkaException) -> EngineError:
    return EngineError(f"Kafka refuses what the worker asks: {failure.args[0].str()}")
