"""Writes the dashboards that Grafana loads, or tells whether the files are current. Knows where they lie.

python -m infra.grafana            write infra/grafana/dashboards/*.json anew
python -m infra.grafana --check    name what is not current, and exit with 1
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from infra.grafana.boards import dashboards

FOLDER: Final = Path(__file__).parent / "dashboards"


def texts() -> dict[str, str]:
    """Return what each file must hold, by its name."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {f"{uid}.json": encoder.encode(board) + "\n" for uid, board in dashboards().items()}


def outdated(folder: Path = FOLDER) -> list[str]:
    """Return in words what is not current: files that differ, are missing, or belong to no dashboard."""
    return list(_outdated(folder))


def _outdated(folder: Path) -> Iterator[str]:
    wanted = texts()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            yield f"{name} is missing"
        elif name not in wanted:
            yield f"{name} belongs to no dashboard"
        elif there[name] != wanted[name]:
            yield f"{name} is not what the code says"


def write(folder: Path = FOLDER) -> None:
    """Write all files, and remove what belongs to no dashboard."""
    wanted = texts()
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.grafana", description="Dashboards of Grafana.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is not current")
    if not parser.parse_args(arguments).check:
        write()
        return 0
    found = outdated()
    for line in found:
        print(f"{line}; run `python -m infra.grafana`", file=sys.stderr)  # noqa: T201 - a command line speaks
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
