"""One full record of each kind, with every field given, and ways to write them without our codec. Knows no test."""

import io
import json
from typing import Any

import fastavro
import msgspec

from schemas.records import (
    RECORDS,
    Alternative,
    AppliedRewrite,
    BargeIn,
    Correction,
    DecidedBy,
    Decision,
    Evidence,
    Feedback,
    Interpretation,
    Policy,
    Question,
    Reply,
    Rewrite,
    Slot,
    Trail,
    Trails,
    TrailTurn,
    Turn,
    TurnEvent,
)
from schemas.registry import current_schema, fixed_table, header

SCHEMA_IDS = {kind: fixed_table().written[kind.__name__] for kind in RECORDS}
NOW_MS = 1_565_000_000_123
APPLIED = AppliedRewrite("r1", 3, "treated", "play the next song")
EVIDENCE = Evidence(
    18.0, 2.0, 9.0, 0.7, 120.5, 0.9, 0.4, 40, 12, 0.8, NOW_MS, NOW_MS, (Question("means", 9, 1, 0.4, 31),)
)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PLACE = DecidedBy("trails", 3, 12_345_678)

FULL: dict[type[msgspec.Struct], msgspec.Struct] = {
    TurnEvent: TurnEvent(
        "demo",
        "en-US",
        "3f2a9c1e7b40d6aa",
        "c12",
        NOW_MS,
        "kitchen-1",
        turn=Turn(
            "c12-3",
            "play the next song please",
            "step",
            0.87,
            (Alternative("play the next sung please", 0.4),),
            NOW_MS - 2_000,
            Interpretation("music", "play", (Slot("song", "next song"),), 0.9),
            Reply("asked_again", "Sorry, which song would you like to hear?", NOW_MS + 400, NOW_MS + 2_500),
            BargeIn("speech", 1_200, resumed=False),
            APPLIED,
            "asr",
        ),
    ),
    Feedback: Feedback("f1", "demo", "en-US", "c12-3", "c12-4", "rephrase", 0.93, "rules-1", NOW_MS, NOW_MS, late=True),
    Trails: Trails(
        "demo",
        "en-US",
        3,
        NOW_MS,
        (
            Trail(
                "t1", "demo", "en-US", "u7", NOW_MS, NOW_MS, NOW_MS, "gap", "success", "n1", "rules-1",
                (
                    TrailTurn(
                        "c12-3", NOW_MS, "c12", "step", "play the song", "Play the song!", "music", "play", "m|play",
                        "failure", 0.5, "c12-1", "rephrase", 0.93, APPLIED, "asr", silent=True,
                        traceparent=TRACE,
                    ),
                ),
            ),
        ),
        (Correction("c12-3", APPLIED, "undone", NOW_MS, "u7", TRACE),),
    ),
    Rewrite: Rewrite(
        "r1", 3, "demo", "en-US", "music", "step", "play the sung", "play the song", "music|play", "n1", "trial", 0.5,
        "learned", EVIDENCE, NOW_MS, PLACE, NOW_MS, "learner-1",
    ),
    Decision: Decision(
        "d1", "r1", "demo", "en-US", "music", "step", "play the sung", "play the song", "music|play", "shadow", "trial",
        "three_questions", EVIDENCE, NOW_MS, PLACE, "learner-1",
    ),
    Policy: Policy(
        "demo|en-US", "kill", NOW_MS, "demo", "en-US", "music", "step", "play the sung", "play the song", "r1", "u7",
        "alpha", "0.01", "operator", "asked for by the owner",
    ),
}  # fmt: skip
"""By class."""


def plain(record: msgspec.Struct) -> dict[str, Any]:
    """Return a record as plain values, as JSON has them."""
    values: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return values


def as_json(values: dict[str, Any]) -> bytes:
    """Write plain values as JSON, whatever they are."""
    return json.dumps(values).encode()


def as_avro(kind: type[msgspec.Struct], values: dict[str, Any], schema: Any = None, schema_id: int = 1) -> bytes:
    """Write plain values as Avro with an independent library that knows no limits."""
    values = dict(values)
    if kind is TurnEvent:
        values.setdefault("device", "")
        name = next(name for name in ("turn", "signal", "tick") if name in values)
        values["body"] = (f"reprise.{name.capitalize()}", values.pop(name))
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(schema or current_schema(kind.__name__)), values)
    return header(schema_id) + buffer.getvalue()
