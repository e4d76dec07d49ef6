"""Packages the corpora that training is made from: ``python -m infra.samples.package_corpora SOURCE OUT``.

SOURCE is a folder with a folder a corpus (``infra/samples/corpora.py`` names the files). OUT is the folder to write.
"""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from infra.samples.corpora import MAKERS
from infra.samples.package_getgoing import write


def main(arguments: list[str]) -> int:
    """Write a file a corpus; return the exit status."""
    if len(arguments) != 2:  # noqa: PLR2004 - a source and a destination
        print(__doc__, file=sys.stderr)  # noqa: T201 - a command line tool speaks
        return 2
    source, out = map(Path, arguments)
    for name, (maker, patterns) in MAKERS.items():
        made = maker(*(list(rows(source, pattern)) for pattern in patterns))
        lines = dict.fromkeys(msgspec.json.encode(row) for row in made)
        write(out / f"{name}.jsonl.gz", b"".join(line + b"\n" for line in lines if b"@" not in line))
    return 0


def rows(source: Path, pattern: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of the files that a pattern names, by file name.

    Raises:
        FileNotFoundError: there is no such file.
    """
    paths = sorted(source.glob(pattern))
    if not paths:
        raise FileNotFoundError(source / pattern)
    for path in paths:
        with gzip.open(path) as lines:
            yield from map(msgspec.json.decode, lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
