"""Recounts learn: every trail booked once. Knows the published rules and what can be counted, no code of learn."""

from collections import Counter
from typing import Any

from tests.chaos.books import Book, Books
from tests.chaos.decoding import Reader, UnreadableError
from tests.chaos.findings import Findings
from tests.chaos.rejections import Rejections, unplaced
from tests.chaos.rules import Rules
from tests.chaos.taken import State, Taken

SEPARATOR = "\x1f"
"""Between the parts of learn's row keys."""

SERVED_COUNTS = ("treated_turns", "held_out_turns", "corrections")
"""What is counted of each version that was served."""


def recount_trails(taken: Taken, rules: Rules, trails: Reader) -> Findings:
    """Compare ``trails``, up to where learn has come, with what its rows say."""
    findings = Findings()
    for where in unplaced(taken, "trails"):
        findings.fault("over", "rejected from nowhere", where)
    homes: dict[str, int] = {}
    for partition in range(taken.partitions["trails"]):
        state = taken.rows("learn", partition)
        books = _read(taken, partition, state, trails, findings)
        _compare(books, state, f"learn.state[{partition}]", rules, findings)
        for name in books.chains:
            if homes.setdefault(name, partition) != partition:
                findings.fault("over", "a chain in two partitions", f"trails[{partition}]")
    return findings


def _read(taken: Taken, partition: int, state: State, trails: Reader, findings: Findings) -> Books:
    """Book the records that learn has processed; count those that wait."""
    books = Books(taken.partitions["turns"])
    rejections = Rejections(taken, "trails", partition, findings)
    for raw in taken.of("trails", partition):
        findings.count("trails records")
        try:
            record = trails.read(raw.value)
        except UnreadableError:
            if raw.offset < state.next:
                rejections.expect(raw, "undecodable", rejections.take(raw))
            continue
        if raw.offset >= state.next:
            findings.count("trails waiting", len(record["trails"]))
            continue
        said = rejections.take(raw)
        if said:
            findings.fault("lost", f"good, but rejected as {said}", rejections.where(raw.offset))
            continue
        findings.count("trails booked", books.enter(record))
        findings.count("corrections booked", len(record["corrections"]))
    rejections.close()
    return books


def _compare(books: Books, state: State, where: str, rules: Rules, findings: Findings) -> None:
    """Hold the books against the rows, chain by chain, text by text, version by version."""
    chains = {name.rstrip(SEPARATOR): row for name, row in state.kind("chain")}
    texts = dict(_named(state, "text"))
    served = dict(_named(state, "served"))
    for name, book in books.chains.items():
        row = chains.pop(name, None)
        findings.count("chains compared")
        if row is None:
            findings.fault("lost", "a chain without a row", where)
            continue
        _compare_chain(book, row, where, findings)
        for said, forms in book.forms.items():
            forgotten = book.seen_at[said] + rules.forget_after_ms <= row["now"]
            _compare_text(forms, texts.pop((name, said), None), where, findings, forgotten=forgotten)
        for version, seen_at in book.served_at.items():
            found = served.pop((name, f"{version[0]}{SEPARATOR}{version[1]}"), None)
            forgotten = seen_at + rules.forget_after_ms <= row["now"]
            _compare_served(book, version, found, where, findings, forgotten=forgotten)
    findings.count("chains compared", 0)
    if chains:
        findings.fault("over", "a chain that no trail belongs to", where, len(chains))
    if texts:
        findings.fault("over", "a text that no trail holds", where, len(texts))
    for what in SERVED_COUNTS:
        nobodys = sum(row[what] for row in served.values())
        findings.compare(f"{what} of a version that no trail names", where, expected=0, found=nobodys)


def _named(state: State, kind: str) -> list[tuple[tuple[str, str], Any]]:
    """Return the rows of a kind by chain and the rest of their keys."""
    found = []
    for key, row in state.kind(kind):
        chain, _, rest = key.partition(SEPARATOR)
        found.append(((chain, rest), row))
    return found


def _compare_chain(book: Book, row: dict[str, Any], where: str, findings: Findings) -> None:
    findings.compare("trails booked", where, expected=book.booked, found=round(row["booked"]))
    findings.compare("failures that were told", where, expected=book.visible, found=round(row["visible"]))
    findings.compare("failures let pass", where, expected=book.abandoned, found=round(row["abandoned"]))
    findings.compare("chain's time", where, expected=book.now, found=row["now"])
    for partition in {*book.clocks, *map(int, row["clocks"])}:
        found = row["clocks"].get(str(partition), 0)
        findings.compare("chain's clock", where, expected=book.clocks.get(partition, 0), found=found)


def _compare_served(
    book: Book,
    version: tuple[str, int],
    row: dict[str, Any] | None,
    where: str,
    findings: Findings,
    *,
    forgotten: bool,
) -> None:
    """Hold what was served and complained of against the row of a version; these counts never fade."""
    if row is None and forgotten:
        findings.count("versions forgotten in time")
        return
    findings.count("versions compared")
    for what in SERVED_COUNTS:
        expected, found = book.served[(*version, what)], 0 if row is None else int(row[what])
        findings.count(what.replace("_", " "), expected)
        findings.compare(what.replace("_", " "), where, expected=expected, found=found)


def _compare_text(
    forms: Counter[str], row: dict[str, Any] | None, where: str, findings: Findings, *, forgotten: bool
) -> None:
    if row is None and forgotten:
        findings.count("texts forgotten in time")
        return
    findings.count("texts compared")
    found = {} if row is None else row["forms"]
    expected, booked = sum(forms.values()), round(sum(found.values()))
    findings.compare("outcomes of a text", where, expected=expected, found=booked)
    if expected == booked and {form: round(times) for form, times in found.items()} != dict(forms):
        findings.fault("over", "outcomes under another spelling", where)
