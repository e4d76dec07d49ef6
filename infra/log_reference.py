"""Writes the reference of a worker's log, `LOGS.md`, from the list of its events. Knows no event itself.

python -m infra.log_reference [--check]
"""

import sys
from pathlib import Path

from infra.generated import kept_current
from streams.observing.events import as_markdown

FILE = Path(__file__).parent / "LOGS.md"

TEXT = """\
# The log of a worker

One JSON object a line on standard error, with `event`, `level` and `timestamp`. The events are these, and a line holds
only the fields that stand here: what people said, and who they are, is in none of them. `dropped` names fields that
were given and are not listed. Written by `python -m infra.log_reference`.

{events}
"""


def main() -> int:
    """Write the reference, or with `--check` return 1 where it is not current."""
    text = TEXT.format(events=as_markdown())
    return kept_current(FILE, text, "python -m infra.log_reference", check="--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
