"""The encoder by torch: from samples to encoder output, and to languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.language_id.head import Floats
from sentivox.engines.whisper.backends.torch.layers import encode, first_states
from sentivox.engines.whisper.backends.torch.log_mel import LogMel
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.encoder import (
    POSITIONS_PER_SECOND,
    EncoderSpan,
    LanguageProbabilities,
)
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, log_mel
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import LanguageIdSettings
from sentivox.types import Pcm

MAX_BATCH_SECONDS = 480.0
"""A GPU is no faster with more, and the states between its layers take 30 kB per position."""
MAX_BATCH_POSITIONS = round(POSITIONS_PER_SECOND * MAX_BATCH_SECONDS)


class ClipEncoder:
    """Encodes clips in batches of MAX_BATCH_SECONDS."""

    def __init__(self, model: WhisperForConditionalGeneration) -> None:
        self._model = model
        self._mels: int = model.config.num_mel_bins
        self._on_device = LogMel(self._mels, model.device) if model.device.type == "cuda" else None

    def __call__(self, clips: Sequence[Pcm], context_s: float) -> torch.Tensor:
        """Encoder output of the clips with silence after them: (clips, positions, width)."""
        size = max(1, int(MAX_BATCH_SECONDS / context_s))
        parts = [
            encode(self._model, self._features(clips[at : at + size], context_s))
            for at in range(0, len(clips), size)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _features(self, clips: Sequence[Pcm], context_s: float) -> torch.Tensor:
        frames = int(context_s * FRAMES_PER_SECOND)
        if self._on_device:
            return self._on_device(clips, frames).to(self._model.dtype)
        features = np.stack([log_mel(pcm, frames, self._mels) for pcm in clips])
        return torch.from_numpy(features).to(self._model.dtype)


class TorchEncoder:
    """A `WhisperEncoder`."""

    def __init__(self, folder: Path, settings: LanguageIdSettings) -> None:
        """Raises WeightsError for a folder without a Whisper model that can be read."""
        torch.set_num_threads(settings.threads)
        tokenizer = WhisperTokenizer(folder)
        self._model = load_whisper_model(folder, settings.compute_type, settings.device).model
        self._encode = ClipEncoder(self._model)
        self._start = tokenizer.start
        self._languages = tokenizer.languages()

    def encode(self, clips: Sequence[Pcm], context_s: float) -> _Output:
        with torch.inference_mode():
            encoded = self._encode(clips, context_s)
        return _Output(self, encoded)

    def detect(
        self, encoded: torch.Tensor, lengths: Sequence[int] | None = None
    ) -> list[LanguageProbabilities]:
        """Languages by encoder output (clips, positions, width), of which only the first `lengths`
        positions count, or all of them.
        """
        with torch.inference_mode():
            states = first_states(self._model, encoded, self._start, lengths)
            logits = self._model.proj_out(states)[:, list(self._languages.values())].float()
            rows = logits.softmax(-1).tolist()
        return [dict(zip(self._languages, row, strict=True)) for row in rows]


class _Output:
    """An `EncoderOutput`."""

    def __init__(self, encoder: TorchEncoder, encoded: torch.Tensor) -> None:
        self._encoder = encoder
        self._encoded = encoded

    def languages(self) -> list[LanguageProbabilities]:
        return self._encoder.detect(self._encoded)

    def languages_of(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        """Parts of similar length form batches of up to MAX_BATCH_POSITIONS."""
        by_length = sorted(range(len(parts)), key=lambda row: parts[row].end - parts[row].first)
        found: dict[int, LanguageProbabilities] = {}
        while by_length:
            longest = parts[by_length[-1]].end - parts[by_length[-1]].first
            rows = by_length[-max(1, MAX_BATCH_POSITIONS // max(1, longest)) :]
            del by_length[-len(rows) :]
            found |= zip(rows, self._detect_padded([parts[row] for row in rows]), strict=True)
        return [found[row] for row in range(len(parts))]

    def states(self) -> Floats:
        return self._encoded.float().cpu().numpy()

    def _detect_padded(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        with torch.inference_mode():
            own = [self._encoded[clip, first:end] for clip, first, end in parts]
            padded = torch.nn.utils.rnn.pad_sequence(own, batch_first=True)
        return self._encoder.detect(padded, [len(each) for each in own])
