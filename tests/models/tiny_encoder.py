"""A tiny encoder of random weights whose words are those of given texts, written as a folder. Knows no test."""

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from models.torch_state import seeded

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def write_encoder(folder: Path, texts: Iterable[str], *, layers: int = 2, size: int = 16, seed: int = 0) -> Path:
    """Write an encoder and its tokenizer, and return the folder."""
    words = sorted({word for text in texts for word in text.lower().split()})
    numbers = {word: number for number, word in enumerate((*SPECIAL, *words))}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="[UNK]"))  # noqa: S106 - not a password
    tokenizer.pre_tokenizer = Whitespace()
    special = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)  # type: ignore[no-untyped-call]  # the library has no types there
    made.save_pretrained(folder)
    shape = BertConfig(
        vocab_size=len(numbers),
        hidden_size=size,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=2 * size,
        max_position_embeddings=192,
    )
    with seeded(seed), torch.no_grad():
        BertModel(shape).save_pretrained(folder)  # type: ignore[no-untyped-call]  # as above
    return folder
