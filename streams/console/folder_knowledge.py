"""What the console shows of a folder that a replay wrote. Only looks: knows no Kafka, and takes no order."""

import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from schemas.codec import decode_json
from schemas.records import Decision
from streams import topology
from streams.console.explaining import told_explanations, unknown
from streams.console.knowledge import PAGE_MAX, OrderRefusedError, UnknownError
from streams.console.listing import CANDIDATES_MAX, Facts, earlier, looked_at, matching, overall, part
from streams.console.masking import candidate_view, decision_view, forbidden_by, order_view, rewrite_view
from streams.console.views import (
    CandidateView,
    DecisionView,
    ExplanationView,
    Listing,
    OrderDraft,
    OrderView,
    Overview,
    PartitionView,
    RejectedView,
    RewriteView,
)
from streams.detect.step import partition_time
from streams.driver import STATE_FOLDER, Driver
from streams.learn import inventory
from streams.orders import Orders

DECISIONS_FILE: Final = "decisions.jsonl"
DECISIONS_MAX: Final = 10_000
"""Latest decisions kept: what somebody may page through."""


class FolderError(Exception):
    """A folder holds no replay that can be read; the message says what to do."""


class FolderKnowledge:
    """Answers from a replay's state and files, by the same release rule as a worker's."""

    def __init__(self, folder: Path) -> None:
        """Read the folder once; later changes are not seen.

        Raises:
            FolderError: it holds no state of a replay, or not one that this version can read.
        """
        self._title = folder.resolve().name
        self._driver = load_driver(folder)
        self._rows = self._driver.rows["learn"]
        self._decisions = tuple(_decisions(folder / DECISIONS_FILE))
        self._rejected, self._rejected_total = _rejected(folder / "rejected.jsonl")
        self._lock = threading.Lock()
        self._nearest: inventory.Nearest | None = None

    def overview(self) -> Overview:
        """Return what to see first, at the time at which the replay ended."""
        with self._lock:
            settings = self._driver.settings
            facts = Facts(
                title=self._title,
                now_ms=partition_time(self._driver.rows["detect"]),
                rewrites=list(self._driver.live.values()),
                standings=inventory.live_standings(self._rows, settings),
                candidates=inventory.by_stage(self._rows, settings),
                decisions=self._decisions,
                alpha=settings.alpha,
                partitions=tuple(
                    PartitionView(stage.name, 0, self._title, here=True, fence=self._driver.offsets[stage.source])
                    for stage in topology.STAGES
                ),
            )
        return overall(facts)

    def rewrites(self, *, start: int = 0, size: int = PAGE_MAX, search: str = "") -> Listing[RewriteView]:
        """Return published rewrites, newest decision first."""
        orders = Orders(self._driver.policy.values())
        views = [rewrite_view(rewrite, forbidden_by(orders, rewrite)) for rewrite in self._driver.live.values()]
        return part(matching(views, search), start, size)

    def candidates(self, *, start: int = 0, size: int = PAGE_MAX) -> Listing[CandidateView]:
        """Return pairs that are not published, those that lack least first."""
        with self._lock:
            if self._nearest is None:
                self._nearest = inventory.nearest(self._rows, self._driver.settings, CANDIDATES_MAX)
            found = self._nearest
        return part(list(map(candidate_view, found.candidates)), start, size, looked_at(found.total))

    def decisions(
        self, *, before_ms: int | None = None, size: int = PAGE_MAX, rewrite_id: str = ""
    ) -> Listing[DecisionView]:
        """Return decisions, newest first."""
        full = len(self._decisions) == DECISIONS_MAX
        note = f"These are the latest {DECISIONS_MAX:,}; {DECISIONS_FILE} has them all." if full else ""
        return earlier(self._decisions, before_ms, size, rewrite_id, note)

    def orders(self) -> Listing[OrderView]:
        """Return the orders that were in force when the replay ended, newest first."""
        orders = sorted(self._driver.policy.values(), key=lambda policy: (-policy.issued_at, policy.scope))
        with self._lock:
            views = [order_view(policy, self._may_show) for policy in orders[:PAGE_MAX]]
        note = f"The newest {PAGE_MAX} of {len(orders):,}." if len(orders) > PAGE_MAX else ""
        return Listing(tuple(views), len(orders), None, note)

    def rejected(self, *, size: int = PAGE_MAX) -> Listing[RejectedView]:
        """Return the latest rejected records, newest first."""
        shown = tuple(self._rejected)[: max(1, min(size, PAGE_MAX))]
        return Listing(shown, self._rejected_total, None, "A replay does not note when a record was rejected.")

    def pair(self, rewrite_id: str) -> CandidateView:
        """Return a pair by its id, published or not; raises UnknownError."""
        with self._lock:
            found = inventory.find(self._rows, self._driver.settings, rewrite_id)
        if found is None:
            message = "no decision was ever made about a pair with this id"
            raise UnknownError(message)
        return candidate_view(found)

    def explain(
        self, source: str, *, state: str | None = None, tenant: str | None = None, locale: str | None = None
    ) -> tuple[ExplanationView, ...]:
        """Explain a text as it was heard; raises UnknownError."""
        settings = self._driver.settings
        with self._lock:
            found = told_explanations(self._rows, settings, source, state=state, tenant=tenant, locale=locale)
        if not found:
            raise unknown(source, state)
        return found

    def order(self, draft: OrderDraft) -> NoReturn:  # noqa: ARG002 - the interface of knowledge
        """Refuse: there is no service here to order anything of."""
        message = (
            "a folder takes no orders; put them into a file and run `reprise replay FILE --out DIR --orders FILE`, "
            "or open the console of a worker"
        )
        raise OrderRefusedError(message)

    def _may_show(self, tenant: str, locale: str, said: str) -> bool:
        return inventory.is_released(self._rows, self._driver.settings, tenant, locale, said)


def load_driver(folder: Path) -> Driver:
    """Load what a replay saved, given its folder or the state folder in it.

    Raises:
        FolderError: there is no state, or not one that this version can read.
    """
    inside = folder / STATE_FOLDER
    try:
        return Driver.load(inside if inside.is_dir() else folder)
    except FileNotFoundError:
        message = f"{folder}: holds no state of a replay; `reprise replay FILE --out {folder}` makes one"
    except (OSError, ValueError) as error:
        message = f"{folder}: its state cannot be read: {error}; run the replay again"
    raise FolderError(message)


def latest_decisions(folder: Path) -> dict[str, DecisionView]:
    """Return the latest decision about each pair, by its id, from the folder that a replay wrote."""
    return {decision.rewrite_id: decision for decision in reversed(_decisions(folder / DECISIONS_FILE))}


def _decisions(path: Path) -> list[DecisionView]:
    """Return the latest decisions, newest first; those of one moment in the reverse of the order they were made in."""
    latest = deque((decode_json(Decision, line) for line in _lines(path)), maxlen=DECISIONS_MAX)
    numbered = sorted(enumerate(latest), key=lambda item: (item[1].decided_at, item[0]), reverse=True)
    return [decision_view(decision) for _, decision in numbered]


def _rejected(path: Path) -> tuple[list[RejectedView], int]:
    latest = deque(enumerate(_lines(path)), maxlen=PAGE_MAX)
    total = latest[-1][0] + 1 if latest else 0
    return [_rejected_view(number, msgspec.json.decode(line)) for number, line in reversed(latest)], total


def _rejected_view(number: int, row: dict[str, Any]) -> RejectedView:
    value: str = row.get("value", "")
    size = len(value) * 3 // 4 if row.get("encoding") == "base64" else len(value.encode("utf-8", "surrogatepass"))
    from_file = "file" in row
    return RejectedView(
        topic="rejected.jsonl",
        partition=0,
        offset=number,
        at_ms=0,
        stage=topology.DETECT.name,
        source_topic=Path(str(row["file"])).name if from_file else str(row.get("topic", "")),
        source_partition=0,
        source_offset=int(row.get("line" if from_file else "offset", 0)),
        reason=str(row.get("reason", "")),
        size_bytes=size,
        replayed=0,
    )


def _lines(path: Path) -> Iterator[bytes]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        yield from file
