"""Export of trained weights to a folder that `engine: ctc` serves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import save_file

from sentivox.engines.ctc.adapters import adapter_file
from sentivox.engines.ctc.network import CtcNetwork
from sentivox.types import SAMPLE_RATE
from training.ctc.checkpoints import load_best
from training.ctc.vocabulary import save_vocabulary
from training.ctc.worker import Run, frames_of


def export(runs: Sequence[Run], folder: Path) -> None:
    """Write the model of one run, or one adapter per run over their common base."""
    folder.mkdir(parents=True, exist_ok=True)
    for run in runs:
        model = run.model()
        load_best(run.folder, model)
        if run.name:
            network = CtcNetwork(model, run.features, frames_of(model))
            tensors = {key: x.detach().clone() for key, x in network.adapter_tensors().items()}
            save_file(tensors, adapter_file(folder, run.name))
    # All runs with adapters have the same base; only the adapters' files differ.
    model.save_pretrained(folder)
    save_vocabulary(folder, {run.name: run.table for run in runs})
    features = {
        "sampling_rate": SAMPLE_RATE,
        "do_normalize": runs[0].features.do_normalize,
        "return_attention_mask": runs[0].features.return_attention_mask,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(features, indent=1), "utf-8")
