"""A Kafka for trying things out, from the command line. Knows the broker and the commands that come next.

python -m infra.kafka start [--directory D] [--port 9092]   start it and leave it running
python -m infra.kafka stop | status [--directory D]
python -m infra.kafka run [--directory D] [--port 9092]     keep it in the foreground, until Ctrl-C
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from infra.kafka.broker import Broker
from infra.kafka.jars import KafkaError

DIRECTORY = Path("out/kafka")
PORT = 9092
NEXT = """\
Kafka runs at {bootstrap} (process {pid}, log {log}). Next:
  reprise topics create --bootstrap {bootstrap} --set replication=1
  reprise worker --bootstrap {bootstrap}
Stop it with: python -m infra.kafka stop --directory {directory}"""


def start(directory: Path, port: int, *, tied: bool = False) -> Broker:
    """Start the broker, or find it running, and say what comes next."""
    broker = Broker(directory, port=port, tied=tied)
    broker.start()
    log = broker.directory / "broker.log"
    say(NEXT.format(bootstrap=broker.bootstrap, pid=broker.pid, log=log, directory=directory))
    return broker


def run(directory: Path, port: int) -> int:
    """Keep the broker in the foreground until interrupted or terminated."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        broker = start(directory, port, tied=True)
        while broker.running:
            time.sleep(0.5)
    except KeyboardInterrupt:
        return stop(directory)
    message = f"Kafka ended by itself; the end of its log:\n{broker.log_tail()}"
    raise KafkaError(message)


def stop(directory: Path) -> int:
    """Stop the broker; its data stays."""
    broker = Broker(directory, tied=False)
    was_running = broker.running
    broker.stop()
    say("Kafka is stopped; topics are kept" if was_running else "Kafka does not run")
    return 0


def status(directory: Path) -> int:
    """Say whether it runs, and where; 1 when it does not."""
    broker = Broker(directory, tied=False)
    say(f"Kafka runs at {broker.bootstrap} (process {broker.pid})" if broker.running else "Kafka does not run")
    return 0 if broker.running else 1


def main(arguments: list[str] | None = None) -> int:
    """Do one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.kafka", description="A real Kafka on this machine.")
    parser.add_argument("command", choices=["start", "stop", "status", "run"])
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help=f"data, log and port (default {DIRECTORY})")
    parser.add_argument("--port", type=int, default=PORT, help=f"where clients connect on 127.0.0.1 (default {PORT})")
    given = parser.parse_args(arguments)
    try:
        if given.command == "start":
            start(given.directory, given.port)
            return 0
        if given.command == "run":
            return run(given.directory, given.port)
        return stop(given.directory) if given.command == "stop" else status(given.directory)
    except KafkaError as error:
        print(f"kafka: {error}", file=sys.stderr)  # noqa: T201 - a command line speaks
        return 1


def say(text: str) -> None:
    """Speak to the person who gave the command."""
    print(text, flush=True)  # noqa: T201 - a command line speaks


if __name__ == "__main__":
    sys.exit(main())
