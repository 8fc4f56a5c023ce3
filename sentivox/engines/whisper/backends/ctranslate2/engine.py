"""The engine `ctranslate2`: a `WhisperEngine`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from ctranslate2 import StorageView
from ctranslate2.models import WhisperGenerationResult

from sentivox.engines.language_id.head import Floats
from sentivox.engines.protocols import RecognitionItem, SharedEncoderOutput
from sentivox.engines.whisper.backends.ctranslate2.model import (
    encode,
    encoder_states,
    load_whisper,
)
from sentivox.engines.whisper.encoder import encoder_name
from sentivox.engines.whisper.engine import encode_items
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.features import FRAMES_PER_SECOND
from sentivox.engines.whisper.hypothesis import DecodedText, Hypothesis, hypothesis_of
from sentivox.engines.whisper.log_prob import mean_log_prob
from sentivox.engines.whisper.token_limits import MAX_LENGTH, max_new_tokens
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.engines.whisper.word_alignment import Alignment
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
                partial(self._align, own, item),
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
        """The text of each item; `states` are their encoder outputs, all of the same shape."""
        rows: defaultdict[int, list[int]] = defaultdict(list)
        for row, each in enumerate(zip(items, contexts, strict=True)):
            rows[max_new_tokens(*each)].append(row)
        texts: dict[int, DecodedText] = {}
        # Those of one limit are a batch: in another's a text would go on beyond its own.
        for limit, own in rows.items():
            decoded = self._generate(
                [states[row] for row in own], [items[row] for row in own], limit, decoding_pass
            )
            texts |= zip(own, decoded, strict=True)
        return [texts[row] for row in range(len(items))]

    def _generate(
        self,
        states: Sequence[Floats],
        items: Sequence[RecognitionItem],
        limit: int,
        decoding_pass: DecodingPass,
    ) -> list[DecodedText]:
        prompts = [self._tokenizer.prompt(item.options) for item in items]
        before = len(prompts[0]) - len(items[0].options.prefix)
        sampled = decoding_pass.temperature != 0
        results = self._model.generate(
            StorageView.from_array(np.stack(states)),
            prompts,
            beam_size=decoding_pass.beam_size,
            sampling_topk=0 if sampled else 1,
            sampling_temperature=decoding_pass.temperature if sampled else 1.0,
            # CTranslate2 decodes half as many tokens, and no more than the prompt leaves of them.
            max_length=min(MAX_LENGTH, limit + max(before, limit)),
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [_decoded(each, limit) for each in results]

    def _align(self, states: Floats, item: RecognitionItem, ids: Sequence[int]) -> Alignment:
        """Word alignment of text tokens with the encoder output (positions, width) of a window."""
        # A copy, since shared encoder output is read-only and CTranslate2 wants to write.
        own = np.array(states[None])
        [aligned] = self._model.align(
            StorageView.from_array(own),
            self._tokenizer.start_sequence(item.options),
            [list(ids)],
            min(2 * len(states), int(item.window.seconds * FRAMES_PER_SECOND)),
        )
        return Alignment(aligned.alignments, aligned.text_token_probs)


def _decoded(result: WhisperGenerationResult, limit: int) -> DecodedText:
    ids = tuple(result.sequences_ids[0])
    cut_off = len(ids) >= limit
    # A score is the log-probability with the end of text, over the tokens without it.
    log_prob = result.scores[0] * len(ids)
    return DecodedText(
        ids=ids,
        avg_logprob=mean_log_prob(log_prob, len(ids), ended=not cut_off),
        no_speech_prob=result.no_speech_prob,
        cut_off=cut_off,
    )
