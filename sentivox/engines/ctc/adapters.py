"""Language adapters: a few small layers and an output layer for each language of one large model.

Pratap et al. 2023, "Scaling Speech Technology to 1,000+ Languages" (MMS). The files are those that
`transformers` writes: `adapter.nld.safetensors` beside the model, languages named by ISO 639-3,
some with their script, as in `srp-script_cyrillic`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import langcodes
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from sentivox.errors import WeightsAltered
from sentivox.languages import LANGUAGES

OUTPUT_LAYER = "lm_head."
_PREFIX, _SUFFIX = "adapter.", ".safetensors"
_SCRIPT = "-script_"

_OUR_CODES = {"jv": "jw", "nb": "no", "fil": "tl"}
"""Where Whisper's code for a language isn't the one of ISO 639-1."""


def adapter_file(folder: Path, name: str) -> Path:
    return folder / f"{_PREFIX}{name}{_SUFFIX}"


def adapters_in(folder: Path) -> list[str]:
    """The names of the languages that have one."""
    found = sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))
    return [path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for path in found]


def names_by_language(names: Iterable[str]) -> dict[str, str]:
    """A code of `sentivox.languages` -> the name of its adapter.

    Of several, the one with the plain code of the language comes first ("ara" before "arb"), then
    the one in the script that the language is mostly written in.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        if (code := _our_code(name.partition(_SCRIPT)[0])) in LANGUAGES:
            found.setdefault(code, []).append(name)
    return {code: min(some, key=lambda name: _rank(code, name)) for code, some in found.items()}


def read_adapter(
    folder: Path, name: str, like: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The tensors of one adapter, on the device and in the type of those that they replace.

    `like` holds the latter, by their names in the model; only the output layer may differ in
    length. Raises WeightsAltered.
    """
    path = adapter_file(folder, name)
    try:
        tensors = load_file(path)
    except SafetensorError as exc:
        raise WeightsAltered(f"'{path.name}' can't be read. Copy the model again.") from exc
    if tensors.keys() != like.keys() or not all(
        _fits(tensor, like[key], key) for key, tensor in tensors.items()
    ):
        raise WeightsAltered(f"'{path.name}' doesn't fit the model beside it. Copy both again.")
    return {key: tensor.to(like[key]) for key, tensor in tensors.items()}


def _fits(tensor: torch.Tensor, replaced: torch.Tensor, key: str) -> bool:
    dimensions = slice(1, None) if key.startswith(OUTPUT_LAYER) else slice(None)
    return bool(tensor.shape[dimensions] == replaced.shape[dimensions])


def _our_code(code: str) -> str:
    plain = langcodes.Language.get(code).prefer_macrolanguage().language or ""
    return _OUR_CODES.get(plain, plain)


def _rank(code: str, name: str) -> tuple[bool, bool, str]:
    language = langcodes.Language.get(code)
    written, _, script = name.partition(_SCRIPT)
    usual = language.maximize().script_name().lower()
    return written != language.to_alpha3(), bool(script) and script not in usual, name
