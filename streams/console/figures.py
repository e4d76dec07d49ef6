"""Figures as the console writes them, in pages and pictures as in its sentences. Knows no page."""

from streams.pages import readable


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as per cent without a space before the sign, None as a dash."""
    return readable.percent(share, digits).replace("\u00a0%", "%")
