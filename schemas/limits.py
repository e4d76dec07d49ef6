"""The largest sizes a record may have, each with its reason. Knows nothing but numbers.

Whoever can write to a topic can write anything to it; these limits keep one hostile or broken record from
costing more than a normal one a thousand times over.
"""

from typing import Final

IDENTIFIER_LENGTH_MAX: Final = 256
"""Characters of a tenant, user, device, session or turn id: four times a UUID or a SHA-256 in hex."""

LOCALE_LENGTH_MAX: Final = 35
"""Characters of a BCP 47 tag; RFC 5646 section 4.4.1 asks for buffers of at least 35."""

SAID_LENGTH_MAX: Final = 1_000
"""Characters of an utterance. A minute of fast speech is about 900; a longer text is dictation, not a request."""

REPLY_LENGTH_MAX: Final = 4_000
"""Characters of a reply's text: four minutes of synthesised speech. Producers cut; only the opening matters here."""

ALTERNATIVES_MAX: Final = 16
"""Recogniser alternatives of one turn. Published n-best work uses 5; services return 30 at most on request."""

SLOTS_MAX: Final = 32
"""Slots of one interpretation. The richest public task (multi-domain booking) fills 12."""

SLOT_VALUE_LENGTH_MAX: Final = 500
"""Characters of a slot's value: half an utterance."""

TURNS_PER_TRAIL_MAX: Final = 32
"""Turns of one goal attempt. Nobody says the same thing 32 times; a loop in a test client does."""

TRAILS_PER_RECORD_MAX: Final = 4_096
"""Trails packed in one record: keeps a record below Kafka's default of 1 MiB with usual texts."""

MEANING_LENGTH_MAX: Final = 65_536
"""Characters of a meaning: a domain, an intent and every slot at its largest are 25,000; the rest is for quoting."""

TRACEPARENT_LENGTH_MAX: Final = 55
"""Characters of a W3C traceparent, version 00: four parts in hexadecimal digits."""

TOPIC_LENGTH_MAX: Final = 249
"""Characters of a topic's name; Kafka allows no more (org.apache.kafka.common.internals.Topic)."""

QUESTIONS_MAX: Final = 3
"""Answers in one piece of evidence: there are three questions."""

EPOCH_MS_MAX: Final = 253_402_300_799_999
"""The last millisecond of the year 9999; above it, somebody sent micro- or nanoseconds."""

REPLY_DURATION_MS_MAX: Final = 3_600_000
"""A reply may end at most an hour after the turn, so that no trail stays open on a wrong clock."""
