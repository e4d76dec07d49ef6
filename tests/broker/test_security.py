"""A real Kafka that asks for passwords, tokens and rights: the settings reach it, and the listed rights are enough.

And no more than enough: what a role has no business doing is refused.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it re-exports them without saying so
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from infra.kafka.jars import missing
from streams.engine.settings import EngineSettings
from streams.kafka.access import ROLES, Access, accesses
from streams.kafka.connection import Connection
from streams.kafka.provisioning import check, create
from streams.kafka.scanning import scan
from streams.kafka.tokens import TokenError
from streams.producing import TurnProducer
from streams.serving import RewriteTable
from tests.broker.certificates import Authority
from tests.broker.secured import CLIENT_SECRET, Secured, TokenServer, secured
from tests.building import said

pytestmark = pytest.mark.kafka

PREFIX = "secured-"
SETTINGS = EngineSettings(turns_partitions=2, trails_partitions=2, replication=1)
RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
}
OPERATIONS = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Create": AclOperation.CREATE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}
WAIT_S = 20


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Secured, TokenServer]]:
    """Run Kafka with a user for every role, who has just the rights that are listed for it."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with secured(tmp_path_factory.mktemp("secured")) as (kafka, tokens):
        grant(kafka, accesses(Connection(prefix=PREFIX), {role: f"User:{role}" for role in ROLES}))
        for role in ROLES:
            kafka.add_user(role, f"password of {role}")
        yield kafka, tokens


@pytest.fixture(scope="module")
def kafka(running: tuple[Secured, TokenServer]) -> Secured:
    """Return the broker."""
    return running[0]


@pytest.fixture(scope="module")
def tokens(running: tuple[Secured, TokenServer]) -> TokenServer:
    """Return the token server."""
    return running[1]


As = Callable[[str], Connection]


@pytest.fixture(scope="module")
def by_password(kafka: Secured, tmp_path_factory: pytest.TempPathFactory) -> As:
    """Return what logs a role in with its password, once the operator has made the topics."""
    folder = tmp_path_factory.mktemp("passwords")

    def connection(role: str) -> Connection:
        return password_login(kafka, role, secret_in(folder / role, f"password of {role}\n"))

    create(connection("operator"), SETTINGS)
    return connection


@pytest.fixture
def by_token(kafka: Secured, tmp_path: Path, by_password: As) -> As:
    """Return what logs a role in with tokens."""
    by_password("operator")  # the topics are there

    def connection(role: str, secret: str = CLIENT_SECRET) -> Connection:
        return Connection(
            bootstrap=kafka.tokens,
            prefix=PREFIX,
            security_protocol="SASL_SSL",
            sasl_mechanism="OAUTHBEARER",
            tls_ca_file=kafka.authorities,
            oauth_token_url=kafka.token_url,
            oauth_client_id=role,
            oauth_client_secret_file=secret_in(tmp_path / "client_secret", secret),
            oauth_scope="kafka",
        )

    return connection


def password_login(kafka: Secured, user: str, password_file: Path) -> Connection:
    """Return how somebody logs in with a password."""
    return Connection(
        bootstrap=kafka.passwords,
        prefix=PREFIX,
        security_protocol="SASL_SSL",
        sasl_username=user,
        sasl_password_file=password_file,
        tls_ca_file=kafka.authorities,
    )


def secret_in(path: Path, content: str) -> Path:
    """Write a secret for its owner only."""
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return path


def grant(kafka: Secured, granted: list[Access]) -> None:
    """Give rights, and wait until the broker knows them."""
    bindings = [binding(access, operation) for access in granted for operation in access.operations]
    admin = kafka.admin()
    for future in admin.create_acls(bindings).values():
        future.result(WAIT_S)
    every = AclBindingFilter(
        ResourceType.ANY,
        None,  # type: ignore[arg-type]  # None stands for any, the types do not say so
        ResourcePatternType.ANY,
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    while len(admin.describe_acls(every).result(WAIT_S)) < len(bindings):
        pass  # each question waits for its answer


def binding(access: Access, operation: str) -> AclBinding:
    """Return one right as Kafka's client names it."""
    return AclBinding(
        RESOURCES[access.resource],
        access.name,
        ResourcePatternType.PREFIXED if access.prefixed else ResourcePatternType.LITERAL,
        access.principal,
        "*",
        OPERATIONS[operation],
        AclPermissionType.ALLOW,
    )


def write(connection: Connection, topic: str) -> int | None:
    """Send one record as an idempotent producer; return the code of Kafka's refusal, None when it was taken."""
    answers: list[KafkaError | None] = []
    producer = Producer(connection.client() | {"enable.idempotence": True, "log_level": 0})
    producer.produce(connection.topic(topic), b"value", b"key", on_delivery=lambda error, _: answers.append(error))
    try:
        assert producer.flush(WAIT_S) == 0
    except KafkaException as error:
        return code_of(error)
    return None if answers[0] is None else answers[0].code()


def read(connection: Connection, topic: str) -> int | None:
    """Read a topic's first partition to its end, without a group; return the code of Kafka's refusal."""
    consumer = Consumer(connection.reader("test") | {"enable.partition.eof": True, "log_level": 0})
    try:
        name = connection.topic(topic)
        unseen = consumer.list_topics(name, timeout=WAIT_S).topics[name].error
        if unseen is not None:
            return code_of(KafkaException(unseen))
        consumer.assign([TopicPartition(name, 0, 0)])
        return ended(consumer)
    finally:
        consumer.close()


def ended(consumer: Consumer) -> int | None:
    """Read until the end of a partition; return the code of what stopped it before."""
    while True:
        message: Message | None = consumer.poll(WAIT_S)
        assert message is not None, "Kafka said nothing"
        error = message.error()
        if error is not None:
            return None if error.code() == KafkaError._PARTITION_EOF else error.code()  # noqa: SLF001 - its public name


def read_in_group(connection: Connection, group: str) -> int | None:
    """Read turns as a member of a group and commit; return the code of Kafka's refusal."""
    consumer = Consumer(
        connection.client()
        | {
            "group.id": connection.topic(group),
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )
    try:
        consumer.subscribe([connection.topic("turns")])
        refused = ended(consumer)
        if refused is None:
            consumer.commit(offsets=[TopicPartition(connection.topic("turns"), 0, 0)], asynchronous=False)
        return refused
    finally:
        consumer.close()


def transact(connection: Connection, transactional_id: str, topics: tuple[str, ...]) -> int | None:
    """Write one record to each topic in one transaction; return the code of Kafka's refusal."""
    name = connection.topic(transactional_id)
    producer = Producer(connection.client() | {"transactional.id": name, "log_level": 0})
    try:
        producer.init_transactions(WAIT_S)
        producer.begin_transaction()
        for topic in topics:
            producer.produce(connection.topic(topic), b"value", b"key")
        producer.commit_transaction(WAIT_S)
    except KafkaException as error:
        return code_of(error)
    return None


def code_of(error: KafkaException) -> int:
    """Return Kafka's code of an error."""
    reason: KafkaError = error.args[0]
    return reason.code()


TOPIC_REFUSED = KafkaError.TOPIC_AUTHORIZATION_FAILED
GROUP_REFUSED = KafkaError.GROUP_AUTHORIZATION_FAILED
CLUSTER_REFUSED = KafkaError.CLUSTER_AUTHORIZATION_FAILED
TRANSACTION_REFUSED = KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED


def test_an_operator_may_make_topics_and_check_them_but_not_delete_them(by_password: As) -> None:
    """Rights to create are for the names of the topology, and end there."""
    operator = by_password("operator")
    assert check(operator, SETTINGS) == []
    admin = AdminClient(operator.client())
    with pytest.raises(KafkaException) as refused:
        admin.delete_topics([operator.topic("policy")])[operator.topic("policy")].result(WAIT_S)
    assert code_of(refused.value) == TOPIC_REFUSED


def test_an_operator_may_steer_and_look_but_not_touch_state(by_password: As) -> None:
    """Policy is written, rejected records are read; what stages keep is closed."""
    operator = by_password("operator")
    assert [write(operator, topic) for topic in ("policy", "turns", "trails")] == [None] * 3
    assert [read(operator, topic) for topic in ("policy", "rewrites", "decisions", "turns.rejected")] == [None] * 4
    assert [write(operator, topic) for topic in ("rewrites", "detect.state")] == [TOPIC_REFUSED] * 2
    assert [read(operator, topic) for topic in ("turns", "detect.state")] == [TOPIC_REFUSED] * 2


def test_a_worker_may_do_all_its_work(by_password: As) -> None:
    """Group, transactions of both stages, restore, ticks, policy, and the check of topics before the start."""
    worker = by_password("worker")
    assert check(worker, SETTINGS) == []
    assert read_in_group(worker, "reprise") is None
    assert transact(worker, "reprise-detect-0", ("feedback", "trails", "turns.rejected", "detect.state")) is None
    assert transact(worker, "reprise-learn-0", ("rewrites", "decisions", "trails.rejected", "learn.state")) is None
    assert [read(worker, topic) for topic in ("detect.state", "learn.state", "policy", "trails")] == [None] * 4
    assert write(worker, "turns") is None


def test_a_worker_may_do_nothing_else(by_password: As) -> None:
    """No orders, no other group, no other transactions, no reading of what it published."""
    worker = by_password("worker")
    assert write(worker, "policy") == TOPIC_REFUSED
    assert read(worker, "decisions") == TOPIC_REFUSED
    assert read_in_group(worker, "others") == GROUP_REFUSED
    assert transact(worker, "other-detect-0", ("feedback",)) == TRANSACTION_REFUSED


def test_a_producer_may_only_send_turns(by_password: As) -> None:
    """Who sends what people said cannot read it, nor write anything else."""
    producer = by_password("producer")
    assert write(producer, "turns") is None
    assert [write(producer, topic) for topic in ("trails", "policy", "rewrites")] == [TOPIC_REFUSED] * 3
    assert read(producer, "turns") in {TOPIC_REFUSED, GROUP_REFUSED}  # whichever is asked for first


def test_a_consumer_may_only_read_rewrites_and_policy(by_password: As) -> None:
    """Who serves rewrites sees no turn of anybody."""
    consumer = by_password("consumer")
    assert [read(consumer, topic) for topic in ("rewrites", "policy")] == [None] * 2
    assert [read(consumer, topic) for topic in ("turns", "trails", "detect.state")] == [TOPIC_REFUSED] * 3
    assert write(consumer, "policy") in {TOPIC_REFUSED, CLUSTER_REFUSED}  # whichever Kafka is asked for first


def test_the_products_own_clients_need_no_more(by_password: As) -> None:
    """Turns are sent, rewrites served and rejected records looked at with the rights listed for each."""
    with TurnProducer(by_password("producer")) as turns:
        turns.send(said("next", 1))
    assert turns.delivered == 1
    with RewriteTable(by_password("consumer")) as rewrites:
        assert rewrites.wait_ready(WAIT_S)
    operator = by_password("operator")
    assert write(operator, "policy") is None
    assert b"value" in [message.value() for message in scan(operator, "policy")]


def test_somebody_without_rights_sees_no_topic(kafka: Secured, by_password: As, tmp_path: Path) -> None:
    """Names of topics are told to those only who may use them."""
    kafka.add_user("stranger", "password")
    stranger = password_login(kafka, "stranger", secret_in(tmp_path / "password", "password"))
    seen = AdminClient(by_password("worker").client()).list_topics(timeout=WAIT_S).topics
    assert stranger.topic("turns") in seen
    assert AdminClient(stranger.client()).list_topics(timeout=WAIT_S).topics == {}


async def round_trip(connection: Connection, topic: str) -> bytes | None:
    """Send a record and read it again, with aiokafka."""
    name = connection.topic(topic)
    producer = AIOKafkaProducer(**connection.aiokafka_arguments(), enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(name, b"by aiokafka", partition=0)
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(
        name, **connection.aiokafka_arguments(), group_id=connection.topic("reprise"), auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        while True:
            message = await asyncio.wait_for(consumer.getone(), WAIT_S)
            if message.value == b"by aiokafka":
                return bytes(message.value)
    finally:
        await consumer.stop()


def test_aiokafka_logs_in_with_the_same_password(by_password: As) -> None:
    """Workers read by aiokafka and write by librdkafka, with one set of settings."""
    assert asyncio.run(round_trip(by_password("worker"), "turns")) == b"by aiokafka"


def test_both_libraries_log_in_with_tokens(by_token: As) -> None:
    """The token's subject has the rights that were granted to the user of that name."""
    assert asyncio.run(round_trip(by_token("worker"), "turns")) == b"by aiokafka"
    assert write(by_token("producer"), "turns") is None
    assert read(by_token("consumer"), "turns") == TOPIC_REFUSED
    assert transact(by_token("worker"), "reprise-detect-1", ("trails", "detect.state")) is None


def test_a_token_is_asked_for_once_while_it_is_fresh(tokens: TokenServer, by_token: As) -> None:
    """Many connections share one token; one that will not last is replaced."""

    async def ask(times: int) -> int:
        provider = by_token("worker").token_provider()
        before = tokens.given
        for _ in range(times):
            assert await provider.token()
        return tokens.given - before

    assert asyncio.run(ask(3)) == 1
    tokens.life_s = 0
    try:
        assert asyncio.run(ask(3)) == 3
    finally:
        tokens.life_s = 300


def test_a_wrong_client_secret_is_refused_without_showing_it(by_token: As) -> None:
    """The message says where and how the server refused."""
    connection = by_token("worker", "wrong")  # type: ignore[call-arg]  # the second argument is this fixture's own
    with pytest.raises(TokenError) as refused:
        asyncio.run(connection.token_provider().token())
    assert "HTTP status 401" in str(refused.value)
    assert "wrong" not in str(refused.value)


def failure(connection: Connection) -> str:
    """Return why the client could not reach Kafka."""
    said: list[str] = []
    client = AdminClient(connection.client() | {"log_level": 0, "error_cb": lambda error: said.append(error.str())})
    with pytest.raises(KafkaException):
        client.list_topics(timeout=5)
    client.poll(0)
    return " ".join(said)


def test_a_wrong_password_is_refused(kafka: Secured, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither library gets in, and neither shows the password."""
    connection = password_login(kafka, "worker", secret_in(tmp_path / "password", "wrong horse"))
    said = failure(connection)
    assert "uthentication" in said
    assert "wrong horse" not in said
    with pytest.raises(KafkaConnectionError):
        asyncio.run(connect_by_aiokafka(connection))
    assert "SaslAuthenticationFailed" in caplog.text
    assert "wrong horse" not in caplog.text


def test_a_kafka_of_another_authority_is_refused(kafka: Secured, by_password: As, tmp_path: Path) -> None:
    """A certificate that the given authorities did not sign ends the connection before any password is sent."""
    stranger = Authority(tmp_path)
    assert stranger.file != kafka.authorities
    connection = by_password("worker").model_copy(update={"tls_ca_file": stranger.file})
    assert "certificate verify failed" in failure(connection)
    with pytest.raises(KafkaConnectionError):
        asyncio.run(connect_by_aiokafka(connection))


def test_a_certificate_for_another_host_is_refused_unless_that_check_is_off(by_password: As) -> None:
    """The broker's certificate is for 127.0.0.1, not for localhost."""
    worker = by_password("worker")
    elsewhere = worker.model_copy(update={"bootstrap": worker.bootstrap.replace("127.0.0.1", "localhost")})
    assert "certificate verify failed" in failure(elsewhere)
    loose = elsewhere.model_copy(update={"tls_check_hostname": False})
    assert AdminClient(loose.client()).list_topics(timeout=WAIT_S).brokers
    assert loose.ssl_context().verify_mode == ssl.CERT_REQUIRED


async def connect_by_aiokafka(connection: Connection) -> None:
    """Start and stop a producer of aiokafka."""
    producer = AIOKafkaProducer(**connection.aiokafka_arguments(), request_timeout_ms=5_000)
    try:
        await producer.start()
    finally:
        await producer.stop()
