"""Language adapters: a few small layers and an output layer for each language of one large model.

Pratap et al. 2023, "Scaling Speech Technology to 1,000+ Languages" (MMS). The files are those that
`transformers` saves: `adapter.nld.safetensors` beside the model, languages named by ISO 639-3, some
with their script, as in `srp-script_cyrillic`.
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

_WHISPER_CODES = {"jv": "jw", "nb": "no", "fil": "tl"}
"""ISO 639-1 -> Whisper's code, where the two differ."""


def adapter_file(folder: Path, name: str) -> Path:
    """Path of the adapter with that ISO 639-3 name in the model's folder."""
    return folder / f"{_PREFIX}{name}{_SUFFIX}"


def adapters_in(folder: Path) -> list[str]:
    """Names of the adapters in a model's folder, sorted."""
    found = sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))
    return [path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for path in found]


def names_by_language(names: Iterable[str]) -> dict[str, str]:
    """Codes of `sentivox.languages` with the name of their adapter.

    Where a language has several adapters, the one with the plain code of the language is taken
    ("ara" before "arb"), then the one in the language's usual script.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        if (code := _language_code(name.partition(_SCRIPT)[0])) in LANGUAGES:
            found.setdefault(code, []).append(name)
    return {code: min(some, key=lambda name: _rank(code, name)) for code, some in found.items()}


def read_adapter(
    folder: Path, name: str, replaced: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The tensors of one adapter, with the device and the type of the tensors that they replace.

    `replaced` holds the model's own tensors by name. Shapes have to agree, except for the number of
    outputs. Raises WeightsAltered.
    """
    path = adapter_file(folder, name)
    try:
        tensors = load_file(path)
    except SafetensorError as exc:
        raise WeightsAltered(f"'{path.name}' can't be read. Copy the model again.") from exc
    if tensors.keys() != replaced.keys() or not all(
        _fits(tensor, replaced[key], key) for key, tensor in tensors.items()
    ):
        raise WeightsAltered(f"'{path.name}' doesn't fit the model beside it. Copy both again.")
    return {key: tensor.to(replaced[key]) for key, tensor in tensors.items()}


def _fits(tensor: torch.Tensor, replaced: torch.Tensor, key: str) -> bool:
    dimensions = slice(1, None) if key.startswith(OUTPUT_LAYER) else slice(None)
    return bool(tensor.shape[dimensions] == replaced.shape[dimensions])


def _language_code(iso_code: str) -> str:
    plain = langcodes.Language.get(iso_code).prefer_macrolanguage().language or ""
    return _WHISPER_CODES.get(plain, plain)


def _rank(code: str, name: str) -> tuple[bool, bool, str]:
    """Sort key of an adapter's name among those of one language; the lowest is taken."""
    language = langcodes.Language.get(code)
    own_code, _, script = name.partition(_SCRIPT)
    usual = language.maximize().script_name().lower()
    return own_code != language.to_alpha3(), bool(script) and script not in usual, name
