"""The engine `cpu_int8`: a `WhisperEngine` for CPUs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from sentivox.engines.language_id.head import Floats
from sentivox.engines.memory import trim_memory, trim_memory_at_intervals
from sentivox.engines.processor import HAS_VNNI
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.cpu_int8.encoder import Int8ClipEncoder
from sentivox.engines.whisper.backends.cpu_int8.loaded_layers import int8_decoder
from sentivox.engines.whisper.backends.cpu_int8.text_decoder import TextDecoder
from sentivox.engines.whisper.backends.ctranslate2.engine import CTranslate2Engine
from sentivox.engines.whisper.context import LONG_S
from sentivox.engines.whisper.encoder import POSITIONS_PER_SECOND
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import Pcm

LONG_POSITIONS = int(LONG_S * POSITIONS_PER_SECOND)
"""Texts over longer encoder outputs leave much freed memory."""


class CpuInt8Engine(CTranslate2Engine):
    """Decodes by int8 layers; CTranslate2 aligns words.

    Without VNNI the int8 encoder would be slower than CTranslate2's, which encodes then.
    """

    mixes_contexts = True

    def __init__(
        self, folder: Path, tokenizer: WhisperTokenizer, settings: RecognitionSettings
    ) -> None:
        """`folder` holds a CTranslate2 model."""
        super().__init__(folder, tokenizer, settings)
        torch.set_num_threads(settings.threads)
        self._int8_encode = Int8ClipEncoder(folder, settings.threads) if HAS_VNNI else None
        config = json.loads((folder / "config.json").read_text("utf-8"))
        vocabulary = Vocabulary.of(tokenizer, config["suppress_ids"], config["suppress_ids_begin"])
        self._decoder = TextDecoder(int8_decoder(folder), vocabulary)
        trim_memory()

    def encode(self, clips: Sequence[Pcm], context_s: float) -> Sequence[Floats]:
        """See CTranslate2Engine."""
        if self._int8_encode is None:
            return super().encode(clips, context_s)
        return self._int8_encode(clips, context_s)

    def decode_texts(
        self,
        states: Sequence[Floats],
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        decoding_pass: DecodingPass,
    ) -> list[DecodedText]:
        """See CTranslate2Engine."""
        stop = decoding_pass.stop_on_repetition
        prompts = [
            Prompt.of(item, context_s, self._tokenizer, stop_on_repetition=stop)
            for item, context_s in zip(items, contexts, strict=True)
        ]
        encoded = [torch.tensor(each) for each in states]
        texts = self._decoder.decode(encoded, prompts, decoding_pass)
        trim_memory_at_intervals(large=max(map(len, states)) > LONG_POSITIONS)
        return texts
