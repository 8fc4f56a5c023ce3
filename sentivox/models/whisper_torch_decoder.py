"""Texts that need no beam, by a decoder of our own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from sentivox.models.int8_weights import int8_decoder
from sentivox.models.language_head import Floats
from sentivox.models.memory import give_back_freed_memory, give_back_now_and_then
from sentivox.models.whisper_context import LONG_S
from sentivox.models.whisper_decoder import WhisperDecoder
from sentivox.models.whisper_features import FRAMES_PER_SECOND
from sentivox.models.whisper_hypothesis import DecodedText
from sentivox.models.whisper_prompt import Prompt, Vocabulary
from sentivox.models.whisper_tokens import WhisperTokens
from sentivox.settings import RecognitionSettings
from sentivox.types import RecognitionOptions

MANY_POSITIONS = int(LONG_S * FRAMES_PER_SECOND) // 2
"""Of a clip. Texts over more leave much memory."""


class TorchDecoder:
    """A `Decoder`; `folder` holds a model of CTranslate2's."""

    def __init__(self, folder: Path, tokens: WhisperTokens, settings: RecognitionSettings) -> None:
        torch.set_num_threads(settings.threads)
        self._tokens = tokens
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self._decoder = WhisperDecoder(
            int8_decoder(folder),
            Vocabulary.of(tokens, config["suppress_ids"], config["suppress_ids_begin"]),
        )
        give_back_freed_memory()

    def decode(
        self,
        encoded: Sequence[Floats],
        options: Sequence[RecognitionOptions],
        rooms: Sequence[int],
        *,
        hasty: bool,
    ) -> list[DecodedText]:
        """See Decoder."""
        prompts = [
            Prompt.of(each, self._tokens, room, hasty=hasty)
            for each, room in zip(options, rooms, strict=True)
        ]
        texts = self._decoder.decode([torch.tensor(states) for states in encoded], prompts)
        give_back_now_and_then(much=max(map(len, encoded)) > MANY_POSITIONS)
        return texts
