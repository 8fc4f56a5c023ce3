"""Whisper's weights run by torch, as transformers' `WhisperForConditionalGeneration` holds them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from sentivox.models.base import RecognitionItem
from sentivox.models.memory import keep_freed_memory
from sentivox.models.whisper_alignment import align
from sentivox.models.whisper_attempts import Attempt
from sentivox.models.whisper_beam import search
from sentivox.models.whisper_features import FRAMES_PER_SECOND, log_mel
from sentivox.models.whisper_hypothesis import DecodedText, Hypothesis, hypothesis_of
from sentivox.models.whisper_layers import encode
from sentivox.models.whisper_prompt import Prompt, Vocabulary
from sentivox.models.whisper_room import room_for
from sentivox.models.whisper_sampling import write
from sentivox.models.whisper_tokens import WhisperTokens
from sentivox.models.whisper_weights import DTYPES, load_whisper_model
from sentivox.models.whisper_words import Alignment
from sentivox.settings import RecognitionSettings


class TransformersEngine:
    """Several threads may use it at the same time."""

    def __init__(self, folder: Path, tokens: WhisperTokens, settings: RecognitionSettings) -> None:
        """Raises WeightsError for a folder without a Whisper model that it can read."""
        keep_freed_memory()
        torch.set_num_threads(settings.threads)
        loaded = load_whisper_model(folder, settings.compute_type, settings.device)
        self._model = loaded.model
        self._heads = loaded.alignment_heads
        self._dtype = DTYPES[settings.compute_type]
        self._device = settings.device
        self._tokens = tokens
        self._vocabulary = Vocabulary(
            end_of_text=tokens.end_of_text,
            no_speech=tokens.no_speech,
            first_timestamp=tokens.first_timestamp,
            never=loaded.never,
            never_first=loaded.never_first,
        )

    def decode(
        self,
        items: Sequence[RecognitionItem],
        context_s: float,
        attempt: Attempt,
    ) -> list[Hypothesis]:
        """One hypothesis an item; see WhisperEngine."""
        with torch.inference_mode():
            encoded = self._encode(items, context_s)
            texts = self._write(encoded, items, context_s, attempt)
        return [
            hypothesis_of(
                self._tokens,
                item,
                text,
                attempt.temperature,
                partial(self._align, encoded[row : row + 1], item),
            )
            for row, (item, text) in enumerate(zip(items, texts, strict=True))
        ]

    def _encode(self, items: Sequence[RecognitionItem], context_s: float) -> torch.Tensor:
        frames = int(context_s * FRAMES_PER_SECOND)
        mels = self._model.config.num_mel_bins
        features = np.stack([log_mel(item.window.pcm, frames, mels) for item in items])
        return encode(self._model, torch.from_numpy(features).to(self._device, self._dtype))

    def _write(
        self,
        encoded: torch.Tensor,
        items: Sequence[RecognitionItem],
        context_s: float,
        attempt: Attempt,
    ) -> list[DecodedText]:
        prompts = [
            Prompt.of(item.options, self._tokens, room_for(item, context_s), hasty=attempt.hasty)
            for item in items
        ]
        if attempt.beam_size > 1:
            return search(self._model, encoded, prompts, self._vocabulary, attempt.beam_size)
        return write(self._model, encoded, prompts, self._vocabulary, attempt.temperature)

    def _align(self, encoded: torch.Tensor, item: RecognitionItem, ids: Sequence[int]) -> Alignment:
        heard = int(item.window.seconds * FRAMES_PER_SECOND) // 2
        with torch.inference_mode():
            return align(
                self._model,
                encoded,
                self._tokens.start_sequence(item.options),
                ids,
                max(1, min(encoded.shape[1], heard)),
                self._vocabulary,
                self._heads,
            )
