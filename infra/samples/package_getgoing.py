"""Packages the GetGoing calls as turn events: ``python -m infra.samples.package_getgoing SOURCE OUT [--full]``.

SOURCE is a folder with ``calls.jsonl.gz``. OUT is the file to write, gzipped when its name ends in ``.gz``. With
``--full`` nothing is replaced: such a file holds what callers said and must not be published.
"""

import gzip
import sys
from pathlib import Path

import msgspec

from infra.samples.getgoing import events_of, shared_users_of, without_rare_texts


def main(arguments: list[str]) -> int:
    """Write the events; return the exit status."""
    full = "--full" in arguments
    places = [argument for argument in arguments if not argument.startswith("--")]
    if len(places) != 2:  # noqa: PLR2004 - a source and a destination
        print(__doc__, file=sys.stderr)  # noqa: T201 - a command line tool speaks
        return 2
    source, out = map(Path, places)
    with gzip.open(source / "calls.jsonl.gz") as lines:
        calls = [msgspec.json.decode(line) for line in lines]
    events = events_of(calls)
    if not full:
        events = without_rare_texts(events, shared_users_of(calls))
    write(out, b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    return 0


def write(out: Path, content: bytes) -> None:
    """Write a file, gzipped by its name; the same content always gives the same bytes."""
    out.write_bytes(gzip.compress(content, compresslevel=9, mtime=0) if out.suffix == ".gz" else content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
