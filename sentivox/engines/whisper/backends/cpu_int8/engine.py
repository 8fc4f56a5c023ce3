"""Texts that need no beam, by a decoder of our own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from sentivox.engines.language_id.head import Floats
from sentivox.engines.memory import give_back_freed_memory, give_back_now_and_then
from sentivox.engines.whisper.backends.cpu_int8.greedy_decoder import GreedyDecoder
from sentivox.engines.whisper.backends.cpu_int8.loaded_layers import int8_decoder
from sentivox.engines.whisper.context import LONG_S
from sentivox.engines.whisper.features import FRAMES_PER_SECOND
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import RecognitionOptions

MANY_POSITIONS = int(LONG_S * FRAMES_PER_SECOND) // 2
"""Of a clip. Texts over more leave much memory."""


class CpuInt8Decoder:
    """A `Decoder`; `folder` holds a model of CTranslate2's."""

    def __init__(
        self, folder: Path, tokens: WhisperTokenizer, settings: RecognitionSettings
    ) -> None:
        torch.set_num_threads(settings.threads)
        self._tokens = tokens
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self._decoder = GreedyDecoder(
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
        stop_on_repetition: bool,
    ) -> list[DecodedText]:
        """See Decoder."""
        prompts = [
            Prompt.of(each, self._tokens, room, stop_on_repetition=stop_on_repetition)
            for each, room in zip(options, rooms, strict=True)
        ]
        texts = self._decoder.decode([torch.tensor(states) for states in encoded], prompts)
        give_back_now_and_then(much=max(map(len, encoded)) > MANY_POSITIONS)
        return texts
