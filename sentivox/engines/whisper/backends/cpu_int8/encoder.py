"""The int8 encoder of CPUs, for recognition and for language detection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from sentivox.engines.language_id.head import Floats
from sentivox.engines.memory import keep_freed_memory, trim_memory_at_intervals
from sentivox.engines.whisper.backends.cpu_int8.cross_attention import (
    CrossAttention,
    cross_attention,
)
from sentivox.engines.whisper.backends.cpu_int8.loaded_layers import int8_decoder, int8_encoder
from sentivox.engines.whisper.context import LONG_S
from sentivox.engines.whisper.encoder import EncoderSpan, LanguageProbabilities
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, log_mel
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.types import Pcm


class Int8ClipEncoder:
    """Encodes clips; `folder` holds a CTranslate2 model."""

    def __init__(self, folder: Path, threads: int) -> None:
        keep_freed_memory()
        torch.set_num_threads(threads)
        self._layers = int8_encoder(folder)

    def __call__(self, clips: Sequence[Pcm], context_s: float) -> list[Floats]:
        """The encoder output of each clip with silence after it, (positions, width).

        Clips are encoded one by one: two together exceed the CPU's caches, which costs more than a
        batch saves (docs/log.md).
        """
        frames = int(context_s * FRAMES_PER_SECOND)
        return [self._layers(log_mel(pcm, frames, self._layers.mels)).numpy() for pcm in clips]


class CpuInt8Encoder:
    """A `WhisperEncoder`."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._encode = Int8ClipEncoder(folder, threads)
        self._decoder = int8_decoder(folder)
        tokenizer = WhisperTokenizer(folder)
        self._start = tokenizer.start
        self._languages = tokenizer.languages()
        language_ids = list(self._languages.values())
        self._embeddings = self._decoder.embeddings[language_ids].float().t().contiguous()

    def encode(self, clips: Sequence[Pcm], context_s: float) -> _Output:
        # The memory of the batch before is free by now.
        trim_memory_at_intervals(large=context_s > LONG_S)
        return _Output(self, self._encode(clips, context_s))

    def detect(self, clips: Sequence[CrossAttention]) -> list[LanguageProbabilities]:
        """Probabilities of the language token, which follows the token that every text begins with:
        one entry for each encoder output.
        """
        with torch.inference_mode():
            caches = [self._decoder.new_cache(clip, 1) for clip in clips]
            states = self._decoder.step([[self._start]] * len(clips), caches)
            # One row at a time: a product's sums depend on its number of rows.
            rows = [(row @ self._embeddings).softmax(-1).tolist() for row in states]
        return [dict(zip(self._languages, row, strict=True)) for row in rows]


class _Output:
    """An `EncoderOutput`."""

    def __init__(self, encoder: CpuInt8Encoder, states: Sequence[Floats]) -> None:
        self._encoder = encoder
        self._states = states
        with torch.inference_mode():
            self._clips = [cross_attention(torch.from_numpy(each)) for each in states]

    def languages(self) -> list[LanguageProbabilities]:
        return self._encoder.detect(self._clips)

    def languages_of(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        clips = [self._clips[part.clip].part(part.first, part.end) for part in parts]
        return self._encoder.detect(clips) if clips else []

    def states(self) -> Floats:
        return np.stack(self._states)
