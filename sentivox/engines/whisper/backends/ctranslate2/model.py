"""A CTranslate2 Whisper model: loading, encoding, decoding, alignment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import ctranslate2
import numpy as np

from sentivox.engines.language_id.head import Floats
from sentivox.engines.memory import keep_freed_memory, trim_memory
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, log_mel
from sentivox.settings import LanguageIdSettings, RecognitionSettings
from sentivox.types import Pcm

Model: TypeAlias = ctranslate2.models.Whisper


def load_whisper(folder: Path, settings: RecognitionSettings | LanguageIdSettings) -> Model:
    """The model in `folder`, with the threads and workers of the settings."""
    keep_freed_memory()
    model = Model(
        str(folder),
        device=settings.device,
        compute_type=settings.compute_type,
        intra_threads=settings.threads,
        inter_threads=settings.workers,
    )
    trim_memory()
    return model


def encode(model: Model, clips: Sequence[Pcm], context_s: float) -> ctranslate2.StorageView:
    """Encoder output, shape (clips, positions, width), 50 positions per second of context."""
    frames = int(context_s * FRAMES_PER_SECOND)
    features = np.stack([log_mel(pcm, frames, model.n_mels) for pcm in clips])
    # On a CPU one by one: two clips together exceed its caches, which costs more than a batch saves
    # (docs/log.md).
    batches = np.split(features, len(clips)) if model.device == "cpu" else [features]
    encoded = [model.encode(ctranslate2.StorageView.from_array(batch)) for batch in batches]
    if len(encoded) == 1:
        return encoded[0]
    states = np.concatenate([encoder_states(each) for each in encoded])
    return ctranslate2.StorageView.from_array(states)


def encoder_states(encoded: ctranslate2.StorageView) -> Floats:
    """Encoder output in the CPU's memory, float32."""
    return np.asarray(encoded.to_device(ctranslate2.Device.cpu), dtype=np.float32)
