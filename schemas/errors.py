"""The one error that decoding untrusted bytes can raise. Knows nothing of how bytes are decoded."""


class DecodeError(ValueError):
    """Bytes that are not a valid record.

    Its text may be logged and sent on: it never holds what a user said, nor an id of anybody or anything.

    Attributes:
        record: name of the record that was expected, such as ``TurnEvent``.
        field: path of the first field at fault, such as ``turn.reply.status``; "" for the record as a whole.
            ``[]`` stands for any item of a list.
        expected: what the field may be, in words.
        found: what it was, as a kind of thing rather than as a value.
    """

    def __init__(self, record: str, field: str, expected: str, found: str) -> None:
        """Say what was wrong, where."""
        super().__init__(record, field, expected, found)
        self.record = record
        self.field = field
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        """Return one line for logs and headers."""
        place = f"{self.record}.{self.field}" if self.field else self.record
        return f"{place}: expected {self.expected}, found {self.found}"
