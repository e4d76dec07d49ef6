"""Files made from code and checked in: written, or held against what they are made from. Knows none of them."""

import sys
from pathlib import Path


def kept_current(path: Path, text: str, command: str, *, check: bool) -> int:
    """Write a file, or only compare it, and return the exit code: 1 where it was compared and is not current.

    Args:
        path: the file.
        text: what it must hold.
        command: what writes it, for whoever has to.
        check: whether to compare instead of writing.
    """
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return 0
    print(f"{path} is not current; run: {command}", file=sys.stderr)  # noqa: T201 - says what to do
    return 1
