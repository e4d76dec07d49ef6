"""What the console must be told: the interface between its pages and a worker, or a folder of a replay.

Whoever knows applies the release rule: nothing that a text is in leaves it before the text may. Calls block, for at
most a few seconds, and come from several threads.
"""

from typing import Final, Protocol

from streams.console.views import (
    CandidateView,
    DecisionView,
    ExplanationView,
    Listing,
    OrderDraft,
    OrderView,
    Overview,
    RejectedView,
    RewriteView,
)

PAGE_MAX: Final = 200
"""Items of a listing at once: what a page can show and a telephone can draw."""


class UnknownError(Exception):
    """There is nothing to tell: nobody said it, or not enough people did; who asks cannot know which."""


class ElsewhereError(Exception):
    """Another worker knows; the message names it."""


class UnavailableError(Exception):
    """Not now: Kafka does not answer, or a partition is being restored; the message says what to do."""


class OrderRefusedError(Exception):
    """An order that cannot be given; the message names the field and the fix."""


class Knowledge(Protocol):
    """Everything the console shows, and the orders it takes."""

    def overview(self) -> Overview:
        """Return what to see first."""

    def rewrites(self, *, start: int = 0, size: int = PAGE_MAX, search: str = "") -> Listing[RewriteView]:
        """Return published rewrites, newest decision first; ``search`` is part of a source, target, domain or id."""

    def candidates(self, *, start: int = 0, size: int = PAGE_MAX) -> Listing[CandidateView]:
        """Return pairs that are not published, those that lack least first."""

    def decisions(
        self, *, before_ms: int | None = None, size: int = PAGE_MAX, rewrite_id: str = ""
    ) -> Listing[DecisionView]:
        """Return decisions, newest first; ``next`` is the ``before_ms`` of the next part."""

    def orders(self) -> Listing[OrderView]:
        """Return the orders in force, newest first."""

    def rejected(self, *, size: int = PAGE_MAX) -> Listing[RejectedView]:
        """Return the latest rejected records, newest first."""

    def pair(self, rewrite_id: str) -> CandidateView:
        """Return a pair by its id, published or not.

        Raises:
            UnknownError: no pair has it.
            ElsewhereError, UnavailableError.
        """

    def explain(
        self, source: str, *, state: str | None = None, tenant: str | None = None, locale: str | None = None
    ) -> tuple[ExplanationView, ...]:
        """Explain a text as it was heard, at one question or at all of them.

        Raises:
            UnknownError: nobody said it, or it is not released.
            ElsewhereError, UnavailableError.
        """

    def order(self, draft: OrderDraft) -> OrderView:
        """Give an order, and return it as it is in force; it is noted in the log with who gave it.

        Raises:
            OrderRefusedError: it makes no sense, or no orders can be given here.
            UnavailableError: it did not arrive; nothing was ordered.
        """
