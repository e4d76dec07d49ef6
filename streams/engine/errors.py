"""What can go wrong between a worker and Kafka, by what follows from it. Knows no client and no stage."""


class EngineError(Exception):
    """The worker cannot go on; nothing of the batch in hand was committed. The text says what to do."""


class FencedError(Exception):
    """Somebody else has opened this partition since: nothing was committed, and whoever is assigned reopens it."""


class TransactionError(Exception):
    """A transaction did not come through, or nobody knows whether it did: reopen, and the fence tells."""


class InterruptedOpeningError(Exception):
    """The partition was taken away, or the worker stops, while it was being opened."""
