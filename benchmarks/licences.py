"""Under which licence the weights are that stand for choice, as SPDX names it."""

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
"""By what a model's name begins with, its commit left out; the first that fits."""


def told_licences(arguments: Sequence[str]) -> dict[str, str]:
    """Of `MODEL=NAME`, as they are told. Raises ValueError for anything else."""
    pairs = [each.rpartition("=") for each in arguments]
    if not all(model and name for model, _, name in pairs):
        raise ValueError("Write --licence MODEL=NAME, the model as the config has it.")
    return {model: name for model, _, name in pairs}


def licence_of(model: str, told: Mapping[str, str]) -> str:
    """Of the weights that settings name so; `told` has those of models of one's own.

    Raises ValueError for weights whose licence nobody knows: they don't stand for choice.
    """
    if model in told:
        return told[model]
    for beginning, licence in LICENCES.items():
        if model.startswith(beginning):
            return licence
    raise ValueError(
        f"The licence of '{model}' isn't known here. Say it as SPDX names it: "
        f"--licence '{model}=MIT'."
    )
