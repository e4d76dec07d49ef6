"""What is done to a service: each scenario attacks until it has done enough. Knows nothing of counting.

A scenario finds a stand that is being fed, and leaves at least one worker running.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from tests.chaos import disks
from tests.chaos.progress import generations
from tests.chaos.stand import Stand

EARLY_SHARE: Final = 0.35
"""Share of kills within the first seconds, while the worker starts, joins and restores."""

LOST_SHARE: Final = 0.1
"""Share of kills after which the disk is lost too."""

ORDERS_UNHEARD: Final = 4
"""Orders that come while no worker runs."""

NAMES: Final = ("w1", "w2", "w3")


def kills(stand: Stand, amount: int) -> None:
    """Kill the only worker again and again."""
    stand.start("w1")
    for _ in range(amount):
        if stand.chance.random() < EARLY_SHARE:
            stand.pass_time(0.2, 4)
        else:
            stand.wait_open()
            stand.pass_time(0, 2.5)
        stand.kill("w1")
        if stand.chance.random() < LOST_SHARE:
            stand.lose_stores("w1")
        stand.start("w1")


def rebalances(stand: Stand, amount: int) -> None:
    """Let workers join, stop and die until the group was rebalanced so often."""
    for name in NAMES:
        stand.start(name)
    stand.wait_open()
    while generations(stand.broker.bootstrap, f"{stand.prefix}reprise") < amount:
        come_or_go(stand)
        stand.pass_time(1, 8)


def come_or_go(stand: Stand) -> None:
    """Let one worker, chosen by chance, join, stop or die; one always stays."""
    name = stand.chance.choice(NAMES)
    running = stand.running()
    if name not in running:
        stand.start(name)
        stand.counts["joins"] += 1
    elif len(running) > 1:
        stand.chance.choice((stand.kill, stand.stop))(name)


def zombies(stand: Stand, amount: int) -> None:
    """Freeze one of two workers until the other has all partitions, and let it go on."""
    for name in NAMES[:2]:
        stand.start(name)
    for _ in range(amount):
        stand.wait_open()
        stand.pass_time(0.5, 2.5)
        freeze(stand, stand.chance.choice(NAMES[:2]))


def freeze(stand: Stand, name: str) -> None:
    """Freeze a worker until others have all partitions, and let it go on."""
    stand.note(f"freeze {name}")
    stand.workers[name].pause()
    stand.wait_open(name)
    stand.wait_moving()
    stand.pass_time(0, 3)
    stand.note(f"wake {name}")
    stand.workers[name].resume()
    stand.counts["zombies"] += 1


def brokers(stand: Stand, amount: int) -> None:
    """Kill the broker under load; workers and feeder must go on by themselves."""
    for name in NAMES[:2]:
        stand.start(name)
    stand.wait_open()
    for _ in range(amount):
        stand.pass_time(1, 6)
        break_broker(stand)
        stand.wait_moving()


def break_broker(stand: Stand) -> None:
    """Kill the broker and bring it back."""
    stand.note("kill the broker")
    stand.broker.kill()
    stand.counts["broker kills"] += 1
    stand.pass_time(0, 4)
    stand.note("start the broker")
    stand.broker.start()
    stand.note("the broker answers")


def bad_disks(stand: Stand, amount: int) -> None:
    """Fill the disk, and make it read-only; each must end the worker with a sentence, and cost nothing."""
    for _ in range(amount):
        disks.fail(stand)
    stand.start("w1")
    stand.wait_moving()


def mixed(stand: Stand, amount: int) -> None:
    """Do everything at once for so many seconds."""
    for name in NAMES:
        stand.start(name)
    deadline = time.monotonic() + amount
    while time.monotonic() < deadline:
        if stand.chance.random() < LOST_SHARE:
            break_broker(stand)
        elif stand.chance.random() < EARLY_SHARE and len(stand.running()) > 1:
            doze(stand, stand.chance.choice(stand.running()))
        else:
            come_or_go(stand)
        stand.pass_time(0.5, 6)


def served(stand: Stand, amount: int) -> None:
    """Attack workers, servers and broker in turn, while rewrites are learned, served, killed and pinned."""
    for name in NAMES[:2]:
        stand.start(name)
    stand.wait_open()
    attacks = (break_workers, break_server, freeze_server, lambda stand: freeze(stand, NAMES[1]), break_broker)
    for number in range(amount):
        stand.pass_time(4, 12)
        attacks[number % len(attacks)](stand)
        stand.wait_moving()


def break_workers(stand: Stand) -> None:
    """Kill all workers, let people order meanwhile, and start them again."""
    for name in stand.running():
        stand.kill(name)
    stand.wait_orders(ORDERS_UNHEARD)
    for name in NAMES[:2]:
        stand.start(name)
    stand.wait_open()


def break_server(stand: Stand) -> None:
    """Kill a server, and bring it back; its people are served by the others meanwhile."""
    name = stand.chance.choice(sorted(stand.servers))
    stand.note(f"kill {name}")
    stand.servers[name].kill()
    stand.pass_time(0, 4)
    stand.servers[name].start()
    stand.counts["servers killed"] += 1


def freeze_server(stand: Stand) -> None:
    """Freeze a server for a while; when it wakes it knows only old rewrites and orders."""
    name = stand.chance.choice(sorted(stand.servers))
    stand.note(f"freeze {name} for a while")
    stand.servers[name].pause()
    stand.pass_time(2, 10)
    stand.servers[name].resume()
    stand.counts["servers frozen"] += 1


def doze(stand: Stand, name: str) -> None:
    """Freeze a worker for some time, shorter or longer than its session."""
    stand.note(f"freeze {name} for a while")
    stand.workers[name].pause()
    stand.pass_time(2, 15)
    stand.workers[name].resume()
    stand.counts["freezes"] += 1


def brief(stand: Stand, amount: int) -> None:
    """Do a little of everything, one after the other."""
    for name in NAMES[:2]:
        stand.start(name)
    for _ in range(amount):
        stand.wait_open()
        stand.kill("w1")
        stand.start("w1")
        stand.wait_open()
        freeze(stand, "w2")
        break_broker(stand)
        stand.wait_moving()


class Scenario(NamedTuple):
    """A scenario, how much of it a run does unless told otherwise, and for how many seconds each of these is fed.

    Where it ``serves``, people are served by so many programs of their own, and somebody orders.
    """

    play: Callable[[Stand, int], None]
    what: str
    amount: int
    seconds_each: float
    serves: int = 0


SCENARIOS: Final = {
    "kills": Scenario(kills, "kill -9 of a single worker", 100, 7),
    "rebalances": Scenario(rebalances, "rebalances by kills, stops and joins of three workers", 50, 12),
    "zombies": Scenario(zombies, "workers frozen longer than their session", 10, 30),
    "brokers": Scenario(brokers, "kill -9 of the broker under load", 10, 25),
    "disks": Scenario(bad_disks, "disk full, and read-only", 2, 60),
    "mixed": Scenario(mixed, "seconds of everything at once", 240, 1.5),
    "serving": Scenario(served, "attacks on workers, servers and broker while people are served", 20, 15, serves=3),
}

BRIEF: Final = Scenario(brief, "a little of everything", 1, 20, serves=1)
"""For the tests."""
