"""Licences of recognisers' weights, as SPDX names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sentivox.weights.embedded import embedded_models

LICENCES = {f"embedded:{name}": model.license for name, model in embedded_models().items()} | {
    "Systran/faster-whisper-": "MIT",
    "dropbox-dash/faster-whisper-": "MIT",
    "openai/whisper-large-v3-turbo": "MIT",
    "openai/whisper-": "Apache-2.0",
    "facebook/wav2vec2-": "Apache-2.0",
    "facebook/mms-": "CC-BY-NC-4.0",
}
"""Beginning of a model's name -> licence; the first that fits counts."""
NON_COMMERCIAL = "-NC"
"""Part of the names of Creative Commons licences that forbid commercial use."""


def given_licences(arguments: Sequence[str]) -> dict[str, str]:
    """Model -> licence, from arguments `MODEL=NAME`. Raises ValueError for anything else."""
    pairs = [each.rpartition("=") for each in arguments]
    if not all(model and name for model, _, name in pairs):
        raise ValueError("Write --licence MODEL=NAME, with the model as the config names it.")
    return {model: name for model, _, name in pairs}


def licence_of(model: str, given: Mapping[str, str]) -> str:
    """The licence of a model's weights; `given` has those of other models.

    Raises ValueError for a model without a known licence: such a model isn't compared.
    """
    if model in given:
        return given[model]
    for beginning, licence in LICENCES.items():
        if model.startswith(beginning):
            return licence
    raise ValueError(
        f"The licence of '{model}' is unknown. Name it as SPDX does: --licence '{model}=MIT'."
    )


def is_commercial(licence: str) -> bool:
    """Whether a licence, by its SPDX name, allows commercial use."""
    return NON_COMMERCIAL not in licence.upper()
