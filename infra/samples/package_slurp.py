"""Packages SLURP requests and their recognition: ``python -m infra.samples.package_slurp SOURCE OUT``.

SOURCE is a folder with ``asr_nlu.jsonl.gz``, one recording a line. OUT is the file to write.
"""

import gzip
import sys
from pathlib import Path

import msgspec

from infra.samples.package_getgoing import write
from infra.samples.slurp import requests_of


def main(arguments: list[str]) -> int:
    """Write the requests; return the exit status."""
    if len(arguments) != 2:  # noqa: PLR2004 - a source and a destination
        print(__doc__, file=sys.stderr)  # noqa: T201 - a command line tool speaks
        return 2
    source, out = map(Path, arguments)
    with gzip.open(source / "asr_nlu.jsonl.gz") as lines:
        requests = requests_of(msgspec.json.decode(line) for line in lines)
    write(out, b"".join(msgspec.json.encode(request) + b"\n" for request in requests))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
