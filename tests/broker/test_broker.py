"""The real broker keeps what it was given over kills and restarts, and ends with those who use it."""

import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it re-exports them without saying so
    AdminClient,
    NewTopic,
)

from infra.kafka import __main__ as program
from infra.kafka.broker import Broker
from infra.kafka.jars import JARS_VARIABLE, KafkaError, jars, missing
from tests.broker.waiting import eventually

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parent.parent.parent
USER = """\
import sys
from pathlib import Path
from infra.kafka.broker import Broker
broker = Broker(Path(sys.argv[1]))
broker.start()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Broker]:
    """Give a broker that a test may kill."""
    if missing() is not None:
        pytest.skip(f"no real Kafka here: {missing()}")
    with Broker(tmp_path / "kafka") as broker:
        yield broker


def made(broker: Broker) -> str:
    """Make a topic and return its name."""
    topic = f"test-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    return topic


def produced(broker: Broker, topic: str, value: bytes) -> None:
    """Put a record into a topic, and wait until Kafka has it."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "acks": "all"})
    producer.produce(topic, value)
    assert producer.flush(30) == 0


def end_of(broker: Broker, topic: str) -> int:
    """Return how many records a topic holds."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "test"})
    try:
        return consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)[1]
    finally:
        consumer.close()


def user_of(directory: Path) -> subprocess.Popen[str]:
    """Start a process that uses the broker of a directory until its input ends."""
    command = [sys.executable, "-c", USER, str(directory)]
    user = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert user.stdout
    assert user.stdout.readline() == "ready\n"
    return user


@pytest.mark.slow
def test_a_killed_broker_comes_back_with_its_records_and_its_address(own: Broker) -> None:
    """Clients that keep trying find it again, and what it acknowledged is there."""
    topic, bootstrap = made(own), own.bootstrap
    produced(own, topic, b"before")
    own.kill()
    assert own.pid is None
    own.start()
    assert own.bootstrap == bootstrap
    produced(own, topic, b"after")
    assert end_of(own, topic) == 2


@pytest.mark.slow
def test_a_restarted_broker_is_another_process_with_the_same_records(own: Broker) -> None:
    """A restart is a clean stop and a start."""
    topic, process = made(own), own.pid
    produced(own, topic, b"before")
    own.restart()
    assert own.pid not in {None, process}
    assert end_of(own, topic) == 1


@pytest.mark.slow
def test_a_broker_ends_when_its_last_user_is_killed(tmp_path: Path) -> None:
    """A test run that is killed leaves no broker behind, and one user of two takes nothing from the other."""
    if missing() is not None:
        pytest.skip(f"no real Kafka here: {missing()}")
    broker = Broker(tmp_path / "kafka")
    with user_of(broker.directory) as first, user_of(broker.directory) as second:
        process = broker.pid
        first.send_signal(signal.SIGKILL)
        first.wait()
        produced(broker, made(broker), b"still here")
        assert broker.pid == process
        second.send_signal(signal.SIGKILL)
        second.wait()
        eventually(lambda: not broker.running)


def test_a_topic_that_nobody_made_is_not_made(kafka: Broker) -> None:
    """A name written wrong is an error, not a new topic."""
    topic = f"wrong-{uuid.uuid4().hex}"
    AdminClient({"bootstrap.servers": kafka.bootstrap}).list_topics(topic, timeout=10)
    assert topic not in AdminClient({"bootstrap.servers": kafka.bootstrap}).list_topics(timeout=10).topics


def test_a_taken_port_is_said(kafka: Broker, tmp_path: Path) -> None:
    """Two brokers cannot share a port; the message names it."""
    with pytest.raises(KafkaError, match=f"port {kafka.port} is taken"):
        Broker(tmp_path / "other", port=kafka.port).start()


def test_a_setting_that_kafka_refuses_is_said_with_the_log(kafka: Broker, tmp_path: Path) -> None:
    """Whoever gave it reads what Kafka said."""
    assert kafka.running
    with pytest.raises(KafkaError, match=r"num\.partitions"):
        Broker(tmp_path / "other", properties={"num.partitions": "many"}).start()


def test_the_program_says_whether_kafka_runs(kafka: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`status` ends with 0 and the address, or with 1."""
    assert program.main(["status", "--directory", str(kafka.directory)]) == 0
    assert f"{kafka.bootstrap} (process {kafka.pid})" in capsys.readouterr().out
    assert program.main(["status", "--directory", str(tmp_path)]) == 1


def test_a_machine_without_java_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In one sentence that names what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing() == "`java` is not installed; it is needed to run Kafka (Java 17 or newer)"


def test_a_named_folder_without_jars_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is fetched into a folder that somebody named."""
    monkeypatch.setenv(JARS_VARIABLE, str(tmp_path))
    with pytest.raises(KafkaError, match=f"{JARS_VARIABLE} names .* no kafka-clients"):
        jars()
    assert not list(tmp_path.iterdir())
