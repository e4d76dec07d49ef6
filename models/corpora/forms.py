"""Commands that fill forms, one field after another: the same words around other values. Knows English, no corpus.

Teaching an assistant and writing an e-mail go field by field. Each command is nearly the text of the one before, but a
new request; yet where a value was misheard, the next command is nearly the same text as well, and a correction.
"""

from random import Random
from typing import Final, NamedTuple

FIELDS: Final = {
    "email": ("subject", "body", "recipient", "text", "sender", "copy"),
    "contact": ("name", "phone number", "address", "email address", "birthday", "nickname", "job"),
    "event": ("title", "date", "place", "start time", "end time", "guests", "description"),
    "note": ("title", "text", "color", "category"),
    "task": ("title", "due date", "priority", "owner", "notes"),
    "list": ("name", "first item", "last item", "color"),
}
"""Fields by what they belong to."""

WAYS: Final = (
    "set {field} to {value}",
    "set the {field} to {value}",
    "set the {field} of the {thing} to {value}",
    "the {field} is {value}",
    "{things} {field} is {value}",
    "change the {field} to {value}",
    "make the {field} {value}",
    "put {value} as the {field}",
    "use {value} as {field}",
    "{field} {value}",
    "add the {field} {value}",
    "write {value} in the {field}",
    "fill in {value} for {field}",
    "i want the {field} to be {value}",
)
"""Ways to say what a field holds."""

ACTIONS: Final = (
    "create a {thing}", "make a new {thing}", "start a {thing}", "open the {thing}", "save the {thing}",
    "delete the {thing}", "show the {thing}", "read the {thing}", "send the {thing}", "close the {thing}",
)  # fmt: skip
"""Commands about the thing itself."""

QUESTIONS: Final = (
    "what is the {field}", "read the {field} of the {thing}", "get the {field}", "show me the {field}",
    "does the {thing} have a {field}", "remove the {field}", "what {field} does the {thing} have",
)  # fmt: skip
"""Commands about a field that is filled."""

NAMED: Final = ("named", "called", "with the name", "for")
"""Joins a thing with its name."""


class Entry(NamedTuple):
    """A field to be filled: of what, which, with what, and in which of the ways."""

    thing: str
    field: str
    value: str
    way: str

    @property
    def said(self) -> str:
        """Return the command."""
        return self.way.format(thing=self.thing, things=f"{self.thing}s", field=self.field, value=self.value)


def entry(chance: Random, value: str) -> Entry:
    """Return a field filled with a value."""
    thing = chance.choice(tuple(FIELDS))
    return Entry(thing, chance.choice(FIELDS[thing]), value, chance.choice(WAYS))


def other_way(chance: Random, given: Entry) -> Entry:
    """Return the same in another way."""
    return given._replace(way=chance.choice([way for way in WAYS if way != given.way]))


def next_field(chance: Random, given: Entry, value: str) -> Entry:
    """Return the next field, filled with another value, mostly in the same way."""
    field = chance.choice([field for field in FIELDS[given.thing] if field != given.field])
    way = given.way if chance.random() < 2.0 / 3.0 else chance.choice(WAYS)
    return Entry(given.thing, field, value, way)


def question(chance: Random, given: Entry) -> str:
    """Return a command about a field after it was filled."""
    return chance.choice(QUESTIONS).format(thing=given.thing, field=given.field)


def action(chance: Random, thing: str) -> str:
    """Return a command about a thing."""
    return chance.choice(ACTIONS).format(thing=thing)


def named(chance: Random, command: str, name: str) -> str:
    """Return a command about a thing with its name, as people say it when they were asked for one."""
    return f"{command} {chance.choice(NAMED)} {name}"
