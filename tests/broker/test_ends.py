"""Where partitions end, asked of a real Kafka that may fall silent."""

import os
import signal
from pathlib import Path

import pytest
from confluent_kafka import KafkaException

from infra.kafka.broker import Broker
from infra.kafka.jars import missing
from streams.kafka.ends import Answer, Ends
from streams.kafka.progress import Place
from tests.broker.topics import left_open, make_topics, send
from tests.broker.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

TOPIC = "turns"
PLACE = Place(TOPIC, 0)


def asked(ends: Ends) -> Answer:
    """Ask, and wait for the answer."""
    ends.ask()
    answer = eventually(ends.answer)
    assert answer is not None
    return answer


def test_silence_is_no_answer(tmp_path: Path) -> None:
    """A broker that is frozen has not answered, whatever the client makes of it; thawed, it answers again."""
    reason = missing()
    if reason is not None:
        pytest.skip(f"no real Kafka here: {reason}")
    with Broker(tmp_path / "kafka") as broker:
        make_topics(broker.bootstrap, {TOPIC: 1})
        ends = Ends({"bootstrap.servers": broker.bootstrap}, [PLACE])
        assert asked(ends).ends == {PLACE: 0}
        os.kill(broker.pid or 0, signal.SIGSTOP)
        try:
            with pytest.raises(KafkaException):
                asked(ends)
        finally:
            os.kill(broker.pid or 0, signal.SIGCONT)
        assert asked(ends).ends == {PLACE: 0}


def test_what_lies_in_an_open_transaction_counts_for_who_wants_it(kafka: Broker, prefix: str) -> None:
    """Readers of committed records are not told of it; lag is."""
    topic = f"{prefix}turns"
    make_topics(kafka.bootstrap, {topic: 1})
    send(kafka.bootstrap, topic, [(b"key", b"value")])
    client = {"bootstrap.servers": kafka.bootstrap}
    place = Place(topic, 0)
    with left_open(kafka.bootstrap, topic):
        send(kafka.bootstrap, topic, [(b"key", b"value")])
        assert asked(Ends(client, [place])).ends == {place: 1}
        assert asked(Ends(client, [place], open_too=True)).ends == {place: 3}
