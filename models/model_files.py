"""Model files: named arrays and a description, nothing that could run. Knows no model in particular.

The format is safetensors; the description is JSON under one key of its metadata, so that the same model always gives
the same bytes.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

DESCRIPTION_KEY: Final = "reprise"
"""Where in the metadata the description stands."""

DIGEST_KEY: Final = "arrays_blake2b"
"""Where in the description the arrays' digest stands. A copy that ended midway over a model of the same shape has
the new description and some of the old arrays; nothing else would tell."""

FILE_BYTES_MAX: Final = 1 << 30
"""No model of this product is larger; anything larger was named by mistake."""

Arrays = Mapping[str, NDArray[Any]]


class ModelFileError(ValueError):
    """A model file cannot be used. The message names the file, what is wrong and what to do."""

    def __init__(self, path: Path, fault: str, remedy: str) -> None:
        """Make the message."""
        super().__init__(f"{path}: {fault}; {remedy}")
        self.path = path
        self.fault = fault


def write(path: Path, arrays: Arrays, description: Mapping[str, Any]) -> None:
    """Write a model file so that a reader finds either the old one or the new one, whole.

    Args:
        path: where to; its folder is made.
        arrays: arrays by name, little endian.
        description: what JSON can hold.

    Raises:
        ModelFileError: the file cannot be written.
    """
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    told = {**description, DIGEST_KEY: _digest(whole)}
    metadata = {DESCRIPTION_KEY: json.dumps(told, ensure_ascii=False, sort_keys=True, allow_nan=False)}
    content = save(whole, metadata)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise ModelFileError(path, f"cannot be written ({error.strerror or error})", "choose another place") from None


def read(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the arrays and the description of a model file.

    Raises:
        ModelFileError: there is no such file, it is of another format, cut short, or mixed with another one.
    """
    if not path.is_file():
        raise ModelFileError(path, "there is no such file", "check the path, or train a model")
    if path.stat().st_size > FILE_BYTES_MAX:
        raise ModelFileError(path, "is larger than any model", "name the model file itself")
    try:
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except OSError as error:
        raise ModelFileError(path, f"cannot be read ({error.strerror or error})", "check its rights") from None
    except TypeError:  # numpy has no such numbers
        raise ModelFileError(path, "holds numbers of 16 bits or fewer", "save it with 32 bits") from None
    except SafetensorError:
        raise ModelFileError(path, "is no safetensors file, or is cut short", "write or copy it again") from None
    description = _description(path, metadata)
    if description.pop(DIGEST_KEY, None) not in {None, _digest(arrays)}:
        raise ModelFileError(path, "holds other arrays than it was written with", "write or copy it again")
    return arrays, description


def _digest(arrays: Arrays) -> str:
    digest = blake2b(digest_size=16)
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)  # a temporary file is its owner's alone
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _description(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        description = json.loads(metadata[DESCRIPTION_KEY])
    except (KeyError, ValueError):
        description = None
    if not isinstance(description, dict):
        raise ModelFileError(path, "holds no description", "use a model that this product has written")
    return description
