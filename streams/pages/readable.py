"""Numbers as people read them on a page. Knows no result."""


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as per cent that no line break tears apart, None as a dash."""
    return "–" if share is None else f"{100 * share:.{digits}f}\u00a0%".replace("-", "−")


def number(value: float) -> str:
    """Return a count with its thousands marked, and digits after the point only where there are any."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def ratio(wins: float, losses: float) -> str:
    """Return two counts as a ratio such as 39 : 1."""
    return f"{number(wins)} : {number(losses)}"


def duration(hours: float) -> str:
    """Return a time in the unit that people would use."""
    days = hours / 24
    shown = f"{hours:.1f} hours" if abs(days) < 2 else f"{days:.1f} days"  # noqa: PLR2004 - from two days on
    return shown.replace("-", "−")


def many(count: float, thing: str) -> str:
    """Return a count with its noun, such as 1 rewrite and 2 rewrites."""
    return f"{number(count)} {thing}" + ("" if count == 1 else "s")


def share_of(part: float, whole: float) -> float | None:
    """Return a share, None where there is nothing to divide by."""
    return part / whole if whole else None
