"""The engine `ctranslate2`: a `WhisperEngine`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sentivox.engines.language_id.head import Floats
from sentivox.engines.protocols import RecognitionItem, SharedEncoderOutput
from sentivox.engines.whisper.backends.ctranslate2.model import (
    align,
    decode,
    encode,
    encoder_states,
    load_whisper,
)
from sentivox.engines.whisper.encoder import encoder_name
from sentivox.engines.whisper.engine import encode_items
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import DecodedText, Hypothesis, hypothesis_of
from sentivox.engines.whisper.token_limits import max_new_tokens
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import Pcm


class CTranslate2Engine:
    """Runs every pass by CTranslate2. Several threads may use it at the same time."""

    mixes_contexts = False

    def __init__(
        self, folder: Path, tokenizer: WhisperTokenizer, settings: RecognitionSettings
    ) -> None:
        self._tokenizer = tokenizer
        self._encoder = encoder_name(settings)
        self._model = load_whisper(folder, settings)

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        decoding_pass: DecodingPass,
    ) -> list[Hypothesis]:
        """See WhisperEngine."""
        states = encode_items(items, contexts, self._encoder, self.encode)
        texts = self.decode_texts(states, items, contexts, decoding_pass)
        return [
            hypothesis_of(
                self._tokenizer,
                item,
                text,
                decoding_pass.temperature,
                partial(align, self._model, self._tokenizer, own, item),
                partial(SharedEncoderOutput, self._encoder, context_s, own),
            )
            for item, text, own, context_s in zip(items, texts, states, contexts, strict=True)
        ]

    def encode(self, clips: Sequence[Pcm], context_s: float) -> Sequence[Floats]:
        """The encoder output of each clip with silence after it, (positions, width)."""
        return list(encoder_states(encode(self._model, clips, context_s)))

    def decode_texts(
        self,
        states: Sequence[Floats],
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        decoding_pass: DecodingPass,
    ) -> list[DecodedText]:
        """The text of each item."""
        limits = [max_new_tokens(*each) for each in zip(items, contexts, strict=True)]
        return decode(self._model, self._tokenizer, states, items, limits, decoding_pass)
