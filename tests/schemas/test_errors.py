"""What the codec refuses: always with one error, for one reason in every face, and without a word of the user's."""

import math
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas import layout, reading
from schemas.codec import DETECT_FIELDS, LEARN_FIELDS, decode_avro, decode_json, encode_avro, encode_json, project
from schemas.errors import DecodeError
from schemas.layout import Choice, Flag, Items, Maybe, Number, Part, Text, Whole
from schemas.records import RECORDS, Feedback, Question, Reply, Trails, Turn, TurnEvent
from schemas.registry import current_schema, header
from tests.schemas.samples import FULL, NOW_MS, SCHEMA_IDS, as_avro, as_json, plain
from tests.schemas.strategies import broken, records

EVERY_RECORD = pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
LAYOUTS = {kind: layout.lay_out(kind, current_schema(kind.__name__), current_schema(kind.__name__)) for kind in RECORDS}
Decode = Callable[[bytes], Any]


def outcome(decode: Decode, data: bytes) -> Any:
    """Return the record, or the error's parts; anything but a DecodeError is raised."""
    try:
        return decode(data)
    except DecodeError as error:
        return (error.record, error.field, error.expected, error.found)


def _not_matching(pattern: str | None) -> list[str]:
    """Return texts that a pattern refuses."""
    tried = ["en_US", "en\n", "-", "a|b", "a\x1fb"]
    return [] if pattern is None else [text for text in tried if not re.search(pattern, text)]


def bad_values(node: layout.Node) -> list[Any]:
    """Return values just outside what a field may be, of a type that both JSON and Avro can carry there."""
    match node:
        case Text(smallest, largest, pattern):
            return ["x" * (largest + 1), *([""] if smallest else []), *_not_matching(pattern)]
        case Whole(smallest, largest):
            return [smallest - 1, *([largest + 1] if largest < 2**63 - 1 else [])]
        case Number(smallest, largest, above):
            ends = [smallest if above else smallest - 0.001] if smallest is not None else []
            return [*ends, *([] if largest is None else [largest + 0.001])]
        case Maybe(inner):
            return bad_values(inner)
        case Items(_, smallest, largest):
            return [*([[]] if smallest else []), largest + 1]
    return []


def with_value(values: dict[str, Any], path: str, bad: Any) -> dict[str, Any]:
    """Put a value at a path, in the first item of every list on the way; a count repeats a list's first item."""
    place: Any = values
    *way, last = path.split(".")
    for name in way:
        place = place[name][0] if isinstance(place[name], list) else place[name]
    place[last] = [place[last][0]] * bad if isinstance(place[last], list) and isinstance(bad, int) else bad
    return values


def faults(node: Part, path: str = "") -> list[tuple[str, Any]]:
    """Return every field of a record, down to the last, with a value it may not have."""
    found: list[tuple[str, Any]] = []
    for name in layout.field_names(node):
        inner = layout.find(node, name)
        assert inner is not None
        below = f"{path}.{name}" if path else name
        found += [(below, bad) for bad in bad_values(inner)]
        while isinstance(inner, Maybe | Items):
            inner = inner.inner if isinstance(inner, Maybe) else inner.item
        found += faults(inner, below) if isinstance(inner, Part) else []
    return found


FAULTS = [
    pytest.param(kind, path, bad, id=f"{kind.__name__}.{path}-{str(bad)[:8]!r}{len(str(bad))}")
    for kind in RECORDS
    for path, bad in faults(LAYOUTS[kind])
    if not path.startswith(("signal", "tick"))
]


@pytest.mark.parametrize(("kind", "path", "bad"), FAULTS)
def test_a_value_outside_its_limits_is_refused_alike(kind: type[msgspec.Struct], path: str, bad: Any) -> None:
    """Each limit of each field is checked by both formats, which name the same field and the same expectation."""
    values = with_value(plain(FULL[kind]), path, bad)
    in_json = outcome(lambda data: decode_json(kind, data), as_json(values))
    in_avro = outcome(lambda data: decode_avro(kind, data), as_avro(kind, values, schema_id=SCHEMA_IDS[kind]))
    assert in_json[:3] == in_avro[:3]
    assert in_avro[0] == kind.__name__
    assert in_avro[1].replace("[]", "") == path


@EVERY_RECORD
@given(data=st.data())
@settings(max_examples=40)
def test_broken_avro_is_read_by_all_readers_or_by_none(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    """The compiled reader and the careful one agree on any bytes, and what they take survives JSON."""
    encoded = encode_avro(data.draw(records(kind)))
    for _ in range(3):
        encoded = data.draw(broken(encoded))
    fast = outcome(lambda raw: decode_avro(kind, raw), encoded)
    if encoded.startswith(header(SCHEMA_IDS[kind])):
        assert fast == outcome(lambda raw: reading.read(LAYOUTS[kind], raw, 5), encoded)
    if isinstance(fast, kind):
        assert decode_json(kind, encode_json(fast)) == fast
        assert decode_avro(kind, encode_avro(fast)) == fast


@pytest.mark.parametrize(("kind", "fields"), [(TurnEvent, DETECT_FIELDS), (Trails, LEARN_FIELDS)])
@given(data=st.data())
@settings(max_examples=40)
def test_a_projection_takes_all_that_the_full_reader_takes(
    kind: type[msgspec.Struct], fields: frozenset[str], data: st.DataObject
) -> None:
    """On any bytes a projection gives a record or a DecodeError, and a record whenever the full reader does."""
    encoded = data.draw(broken(encode_avro(data.draw(records(kind)))))
    part = outcome(project_once(kind, fields), encoded)
    if isinstance(outcome(lambda raw: decode_avro(kind, raw), encoded), kind):
        assert isinstance(part, kind)


PROJECTIONS: dict[type[msgspec.Struct], Decode] = {}


def project_once(kind: type[msgspec.Struct], fields: frozenset[str]) -> Decode:
    """Return the projection of a kind, compiled once for all examples."""
    if kind not in PROJECTIONS:
        PROJECTIONS[kind] = project(kind, fields)
    return PROJECTIONS[kind]


@EVERY_RECORD
@given(data=st.data())
@settings(max_examples=40)
def test_broken_json_is_a_record_or_a_decode_error(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    """Whatever is done to a JSON line, decoding it raises nothing but DecodeError; what it takes survives Avro."""
    line = data.draw(broken(encode_json(data.draw(records(kind)))))
    read = outcome(lambda raw: decode_json(kind, raw), line)
    if isinstance(read, kind):
        assert decode_avro(kind, encode_avro(read)) == read


@EVERY_RECORD
@given(data=st.binary(max_size=80))
@example(b"[" * 100_000)
@example(b'{"tenant":' * 50_000)
@example(b"\xff\xfe")
@example(b"")
@settings(max_examples=60)
def test_any_bytes_are_a_record_or_a_decode_error(kind: type[msgspec.Struct], data: bytes) -> None:
    """No bytes make a decoder raise anything else, with or without a right header in front."""
    outcome(lambda raw: decode_json(kind, raw), data)
    outcome(lambda raw: decode_avro(kind, raw), data)
    outcome(lambda raw: decode_avro(kind, raw), header(SCHEMA_IDS[kind]) + data)


@EVERY_RECORD
def test_every_truncation_is_refused(kind: type[msgspec.Struct]) -> None:
    """No beginning of a record is a record, nor is a record with something behind it."""
    encoded = encode_avro(FULL[kind])
    for end in range(len(encoded)):
        assert isinstance(outcome(lambda raw: decode_avro(kind, raw), encoded[:end]), tuple)
    assert isinstance(outcome(lambda raw: decode_avro(kind, raw), encoded + b"\x00"), tuple)


SIGNAL = header(1) + b"\x02d\x04en\x02u\x00\x02\x00\x02\x02t"
"""A signal about turn t, all but its kind and value; occurred_at is 1."""


@pytest.mark.parametrize(
    ("tail", "field"),
    [
        (b"\x0e\x00", "signal.kind"),  # a symbol that does not exist
        (b"\x01\x00", "signal.kind"),  # a negative place
        (b"\x00\x04", "signal.value"),  # a branch that does not exist
        (b"\x00\x02\x01", "signal.value"),  # a negative number
        (b"\x00\x02\x80\x00", "signal.value"),  # zero in two bytes
        (b"\x00\x02" + b"\x80" * 10 + b"\x01", "signal.value"),  # a number of eleven bytes
        (b"\x00\x02" + b"\xff" * 9 + b"\x03", "signal.value"),  # a number of 65 bits
    ],
)
def test_malformed_numbers_are_refused(tail: bytes, field: str) -> None:
    """A number must have its shortest form and a place must exist."""
    assert decode_avro(TurnEvent, SIGNAL + b"\x00\x00").signal is not None
    with pytest.raises(DecodeError) as caught:
        decode_avro(TurnEvent, SIGNAL + tail)
    assert caught.value.field == field


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(number: float) -> None:
    """NaN and infinities are no values in any field, whether it has a range or not."""
    for kind, path in (
        (Feedback, "score"),
        (type(FULL[RECORDS[3]]), "evidence.wins"),
        (RECORDS[4], "evidence.win_loss"),
    ):
        data = as_avro(kind, with_value(plain(FULL[kind]), path, number), schema_id=SCHEMA_IDS[kind])
        with pytest.raises(DecodeError) as caught:
            decode_avro(kind, data)
        assert caught.value.field == path


@pytest.mark.parametrize("count", [b"\xfe\xff\xff\xff\x0f", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x22"])
def test_a_count_costs_nothing_until_there_are_items(count: bytes) -> None:
    """A list that claims more items than it may have is refused, also where lists are passed over."""
    start = header(1) + b"\x02d\x04en\x02u\x00\x02\x00\x00\x02t\x00\x00\x00"
    for decode in (lambda raw: decode_avro(TurnEvent, raw), project_once(TurnEvent, DETECT_FIELDS)):
        found = outcome(decode, start + count)
        assert found[1] == "turn.alternatives"


def test_json_faults_name_field_expectation_and_kind_of_value() -> None:
    """A missing, unknown, mistyped or contradictory field is reported where it is."""
    valid = plain(FULL[TurnEvent])
    missing = {**valid, "turn": {"said": "x"}}
    unknown = {**valid, "turn": {**valid["turn"], "sentence": "x"}}
    mistyped = {**valid, "turn": {**valid["turn"], "reply": {"status": 3}}}
    twice = {**valid, "tick": {}}
    for values, field, expected, found in (
        (missing, "turn.turn_id", "text of 1 to 256 characters", "nothing"),
        (unknown, "turn", "no fields but turn_id, said,", "another field"),
        (mistyped, "turn.reply.status", "one of answered, asked_again,", "int"),
        (twice, "", "exactly one of `turn`, `signal` and `tick`", "fields that contradict each other"),
    ):
        with pytest.raises(DecodeError) as caught:
            decode_json(TurnEvent, as_json(values))
        assert (caught.value.field, caught.value.found) == (field, found)
        assert caught.value.expected.startswith(expected)
        assert str(caught.value).startswith(f"TurnEvent{'.' if field else ''}{field}: expected {expected}")


def test_a_reply_that_ends_hours_later_is_refused_alike() -> None:
    """The rule across fields holds in both formats, with one wording."""
    values = plain(FULL[TurnEvent])
    values["turn"]["reply"]["ended_at"] = NOW_MS + 3_600_001
    in_json = outcome(lambda raw: decode_json(TurnEvent, raw), as_json(values))
    assert in_json == outcome(lambda raw: decode_avro(TurnEvent, raw), as_avro(TurnEvent, values))
    assert "at most an hour after" in in_json[2]


SECRET = "Zzyzx41"  # noqa: S105 - what a user might say


@EVERY_RECORD
@given(data=st.data())
@settings(max_examples=30)
def test_no_text_of_a_record_is_in_an_error(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    """With the same secret in every text, no error of a broken record shows it, even as a key or a symbol."""
    values = plain(FULL[kind])
    for path, node in ((path, layout.find(LAYOUTS[kind], path)) for path in layout.leaves(LAYOUTS[kind])):
        if isinstance(node, Text) and node.pattern is None and not path.startswith(("signal", "tick")):
            with_value(values, path, SECRET)
    encoded = data.draw(broken(as_avro(kind, values, schema_id=SCHEMA_IDS[kind])))
    line = data.draw(broken(as_json(values)))
    path = data.draw(st.sampled_from(sorted(layout.leaves(LAYOUTS[kind]) - {"tick", "signal.turn_id"})))
    misplaced = with_value(plain(FULL[kind]), path, SECRET) if not path.startswith("signal") else {SECRET: SECRET}
    misplaced[SECRET] = SECRET
    for decode, raw in ((decode_avro, encoded), (decode_json, line), (decode_json, as_json(misplaced))):
        try:
            decode(kind, raw)
        except DecodeError as error:
            shown = f"{error} {error!r} {error.__cause__} {error.__context__ if not error.__suppress_context__ else ''}"
            assert SECRET not in shown


@pytest.mark.parametrize(
    "record",
    [
        TurnEvent("d", "en_US", "u", "", 1, turn=Turn("t", "x")),
        TurnEvent("d", "en", "", "", 1, turn=Turn("t", "x")),
        TurnEvent("d", "en", "u", "", -1, turn=Turn("t", "x")),
        TurnEvent("d", "en", "u", "", 1, turn=Turn("t", "x" * 1_001)),
        TurnEvent("d", "en", "u", "", 1, turn=Turn("t", "\ud800")),
        TurnEvent("d", "en", "u", "", 1, turn=Turn("t", "x", reply=Reply("bad"))),  # type: ignore[arg-type]
        TurnEvent("d", "en", "u", "", 1, turn=Turn("t", 3)),  # type: ignore[arg-type]
        Trails("d", "en", 2**63, 1),
        Feedback("f", "d", "en", "t", "", "repeat", math.nan, "x", 1, 1),
        msgspec.structs.replace(
            FULL[RECORDS[3]],
            evidence=msgspec.structs.replace(
                FULL[RECORDS[3]].evidence,  # type: ignore[attr-defined]
                questions=(Question("works", 1, 1, 0.8, math.inf),),
            ),
        ),
    ],
    ids=repr,
)
def test_what_could_not_be_read_is_not_written(record: msgspec.Struct) -> None:
    """Encoding a record that decoding would refuse is a ValueError in both formats."""
    with pytest.raises(ValueError, match=type(record).__name__):
        encode_avro(record)
    with pytest.raises(ValueError, match=type(record).__name__):
        encode_json(record)


def test_another_kind_of_record_is_refused() -> None:
    """A record under the schema id of another kind, or an unknown one, or none, is not guessed at."""
    encoded = encode_avro(FULL[Feedback])
    for data in (encoded, header(999) + encoded[5:], b"\x01" + encoded[1:], encoded[:4], bytearray(encoded), None):
        with pytest.raises(DecodeError):
            decode_avro(TurnEvent, data)  # type: ignore[arg-type]


def test_choices_and_flags_are_checked_byte_by_byte() -> None:
    """Of the 256 bytes only those of a symbol, or of true and false, are taken."""
    encoded = encode_avro(FULL[Feedback])
    flags = [outcome(lambda raw: decode_avro(Feedback, raw), encoded[:-1] + bytes([byte])) for byte in range(256)]
    assert [byte for byte, read in enumerate(flags) if isinstance(read, Feedback)] == [0, 1]
    assert isinstance(layout.find(LAYOUTS[Feedback], "late"), Flag)
    kinds = layout.find(LAYOUTS[Feedback], "kind")
    assert isinstance(kinds, Choice)
    assert len(kinds.symbols) == 8
