"""Whisper's ear on processors, by layers of our own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from sentivox.engines.language_id.head import Floats
from sentivox.engines.memory import give_back_now_and_then, keep_freed_memory
from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import EncoderOutputs
from sentivox.engines.whisper.backends.cpu_int8.loaded_layers import int8_decoder, int8_encoder
from sentivox.engines.whisper.context import LONG_S
from sentivox.engines.whisper.encoder import EncoderSpan, LanguageProbabilities
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, log_mel
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.types import Pcm


class Int8EncoderPass:
    """What an encoder hears, in either stage; `folder` holds a model of CTranslate2's."""

    def __init__(self, folder: Path, threads: int) -> None:
        keep_freed_memory()
        torch.set_num_threads(threads)
        self._encoder = int8_encoder(folder)

    def __call__(self, clips: Sequence[Pcm], context_s: float) -> list[Floats]:
        """Each with silence after it: (positions, width), 50 positions a second. One by one, since
        what two clips take of the processor's caches costs more than a batch saves (docs/log.md).
        """
        frames = int(context_s * FRAMES_PER_SECOND)
        return [self._encoder(log_mel(pcm, frames, self._encoder.mels)).numpy() for pcm in clips]


class CpuInt8Encoder:
    def __init__(self, folder: Path, threads: int) -> None:
        self._hear = Int8EncoderPass(folder, threads)
        tokens = WhisperTokenizer(folder)
        self._first = FirstToken(folder, tokens)

    def hear(self, clips: Sequence[Pcm], context_s: float) -> _Heard:
        # What the last ones took is free by now.
        give_back_now_and_then(much=context_s > LONG_S)
        return _Heard(self._hear(clips, context_s), self._first)


class FirstToken:
    """What the decoder says right after the token that every text begins with."""

    def __init__(self, folder: Path, tokens: WhisperTokenizer) -> None:
        self.decoder = int8_decoder(folder)
        self._start = tokens.start
        self._languages = list(tokens.languages())
        self._signs = self.decoder.embeddings[list(tokens.languages().values())].float()

    def languages(self, sound: EncoderOutputs, clips: int) -> list[LanguageProbabilities]:
        """Of so many of them."""
        with torch.inference_mode():
            memory = self.decoder.memory(sound, [1] * clips, 0)
            states = self.decoder.read(torch.tensor([[self._start]] * clips), [memory])
            told = (states[:, 0] @ self._signs.t()).softmax(-1).tolist()
        return [dict(zip(self._languages, row, strict=True)) for row in told]


class _Heard:
    def __init__(self, encoded: Sequence[Floats], first: FirstToken) -> None:
        self._encoded = encoded
        self._first = first
        with torch.inference_mode():
            self._sound = EncoderOutputs.of([torch.from_numpy(each) for each in encoded])

    def languages(self) -> list[LanguageProbabilities]:
        return self._first.languages(self._sound, len(self._encoded))

    def languages_of(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        if not parts:
            return []
        return self._first.languages(self._sound.parts(parts), len(parts))

    def states(self) -> Floats:
        return np.stack(self._encoded)
