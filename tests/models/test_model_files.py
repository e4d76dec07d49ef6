"""Model files: what is written is read, whole, and what is no model file is refused in words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from models import model_files
from models.model_files import ModelFileError

ARRAYS: dict[str, NDArray[Any]] = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array([-1, 7], np.int8)}
DESCRIPTION = {"name": "student-1", "figures": [1, 2.5, None], "ä": {"z": 1, "a": 2}}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Arrays keep names, shapes and types, the description its values; the folder is made."""
    path = tmp_path / "new" / "model.safetensors"
    model_files.write(path, ARRAYS, DESCRIPTION)
    arrays, description = model_files.read(path)
    assert description == DESCRIPTION
    assert {name: (array.dtype, array.tolist()) for name, array in arrays.items()} == {
        name: (array.dtype, array.tolist()) for name, array in ARRAYS.items()
    }


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order in which arrays and description were put together."""
    one, other = tmp_path / "one", tmp_path / "other"
    model_files.write(one, ARRAYS, DESCRIPTION)
    model_files.write(other, dict(reversed(ARRAYS.items())), dict(reversed(DESCRIPTION.items())))
    assert one.read_bytes() == other.read_bytes()


def test_a_model_takes_the_place_of_another(tmp_path: Path) -> None:
    """The new one is there, and nothing else is left in the folder."""
    path = tmp_path / "model"
    model_files.write(path, ARRAYS, {"turn": 1})
    model_files.write(path, ARRAYS, {"turn": 2})
    assert model_files.read(path)[1] == {"turn": 2}
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """A description that JSON cannot hold changes nothing on disk."""
    path = tmp_path / "model"
    model_files.write(path, ARRAYS, DESCRIPTION)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="not JSON compliant"):
        model_files.write(path, ARRAYS, {"loss": float("nan")})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder that is a file cannot hold a model."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelFileError, match=r"file.model: cannot be written .*; choose another place"):
        model_files.write(tmp_path / "file" / "model", ARRAYS, DESCRIPTION)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message says which file, and what to do."""
    with pytest.raises(ModelFileError, match=r"none\.safetensors: there is no such file; check the path"):
        model_files.read(tmp_path / "none.safetensors")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 something else", b"\xff" * 64])
def test_another_format_is_refused(tmp_path: Path, content: bytes) -> None:
    """Nothing is guessed from bytes that are no model file."""
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="is no safetensors file, or is cut short"):
        model_files.read(path)


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    """At whatever place: half an array is no array."""
    path = tmp_path / "model"
    model_files.write(path, ARRAYS, DESCRIPTION)
    content = path.read_bytes()
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        with pytest.raises(ModelFileError):
            model_files.read(path)


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    """Arrays without the description of this product are nobody's model."""
    path = tmp_path / "model"
    save_file({"weight": np.zeros(2, np.float32)}, path, {"format": "pt"})
    with pytest.raises(ModelFileError, match="holds no description"):
        model_files.read(path)


def test_arrays_of_another_model_are_refused(tmp_path: Path) -> None:
    """A copy over an older model of the same shape that ended midway is neither of the two."""
    old, new = tmp_path / "old", tmp_path / "new"
    model_files.write(old, {"a": np.zeros(1_000, np.float32)}, DESCRIPTION)
    model_files.write(new, {"a": np.ones(1_000, np.float32)}, DESCRIPTION)
    content = new.read_bytes()
    assert len(content) == old.stat().st_size
    old.write_bytes(content[:-2_000] + old.read_bytes()[-2_000:])
    with pytest.raises(ModelFileError, match=r"holds other arrays .*; write or copy it again"):
        model_files.read(old)


def test_numbers_of_another_kind_are_refused(tmp_path: Path) -> None:
    """Arrays as other programs keep them, which numpy does not know."""
    header = b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    path = tmp_path / "model"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0")
    with pytest.raises(ModelFileError, match="save it with 32 bits"):
        model_files.read(path)
