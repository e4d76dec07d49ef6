"""One real Kafka broker on loopback, started and ended from Python. Knows nothing of the product.

A directory is a broker: its data, port, log and process. Whoever names the same directory speaks to the same broker.
"""

import base64
import random
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.kafka import keeper
from infra.kafka.jars import KafkaError, jars, program

HOST = "127.0.0.1"
HEAP_MB = 512
READY_S = 60
STOP_S = 30

# Below the range from which systems take ports for outgoing connections: a broker that is down for a while finds its
# port still free, and no client that keeps trying can be given the port as its own and talk to itself.
PORTS = range(20_000, 30_000)

# One node, so nothing can be replicated; few partitions inside, so that it starts fast; and no topic that nobody made.
PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # After a kill the node may come back only when its former self has timed out: seconds, not the usual nine.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


class Broker:
    """One Kafka node in KRaft mode.

    Args:
        directory: where it keeps its data, log and port; made when missing.
        port: the port clients use; 0 chooses a free one, which the directory keeps.
        properties: settings of Kafka that replace or add to those of this module.
        jars: folder with Kafka's jars; by default those that Maven fetches.
        tied: whether the broker ends when the last process that started it so has ended, however that ended.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        properties: Mapping[str, str] | None = None,
        jars: Path | None = None,
        tied: bool = True,
    ) -> None:
        self.directory = directory.absolute()
        self._wanted_port = port
        self._properties = dict(properties or {})
        self._jars = jars
        self._tied = tied
        self._use: IO[str] | None = None

    @property
    def port(self) -> int:
        """The port clients use.

        Raises:
            KafkaError: the broker was never started.
        """
        try:
            return int((self.directory / "port").read_text())
        except OSError as error:
            message = f"no broker was started in {self.directory}"
            raise KafkaError(message) from error

    @property
    def bootstrap(self) -> str:
        """The address clients start from, HOST:PORT."""
        return f"{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.directory.exists() and keeper.held(self.directory / "alive.lock")

    @property
    def pid(self) -> int | None:
        """Its process id, None while it does not run."""
        return int((self.directory / "pid").read_text()) if self.running else None

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of its log."""
        with suppress(FileNotFoundError):
            return "\n".join((self.directory / "broker.log").read_text(errors="replace").splitlines()[-lines:])
        return ""

    def start(self) -> None:
        """Start it and wait until it answers; one that runs already is joined.

        Raises:
            KafkaError: Java or the jars are missing, the port is taken, or it did not get ready; with the log's end.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._tied and self._use is None:
            self._use = keeper.shared(self.directory / "users.lock")
        try:
            with keeper.exclusive(self.directory / "start.lock") or _impossible():
                if not self.running:
                    self._start()
        except BaseException:
            self.leave()
            raise

    def stop(self) -> None:
        """End it cleanly, for everybody who uses it; its data stays.

        Raises:
            KafkaError: it did not end in time and was killed.
        """
        if self.running and not keeper.end(self.directory, signal.SIGTERM, STOP_S):
            self.kill()
            message = f"the broker in {self.directory} did not stop within {STOP_S} s and was killed"
            raise KafkaError(message)
        self.leave()

    def kill(self) -> None:
        """End it by SIGKILL, as a power cut would; its data stays, and ``start`` brings it back on the same port."""
        if self.running and not keeper.end(self.directory, signal.SIGKILL, STOP_S):
            message = f"the broker in {self.directory} survived SIGKILL"
            raise KafkaError(message)
        _reap()

    def restart(self) -> None:
        """Stop it cleanly if it runs, and start it on the same port."""
        if self.running:
            keeper.end(self.directory, signal.SIGTERM, STOP_S)
        self.kill()
        self.start()

    def leave(self) -> None:
        """Use it no longer; when nobody else does, it is stopped soon."""
        _reap()
        if self._use is not None:
            self._use.close()
            self._use = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        if self._tied:
            keeper.keep(self.directory)
        self._launch()
        self._await_ready()

    def _launch(self) -> None:
        port = self._choose_port()
        configuration = self._write_properties(port)
        self._format(configuration)
        alive = keeper.exclusive(self.directory / "alive.lock", 0) or _impossible()
        with alive, (self.directory / "broker.log").open("ab") as log:
            # The process inherits the lock on this file and so holds it until it ends.
            process = subprocess.Popen(  # noqa: S603 - a fixed command
                self._java("kafka.Kafka", str(configuration)),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[alive.fileno()],
            )
            (self.directory / "pid").write_text(str(process.pid))
            _launched.append(process)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while not _answers(self.bootstrap):
            if not self.running:
                self._give_up("ended at once")
            if time.monotonic() > deadline:
                self.kill()
                self._give_up(f"did not answer within {READY_S} s")
            time.sleep(0.1)

    def _give_up(self, what: str) -> None:
        message = f"the broker {what}; the end of {self.directory / 'broker.log'}:\n{self.log_tail()}"
        raise KafkaError(message)

    def _choose_port(self) -> int:
        kept = self.directory / "port"
        port = self._wanted_port or (self.port if kept.exists() else _free_port())
        if not _free(port):
            message = f"port {port} is taken by another program; choose another or stop that program"
            raise KafkaError(message)
        kept.write_text(str(port))
        return port

    def _write_properties(self, port: int) -> Path:
        # Only the node itself speaks to the controller, so its port may change from start to start.
        controller = _free_port(port)
        properties = {
            **PROPERTIES,
            "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "log.dirs": str(self.directory / "data"),
            **self._properties,
        }
        path = self.directory / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        return path

    def _format(self, configuration: Path) -> None:
        if (self.directory / "data" / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "a")
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(configuration))
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
        if done.returncode:
            message = f"Kafka could not format {self.directory / 'data'}:\n{(done.stdout + done.stderr)[-2000:]}"
            raise KafkaError(message)

    def _java(self, *arguments: str) -> list[str]:
        java = program("java", "to run Kafka (Java 17 or newer)")
        folder = self._jars or jars()
        return [
            java,
            f"-Xmx{HEAP_MB}m",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            f"{folder}/*",
            *arguments,
        ]


_launched: list[subprocess.Popen[bytes]] = []
"""Brokers that this process started and has not seen ending; one may outlive its ``Broker``."""


def _reap() -> None:
    _launched[:] = [process for process in _launched if process.poll() is None]


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _free_port(*others: int) -> int:
    return next(port for port in random.sample(PORTS, len(PORTS)) if port not in others and _free(port))


def _answers(address: str) -> bool:
    try:
        # A plain connection first: it is refused at once, where a client would wait and try again.
        socket.create_connection((HOST, int(address.rsplit(":", 1)[1])), timeout=1).close()
        return bool(AdminClient({"bootstrap.servers": address, "log_level": 0}).list_topics(timeout=2).brokers)
    except (OSError, KafkaException):
        return False


def _impossible() -> IO[str]:
    message = "a lock that only a starting broker takes is held; is another program starting it?"
    raise KafkaError(message)
