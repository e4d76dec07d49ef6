"""Rejected records against their source: each bad one there once, as it was received. Knows no stage's rules."""

from tests.chaos.findings import Findings
from tests.chaos.taken import Raw, Taken


class Rejections:
    """The records of ``SOURCE.rejected`` that come from one partition of the source, by their offset there."""

    def __init__(self, taken: Taken, source: str, partition: int, findings: Findings) -> None:
        """Take those whose headers name this partition."""
        self._source = source
        self._partition = partition
        self._findings = findings
        self._found: dict[int, list[Raw]] = {}
        for raw in taken.of(f"{source}.rejected"):
            place = raw.header("reprise.topic"), raw.header("reprise.partition")
            offset = raw.header("reprise.offset")
            if place == (taken.prefix + source, str(partition)) and offset.isdigit():
                self._found.setdefault(int(offset), []).append(raw)

    def take(self, raw: Raw) -> str:
        """Return the reason a record was rejected for, "" when it was not; each must be there once and unchanged."""
        found = self._found.pop(raw.offset, [])
        if not found:
            return ""
        where = self.where(raw.offset)
        self._findings.count(f"{self._source} rejected")
        if len(found) > 1:
            self._findings.fault("over", "rejected more than once", where, len(found) - 1)
        if any((copy.key, copy.value) != (raw.key, raw.value) for copy in found):
            self._findings.fault("lost", "rejected, but not as it was received", where)
        if any(not set(raw.headers) <= set(copy.headers) for copy in found):
            self._findings.fault("lost", "rejected without its own headers", where)
        reason = found[0].header("reprise.reason")
        self._findings.count(f"{self._source} rejected: {reason}")
        return reason

    def expect(self, raw: Raw, reason: str, said: str) -> None:
        """Note a record that should have been rejected and was not, or for another reason."""
        if said == reason:
            return
        if said:
            self._findings.fault("lost", f"rejected as {said} instead of {reason}", self.where(raw.offset))
        else:
            self._findings.fault("lost", f"{reason}, but not rejected", self.where(raw.offset))

    def close(self) -> None:
        """Note what was rejected though it has no source, or was not yet read."""
        for offset, found in self._found.items():
            self._findings.fault("over", "rejected, but never read", self.where(offset), len(found))

    def where(self, offset: int) -> str:
        """Return the place of a record."""
        return f"{self._source}[{self._partition}]@{offset}"


def unplaced(taken: Taken, source: str) -> list[str]:
    """Return the places of rejected records whose headers name no partition of their source."""
    places = {str(partition) for partition in range(taken.partitions[source])}
    return [
        f"{source}.rejected[{raw.partition}]@{raw.offset}"
        for raw in taken.of(f"{source}.rejected")
        if raw.header("reprise.topic") != taken.prefix + source
        or raw.header("reprise.partition") not in places
        or not raw.header("reprise.offset").isdigit()
    ]
