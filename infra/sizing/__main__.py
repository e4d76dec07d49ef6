"""``python -m infra.sizing``: what a traffic needs, or the page about it. Knows the options alone."""

import argparse
import sys
from collections.abc import Sequence

from infra.sizing.calculator import Sizing, Traffic, sized
from infra.sizing.measured import Choices, measured
from infra.sizing.page import PAGE, columns, written

BEYOND = "The largest chain needs more than a core: see infra/sizing.md, `Where one chain ends`."
TOO_MANY = "That needs more partitions than a service can have: see infra/sizing.md, `Where one chain ends`."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what a traffic needs, or write the page."""
    options = _parser().parse_args(arguments)
    choices = Choices(replication=options.replication, flush_every_ms=options.flush_every_ms)
    if options.page:
        PAGE.write_text(written(measured(), Choices()), encoding="utf-8")
        return 0
    traffic = Traffic(
        options.turns_per_second,
        locales=options.locales,
        largest_share=options.largest_share or 1 / options.locales,
        texts=options.texts,
    )
    found = sized(traffic, measured().figures, choices)
    heading, rows = columns([(traffic, found)])
    sys.stdout.writelines(f"{name:<45} {value:>12}\n" for name, value in [heading, *rows])
    sys.stdout.writelines(f"{line}\n" for line in warnings(found))
    return 0


def warnings(found: Sizing) -> list[str]:
    """Return what one service cannot do."""
    if found.fits:
        return []
    return [BEYOND if found.largest_chain_cores > 1 else TOO_MANY]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.sizing", description=__doc__)
    parser.add_argument("--turns-per-second", type=_above_zero, default=1_000, help="at the busiest time")
    parser.add_argument(
        "--locales", type=_count, default=5, help="chains: pairs of tenant and locale, or their domains"
    )
    parser.add_argument(
        "--largest-share", type=_share, help="part of the turns that the largest chain gets; else equal"
    )
    parser.add_argument("--texts", type=_count, default=1_000_000, help="different texts said within 400 days")
    parser.add_argument("--replication", type=_count, default=3, help="copies of each topic")
    parser.add_argument("--flush-every-ms", type=_count, default=50, help="the setting of that name")
    parser.add_argument("--page", action="store_true", help="write infra/sizing.md instead")
    return parser


def _above_zero(text: str) -> float:
    value = float(text)
    if not value > 0:
        message = f"{text} is not above 0"
        raise argparse.ArgumentTypeError(message)
    return value


def _share(text: str) -> float:
    value = _above_zero(text)
    if value > 1:
        message = f"{text} is not a share: expected above 0 to 1"
        raise argparse.ArgumentTypeError(message)
    return value


def _count(text: str) -> int:
    return int(_above_zero(text))


if __name__ == "__main__":
    sys.exit(main())
