"""The recount finds nothing where nothing is wrong, and every kind of fault where one was put in by hand."""

import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from schemas.codec import decode_avro, encode_avro, project
from schemas.errors import DecodeError
from schemas.records import DecidedBy, Decision, Policy, PolicyAction, Rewrite, Trails, TurnEvent
from streams.orders import Live, Orders, Place
from streams.topology import DETECT, LEARN
from tests.chaos.decoding import Reader, UnreadableError
from tests.chaos.findings import Findings, Kind
from tests.chaos.orders import forbids
from tests.chaos.recount import as_json, recount
from tests.chaos.rules import Rules
from tests.chaos.scene import order, played, scene
from tests.chaos.taken import FENCE_KEY, Raw, Taken

Fault = Callable[[Taken], None]

SERVED = "served|demo|en-US"
"""A late complaint counts in the locale it was made in."""


@pytest.fixture(scope="module")
def sound() -> Taken:
    """Everything a system wrote in which nothing went wrong."""
    return played().taken


def copied(taken: Taken) -> Taken:
    """Return what was taken, to be changed."""
    return Taken(taken.prefix, taken.partitions, {topic: list(raws) for topic, raws in taken.records.items()})


def test_a_sound_system_is_clean(sound: Taken) -> None:
    """Nothing over, under or lost, and the scene really holds one of each."""
    findings = recount(sound, Rules())
    assert findings.faults == []
    for name in ("turns in a trail", "turns still held", "turns repeated", "signals and ticks", "corrections booked",
                 "turns rejected: late", "turns rejected: clock_ahead", "turns rejected: undecodable", "rewrites live",
                 "texts compared", "feedback", "decisions", "orders", "turns erased", "treated turns", "held out turns",
                 "publications: trial", "publications: pinned"):  # fmt: skip
        assert findings.amounts[name], name


def test_what_waits_is_no_fault() -> None:
    """A system stopped in the midst of its work is clean: what is not read yet is counted as waiting."""
    pretended = scene()
    pretended.work(DETECT, 0, 200)
    pretended.work(DETECT, 1, 300)
    pretended.work(LEARN, 1, 2)
    findings = recount(pretended.taken, Rules())
    assert findings.faults == []
    assert findings.amounts["turns records waiting"]
    assert findings.amounts["trails waiting"]


def test_the_turns_of_a_trail_add_up(sound: Taken) -> None:
    """Every record of turns is accounted for once: accepted, repeated, rejected, a signal or a tick."""
    amounts = recount(sound, Rules()).amounts
    parts = ("turns accepted", "turns repeated", "turns rejected", "signals and ticks")
    assert sum(amounts[name] for name in parts) == amounts["turns records"] == len(sound.records["turns"])


# -- faults put in by hand -----------------------------------------------------------------------------------------


def again(topic: str, number: int = 3) -> Fault:
    """Let a record of a topic be there twice, at its end, as a batch that was sent twice would be."""

    def put(taken: Taken) -> None:
        raws = taken.records[topic]
        chosen = [raw for raw in raws if topic != "trails" or decode_avro(Trails, raw.value or b"").trails][number]
        _append(taken, topic, chosen)

    return put


def gone(topic: str, number: int = 3) -> Fault:
    """Let a record of a topic be missing."""

    def take(taken: Taken) -> None:
        raws = taken.records[topic]
        chosen = [raw for raw in raws if topic != "trails" or decode_avro(Trails, raw.value or b"").trails][number]
        raws.remove(chosen)

    return take


def row(stage: str, prefix: str, change: Callable[[Any], None]) -> Fault:
    """Let a row of a stage say something else."""

    def put(taken: Taken) -> None:
        kept = [item for partition in range(2) for item in taken.latest(f"{stage}.state", partition).items()]
        raw = next(raw for key, raw in kept if key.startswith(prefix.encode()))
        values = msgspec.msgpack.decode(raw.value or b"")
        change(values)
        _append(taken, f"{stage}.state", raw._replace(value=msgspec.msgpack.encode(values)))

    return put


def _append(taken: Taken, topic: str, raw: Raw) -> None:
    last = max(other.offset for other in taken.of(topic, raw.partition))
    taken.records[topic].append(raw._replace(offset=last + 1))


def _one_more(name: str, amount: int = 1) -> Callable[[Any], None]:
    def change(values: Any) -> None:
        values[name] += amount

    return change


def _one_form_less(text: Any) -> None:
    text["forms"][next(iter(text["forms"]))] -= 1


def move_the_fence(stage: str, by: int) -> Fault:
    """Let a stage go on at another place than it has come to."""
    return row(stage, FENCE_KEY.decode(), _one_more("next", by))


def drop_a_turn_of_a_trail(taken: Taken) -> None:
    """Let a trail lack its first turn."""
    read = [(index, raw, decode_avro(Trails, raw.value or b"")) for index, raw in enumerate(taken.records["trails"])]
    index, raw, record = next(item for item in read if any(len(trail.turns) > 1 for trail in item[2].trails))
    first = next(trail for trail in record.trails if len(trail.turns) > 1)
    cut = msgspec.structs.replace(first, turns=first.turns[1:])
    trails = tuple(cut if trail is first else trail for trail in record.trails)
    value = encode_avro(msgspec.structs.replace(record, trails=trails))
    taken.records["trails"][index] = raw._replace(value=value)


def forget_a_held_turn(taken: Taken) -> None:
    """Let the row of the person who is still being heard be gone."""
    key = next(key for key in taken.latest("detect.state", 0) if key.startswith(b"person|demo|open"))
    _append(taken, "detect.state", Raw(0, 0, 0, key, None))


def hold_what_left(taken: Taken) -> None:
    """Let a turn that is in a trail still be held as open."""
    found = next(trail for raw in taken.of("trails") for trail in decode_avro(Trails, raw.value or b"").trails)
    kept = taken.latest("detect.state", 0)
    key, raw = next((key, raw) for key, raw in kept.items() if key.startswith(b"person|demo|open"))
    person = msgspec.msgpack.decode(raw.value or b"")
    for partition in range(2):
        person["user"], turn = found.user, person["turns"][0]
        turn["turn_id"], turn["emitted"] = found.turns[0].turn_id, False
        other = key + b"-other"
        _append(taken, "detect.state", Raw(partition, 0, 0, other, msgspec.msgpack.encode(person)))


def keep_a_trail_too_long(taken: Taken) -> None:
    """Let a held turn have ended long ago."""

    def change(person: Any) -> None:
        person["turns"][0]["ended_at"] -= 600_000

    row("detect", "person|demo|open", change)(taken)


def change_a_rejected_record(taken: Taken) -> None:
    """Let a rejected record not be as it was received."""
    raws = taken.records["turns.rejected"]
    raws[3] = raws[3]._replace(value=b"other bytes")


def reject_a_good_record(taken: Taken) -> None:
    """Let a good turn be rejected, and so missing from the trails."""
    wrong = taken.records["turns.rejected"][0]
    good = next(raw for raw in taken.of("turns", wrong.partition) if raw.value and b"continue" in raw.value)
    headers = tuple(
        (name, str(good.offset).encode() if name == "reprise.offset" else value) for name, value in wrong.headers
    )
    _append(taken, "turns.rejected", wrong._replace(key=good.key, value=good.value, headers=headers))


def break_a_record_of_trails(taken: Taken) -> None:
    """Let a record of trails that learn has passed be unreadable."""
    taken.records["trails"][0] = taken.records["trails"][0]._replace(value=b"no trails")


def lose_the_place_of_a_rejected_record(taken: Taken) -> None:
    """Let a rejected record not say where it came from."""
    taken.records["turns.rejected"][2] = taken.records["turns.rejected"][2]._replace(headers=())


def split_a_chain(taken: Taken) -> None:
    """Let trails of one chain be in two partitions."""
    chosen = next(raw for raw in taken.of("trails") if decode_avro(Trails, raw.value or b"").trails)
    other = 1 - chosen.partition
    first = next(index for index, raw in enumerate(taken.records["trails"]) if raw.partition == other)
    taken.records["trails"][first] = taken.records["trails"][first]._replace(value=chosen.value)


def drop_a_row(stage: str, prefix: str) -> Fault:
    """Let a row of a stage be gone."""

    def take(taken: Taken) -> None:
        kept = [item for partition in range(2) for item in taken.latest(f"{stage}.state", partition).items()]
        raw = next(raw for key, raw in kept if key.startswith(prefix.encode()))
        _append(taken, f"{stage}.state", raw._replace(value=None))

    return take


def withdraw_unseen(taken: Taken) -> None:
    """Let a live rewrite be deleted though nobody decided so."""
    key = next(iter(taken.latest("rewrites")))
    home = taken.latest("rewrites")[key].partition
    _append(taken, "rewrites", Raw(home, 0, 0, key, None))


def break_a_path(taken: Taken) -> None:
    """Let the decision that a pair goes on trial be missing, though it was published and later blocked."""
    taken.records["decisions"].remove(_decided(taken, "trial"))


def begin_in_the_midst(taken: Taken) -> None:
    """Let the first decision about a pair be missing."""
    taken.records["decisions"].remove(_decided(taken, "candidate"))


def decide_twice(taken: Taken) -> None:
    """Let a change of stage be there twice, under two ids."""
    found = _decided(taken, "trial")
    at = taken.records["decisions"].index(found)
    decision = decode_avro(Decision, found.value or b"")
    copy = msgspec.structs.replace(decision, decision_id="another")
    taken.records["decisions"].insert(at + 1, found._replace(value=encode_avro(copy)))


def _decided(taken: Taken, to_stage: str) -> Raw:
    raws = taken.records["decisions"]
    return next(raw for raw in raws if decode_avro(Decision, raw.value or b"").to_stage == to_stage)


def publish(**changes: Any) -> Fault:
    """Let the first publication be there once more, at the end, with some fields changed."""

    def put(taken: Taken) -> None:
        raw = next(raw for raw in taken.of("rewrites") if raw.value)
        value = encode_avro(msgspec.structs.replace(decode_avro(Rewrite, raw.value or b""), **changes))
        _append(taken, "rewrites", raw._replace(value=value))

    return put


def forget_a_version(taken: Taken) -> None:
    """Let a first version be missing, with all that was decided about it."""
    publish(version=3)(taken)
    _append(taken, "decisions", _decided(taken, "trial"))


def without_orders(action: str) -> Fault:
    """Let the topic of orders not hold those of a kind that somebody obeyed."""

    def take(taken: Taken) -> None:
        kept = [raw for raw in taken.of("policy") if decode_avro(Policy, raw.value or b"").action != action]
        taken.records["policy"] = kept

    return take


def order_unheard(taken: Taken) -> None:
    """Let there be a pin before the last order, which everybody has read, and nobody obey it."""
    pin = order("pin", 2, locale="en-US", state="step", source="again", target="continue")
    raw = taken.records["policy"][1]
    taken.records["policy"][1] = raw._replace(key=pin.scope.encode(), value=encode_avro(pin))


BY_AN_ORDER = DecidedBy("policy", 0, 1_000)
"""An order later than all there are: whoever published because of it knew them all."""

CASES: dict[str, tuple[Fault, Kind, str]] = {
    "a trail is sent twice": (again("trails"), "over", "a turn in two places"),
    "a trail is missing": (gone("trails"), "lost", "a turn that is nowhere"),
    "a turn of a trail is missing": (drop_a_turn_of_a_trail, "lost", "a turn that is nowhere"),
    "a held turn is forgotten": (forget_a_held_turn, "lost", "a turn that is nowhere"),
    "a turn is in a trail and held": (hold_what_left, "over", "a turn in two places"),
    "a trail does not leave": (keep_a_trail_too_long, "under", "a trail that should have left"),
    "a bad record is not rejected": (gone("turns.rejected"), "lost", "undecodable, but not rejected"),
    "a bad record is rejected twice": (again("turns.rejected"), "over", "rejected more than once"),
    "a rejected record was changed": (change_a_rejected_record, "lost", "rejected, but not as it was received"),
    "a good record is rejected": (reject_a_good_record, "lost", "good, but rejected as undecodable"),
    "bad trails are not rejected": (break_a_record_of_trails, "lost", "undecodable, but not rejected"),
    "a rejected record has no place": (lose_the_place_of_a_rejected_record, "over", "rejected from nowhere"),
    "a chain is in two partitions": (split_a_chain, "over", "a chain in two partitions"),
    "a record of turns is gone": (gone("turns", 6), "over", "in a trail, but never accepted"),
    "detect's fence is too low": (move_the_fence("detect", -20), "over", "rejected, but never read"),
    "detect's time is ahead": (
        row("detect", "clock|", _one_more("partition_time")), "over", "partition time is ahead of the records"
    ),
    "detect's time is behind": (
        row("detect", "clock|", _one_more("partition_time", -1)), "under", "partition time is behind the records"
    ),
    "learn booked a trail twice": (row("learn", "chain|", _one_more("booked")), "over", "trails booked"),
    "learn missed a trail": (row("learn", "chain|", _one_more("booked", -1)), "under", "trails booked"),
    "learn booked a failure twice": (row("learn", "chain|", _one_more("visible")), "over", "failures that were told"),
    "learn missed a failure": (row("learn", "chain|", _one_more("visible", -1)), "under", "failures that were told"),
    "learn let one more pass": (row("learn", "chain|", _one_more("abandoned")), "over", "failures let pass"),
    "learn's clock ran ahead": (row("learn", "chain|", _one_more("now", 5)), "over", "chain's time"),
    "learn's fence is too low": (move_the_fence("learn", -20), "over", "outcomes of a text"),
    "learn missed an outcome": (
        row("learn", "text|", _one_form_less),
        "under", "outcomes of a text",
    ),
    "learn booked a correction twice": (row("learn", SERVED, _one_more("corrections")), "over", "corrections"),
    "learn missed a correction": (row("learn", SERVED, _one_more("corrections", -1)), "under", "corrections"),
    "learn booked a served turn twice": (row("learn", SERVED, _one_more("treated_turns")), "over", "treated turns"),
    "learn missed a served turn": (row("learn", SERVED, _one_more("treated_turns", -1)), "under", "treated turns"),
    "learn booked a held-out turn twice": (row("learn", SERVED, _one_more("held_out_turns")), "over", "held out turns"),
    "learn missed a held-out turn": (row("learn", SERVED, _one_more("held_out_turns", -1)), "under", "held out turns"),
    "a version's row is gone": (drop_a_row("learn", SERVED), "under", "treated turns"),
    "a stage path has a gap": (break_a_path, "lost", "a change of stage that is missing"),
    "a stage path has no beginning": (begin_in_the_midst, "lost", "a pair that begins in the midst of its life"),
    "a change of stage is doubled": (decide_twice, "over", "a change of stage that comes twice"),
    "a version comes again": (again("rewrites", 0), "over", "a version that comes again"),
    "a version is missing": (forget_a_version, "lost", "a version that is missing"),
    "nobody decided a version": (publish(version=2), "over", "published without a decision"),
    "a decision was not published": (gone("rewrites", 0), "under", "a decision without a publication"),
    "a forbidden rewrite is published": (publish(decided_by=BY_AN_ORDER), "over", "published against an order"),
    "a forbidden rewrite is live": (publish(version=2), "over", "live against an order in force"),
    "a record decides that learn has not read": (
        publish(decided_by=DecidedBy("trails", 0, 10_000)), "over", "published by a batch that never was"
    ),
    "a pin is served that nobody ordered": (without_orders("pin"), "over", "pinned, but by no order in force"),
    "a pin is not served": (order_unheard, "under", "a pin that is not served"),
    "a turn is dropped that nobody erased": (without_orders("erase"), "lost", "a turn that is nowhere"),
    "feedback is sent twice": (again("feedback"), "over", "an id that comes again"),
    "a decision is sent twice": (again("decisions", 0), "over", "an id that comes again"),
    "a decision is missing": (break_a_path, "over", "published without a decision"),
    "a rewrite is gone": (withdraw_unseen, "under", "decided, but not published"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_fault_is_found(sound: Taken, name: str) -> None:
    """Each fault put in by hand is found, as the kind it is, and is told without a text or a user."""
    put, kind, what = CASES[name]
    taken = copied(sound)
    put(taken)
    findings = recount(taken, Rules())
    assert (kind, what) in {(fault.kind, fault.what) for fault in findings.faults}
    assert [text for text in ("continue", "too late", "p0u", "open-") if text in as_json(findings).decode()] == []


def test_compacted_topics_are_no_fault(sound: Taken) -> None:
    """Where old publications may be gone, missing ones are none; what is there must still follow from decisions."""
    taken = copied(sound)
    gone("rewrites", 0)(taken)
    assert recount(taken, Rules(compacted=True)).faults == []


def test_a_turn_twice_booked_is_counted_by_how_often(sound: Taken) -> None:
    """The verdict counts turns and outcomes, not kinds of faults."""
    taken = copied(sound)
    again("trails")(taken)
    twice = decode_avro(Trails, taken.records["trails"][-1].value or b"")
    surplus = [fault for fault in recount(taken, Rules()).faults if fault.what == "a turn in two places"]
    assert sum(fault.times for fault in surplus) == sum(len(trail.turns) for trail in twice.trails)


def test_the_result_can_be_added_up() -> None:
    """Faults of a kind are summed by how often they happened."""
    findings = Findings()
    findings.compare("anything", "here", expected=3, found=5)
    findings.compare("anything", "there", expected=3, found=2)
    findings.compare("anything", "there", expected=3, found=3)
    assert (findings.total("over"), findings.total("under"), findings.total("lost")) == (2, 1, 0)
    assert not findings.clean


def test_it_shares_no_code_with_what_it_checks() -> None:
    """The recount loads nothing of streams, only the record classes and schema files that everybody is given."""
    program = "import sys, tests.chaos.recount; print([name for name in sys.modules if name.startswith('streams')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- its own way of reading ----------------------------------------------------------------------------------------


def test_both_ways_of_reading_agree_about_broken_bytes() -> None:
    """What detect takes in, the recount takes in; what detect refuses, it refuses or sees as written by no writer."""
    chance = random.Random(4)  # noqa: S311 - the same bytes on every run
    reader, decode = Reader("turn_event"), project(TurnEvent, DETECT.fields)
    values = [raw.value for raw in scene().taken.records["turns"] if raw.value and raw.value[0] == 0]
    verdicts = {True: 0, False: 0}
    for _ in range(20_000):
        broken = bytearray(chance.choice(values))
        for _ in range(chance.randint(1, 3)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        data = bytes(broken[: chance.choice([len(broken), len(broken), chance.randrange(len(broken))])])
        good, seen = readable(decode, data), readable(reader.read, data)
        verdicts[good] += 1
        assert good == seen or (seen and not reader.canonical(data)), data
    assert min(verdicts.values()) > 1_000


def readable(read: Callable[[bytes], Any], data: bytes) -> bool:
    """Return whether a reader takes bytes."""
    try:
        read(data)
    except (DecodeError, UnreadableError):
        return False
    return True


# -- its own idea of orders ----------------------------------------------------------------------------------------


def any_of(chance: random.Random, *values: str) -> str:
    """Return nothing, or one of some values."""
    return chance.choice(("", "", *values))


def test_both_ways_of_reading_orders_agree() -> None:
    """What an order forbids is the same for those who obey and for the recount, also where orders contradict."""
    chance = random.Random(5)  # noqa: S311 - the same orders on every run
    verdicts = {True: 0, False: 0}
    actions: tuple[PolicyAction, ...] = ("kill", "block", "allow", "pin", "set", "erase")
    for _ in range(3_000):
        policies = [
            Policy(
                scope=f"order {number}", action=chance.choice(actions), issued_at=chance.randint(1, 4),
                tenant=any_of(chance, "demo", "other"), locale=any_of(chance, "en-US", "de"),
                domain=any_of(chance, "music"), state=any_of(chance, "step"), source=any_of(chance, "next", "more"),
                target=any_of(chance, "Continue", "continue", "stop"), rewrite_id=any_of(chance, "r1", "r2"),
                user=any_of(chance, "u1"),
            )
            for number in range(chance.randint(1, 6))
        ]  # fmt: skip
        place = Place("demo", "en-US", "step", "next")
        obeyed = Orders(policies).forbid(Live("r1", 1, "music", "continue", 0.5, None), place)
        orders = {policy.scope: msgspec.structs.asdict(policy) for policy in policies}
        rewrite = {**place._asdict(), "domain": "music", "target": "continue", "rewrite_id": "r1"}
        assert forbids(orders, rewrite) == obeyed, policies
        verdicts[obeyed] += 1
    assert min(verdicts.values()) > 300
