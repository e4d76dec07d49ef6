"""Killing rewrites on real Kafka while processes serve them: whoever obeys the order serves none."""

from collections.abc import Iterator, Sequence

import pytest

from infra.kafka.broker import Broker
from streams.kafka.connection import Connection
from tests.broker.acknowledged import Acknowledged
from tests.broker.servers import SCOPES, Server, a_rewrite, an_order, make_serving_topics, serving

pytestmark = pytest.mark.kafka

SERVERS = 3
DECISIONS = 2_000


@pytest.fixture(scope="module")
def served(kafka: Broker) -> Iterator[tuple[Acknowledged, Sequence[Server]]]:
    """Give a way to send orders, and processes that serve one rewrite."""
    connection: Connection = make_serving_topics(kafka.bootstrap, "kill-")
    records = Acknowledged(connection)
    records.send("rewrites", a_rewrite())
    with serving(connection, SERVERS) as servers:
        yield records, servers


@pytest.mark.parametrize("number", range(len(SCOPES)), ids=list(SCOPES))
def test_no_process_serves_what_is_killed_until_it_is_allowed(
    served: tuple[Acknowledged, Sequence[Server]], number: int
) -> None:
    """From the moment a process has taken the kill not one decision gives the rewrite; an allow brings it back."""
    records, servers = served
    scope = list(SCOPES)[number]
    killed = records.send("policy", an_order("kill", scope, 2 * number + 1))
    assert [server.served_after(killed.offset, DECISIONS) for server in servers] == [0] * SERVERS
    allowed = records.send("policy", an_order("allow", scope, 2 * number + 2))
    assert [server.served_after(allowed.offset, DECISIONS) for server in servers] == [DECISIONS] * SERVERS
