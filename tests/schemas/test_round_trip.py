"""Every record comes back as it went in, through every face of the codec."""

import io
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import (
    DETECT_FIELDS,
    LEARN_FIELDS,
    decode_avro,
    decode_json,
    encode_avro,
    encode_json,
    fields_but,
    project,
)
from schemas.layout import lay_out
from schemas.projection import generate
from schemas.records import RECORDS, Alternative, Trails, Turn, TurnEvent
from schemas.registry import SchemaTable, current_schema, fixed_table, header
from tests.schemas.samples import FULL, NOW_MS, SCHEMA_IDS, as_avro, plain
from tests.schemas.strategies import records

EVERY_RECORD = pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
read_turn = project(TurnEvent, DETECT_FIELDS)
read_trails = project(Trails, LEARN_FIELDS)


@EVERY_RECORD
@given(data=st.data())
@settings(max_examples=40)
def test_every_face_gives_back_what_it_was_given(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    """Decoding what was encoded is the identity, in JSON and in Avro."""
    record = data.draw(records(kind))
    assert decode_json(kind, encode_json(record)) == record
    assert decode_avro(kind, encode_avro(record)) == record


@EVERY_RECORD
@given(data=st.data())
@settings(max_examples=25)
def test_avro_bytes_are_those_of_an_independent_library(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    """What we write is what fastavro writes, and what fastavro reads."""
    record = data.draw(records(kind))
    encoded = encode_avro(record)
    assert encoded == as_avro(kind, plain(record), schema_id=SCHEMA_IDS[kind])
    schema = fastavro.parse_schema(current_schema(kind.__name__))
    read: Any = fastavro.schemaless_reader(io.BytesIO(encoded[5:]), schema, None)
    if kind is not TurnEvent:
        assert msgspec.convert(read, kind) == record


@given(record=records(TurnEvent))
@settings(max_examples=60)
def test_what_detect_reads_is_the_record_without_what_it_does_not_need(record: TurnEvent) -> None:
    """The projection equals the full record on its fields, and the others have their defaults."""
    turn = record.turn
    if turn is not None:
        means = turn.interpretation and msgspec.structs.replace(turn.interpretation, confidence=None)
        turn = msgspec.structs.replace(turn, said_confidence=None, alternatives=(), interpretation=means)
    assert read_turn(encode_avro(record)) == msgspec.structs.replace(record, turn=turn)


@given(record=records(Trails))
@settings(max_examples=40)
def test_text_that_is_not_read_is_empty(record: Trails) -> None:
    """A text without a default that is left out of a projection is ""."""
    trails = tuple(
        msgspec.structs.replace(
            trail,
            normaliser="",
            turns=tuple(msgspec.structs.replace(turn, session_id="") for turn in trail.turns),
        )
        for trail in record.trails
    )
    assert read_trails(encode_avro(record)) == msgspec.structs.replace(record, trails=trails)


@EVERY_RECORD
@given(data=st.data())
@settings(max_examples=15)
def test_any_choice_of_fields_agrees_with_the_full_record(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    """Whatever fields are chosen, the chosen top-level ones are the record's own."""
    record = data.draw(records(kind))
    names = kind.__struct_fields__
    chosen = data.draw(st.sets(st.sampled_from(names), min_size=1))
    if kind is TurnEvent:
        chosen |= {"turn", "occurred_at"}
    part = project(kind, chosen)(encode_avro(record))
    assert {name: getattr(part, name) for name in chosen} == {name: getattr(record, name) for name in chosen}


@EVERY_RECORD
def test_ordinary_records_never_take_the_slow_way(kind: type[msgspec.Struct]) -> None:
    """The compiled reader takes a full record itself: the careful reader, many times slower, is for the unusual."""

    def otherwise(_data: bytes) -> None:
        pytest.fail("the careful reader was asked")

    schema = current_schema(kind.__name__)
    wire_header = header(SCHEMA_IDS[kind])
    encoded = encode_avro(FULL[kind])
    assert generate(lay_out(kind, schema, schema), wire_header, otherwise)(encoded) == FULL[kind]


def test_a_body_is_a_key_named_after_its_branch() -> None:
    """A short JSON line with only the necessary fields is a TurnEvent with the defaults in place."""
    line = b'{"tenant":"demo","locale":"en-US","user":"u7","session_id":"","occurred_at":1,'
    line += b'"turn":{"turn_id":"a","said":""}}'
    assert decode_json(TurnEvent, line) == TurnEvent("demo", "en-US", "u7", "", 1, turn=Turn("a", ""))
    assert b'"turn":{' in encode_json(decode_json(TurnEvent, line))


def test_lists_in_several_blocks_and_in_blocks_with_their_size_are_read() -> None:
    """Avro lets a writer split a list, and say how many bytes a block has; both mean the same list."""
    record = TurnEvent(
        "d", "en", "u", "", NOW_MS, turn=Turn("t", "x", alternatives=(Alternative("a"), Alternative("b")))
    )
    encoded = encode_avro(record)
    one_block = b"\x04\x02a\x00\x02b\x00\x00"
    assert encoded.count(one_block) == 1
    for other in (
        b"\x02\x02a\x00\x02\x02b\x00\x00",
        b"\x03\x0c\x02a\x00\x02b\x00\x00",
        b"\x01\x06\x02a\x00\x02\x02b\x00\x00",
    ):
        assert decode_avro(TurnEvent, encoded.replace(one_block, other)) == record
        assert read_turn(encoded.replace(one_block, other)).turn == Turn("t", "x")


def test_schema_ids_of_a_registry_are_used_in_both_directions() -> None:
    """With a table of other ids, values carry and are known by those ids; ids that come later are learnt."""
    schema = current_schema("TurnEvent")
    table = SchemaTable(written={"TurnEvent": 70_000}, writers={70_000: schema})
    record = FULL[TurnEvent]
    encoded = encode_avro(record, table)
    assert encoded.startswith(header(70_000))
    read = project(TurnEvent, None, table)
    assert read(encoded) == record == decode_avro(TurnEvent, encoded, table)
    table.writers[9] = schema
    assert read(header(9) + encoded[5:]) == record


def test_fixed_schema_ids_are_the_places_of_the_records() -> None:
    """Without a registry ids count the records from 1, plus a thousand a release up to the last that changed it."""
    assert fixed_table().written == {
        "TurnEvent": 1,
        "Feedback": 2,
        "Trails": 1_003,
        "Rewrite": 4,
        "Decision": 5,
        "Policy": 6,
    }


def test_a_field_that_does_not_exist_cannot_be_chosen() -> None:
    """A misspelt field is an error when the reader is made, not a silent default."""
    with pytest.raises(ValueError, match=r"turn\.sayd"):
        project(TurnEvent, ["turn.sayd"])
    with pytest.raises(ValueError, match=r"turn\.sayd"):
        fields_but(TurnEvent, "turn.sayd")
