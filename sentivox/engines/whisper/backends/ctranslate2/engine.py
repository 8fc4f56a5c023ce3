"""Whisper's weights run by CTranslate2."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import ctranslate2
import numpy as np

from sentivox.engines.language_id.head import Floats
from sentivox.engines.memory import give_back_freed_memory, keep_freed_memory
from sentivox.engines.protocols import RecognitionItem, SharedEncoderOutput
from sentivox.engines.whisper.encoder import encoder_name
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, log_mel
from sentivox.engines.whisper.hypothesis import DecodedText, Hypothesis, hypothesis_of
from sentivox.engines.whisper.token_limits import MAX_LENGTH, max_new_tokens
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.engines.whisper.word_alignment import Alignment
from sentivox.settings import LanguageIdSettings, RecognitionSettings
from sentivox.types import Pcm, RecognitionOptions


def load_whisper(
    folder: Path, settings: RecognitionSettings | LanguageIdSettings, workers: int = 1
) -> ctranslate2.models.Whisper:
    keep_freed_memory()
    model = ctranslate2.models.Whisper(
        str(folder),
        device=settings.device,
        compute_type=settings.compute_type,
        intra_threads=settings.threads,
        inter_threads=workers,
    )
    give_back_freed_memory()
    return model


def encode(
    model: ctranslate2.models.Whisper, clips: Sequence[Pcm], context_s: float
) -> ctranslate2.StorageView:
    """Encoder output, shape (clips, positions, width), 50 positions a second of context."""
    frames = int(context_s * FRAMES_PER_SECOND)
    features = [log_mel(pcm, frames, model.n_mels)[None] for pcm in clips]
    if model.device == "cpu":
        # What two clips take of the processor's caches costs more than a batch saves (docs/log.md).
        alone = [model.encode(ctranslate2.StorageView.from_array(each)) for each in features]
        return _joined(alone)
    return model.encode(ctranslate2.StorageView.from_array(np.concatenate(features)))


def _joined(encoded: Sequence[ctranslate2.StorageView]) -> ctranslate2.StorageView:
    if len(encoded) == 1:
        return encoded[0]
    return ctranslate2.StorageView.from_array(np.concatenate([states_of(each) for each in encoded]))


def states_of(encoded: ctranslate2.StorageView) -> Floats:
    """The same in the processor's memory, in float32."""
    return np.asarray(encoded.to_device(ctranslate2.Device.cpu), dtype=np.float32)


class TextDecoder(Protocol):
    def decode(
        self,
        encoded: Sequence[Floats],
        options: Sequence[RecognitionOptions],
        rooms: Sequence[int],
        *,
        stop_on_repetition: bool,
    ) -> list[DecodedText]:
        """The likeliest text of each clip, which may be as long as it likes: (positions, width). At
        most `rooms` tokens, prefix included; a `stop_on_repetition` one is given up at the first sign of a loop.
        """


class EncodeWindows(Protocol):
    def __call__(self, clips: Sequence[Pcm], context_s: float) -> Sequence[Floats]:
        """What the encoder makes of each: (positions, width)."""


class CTranslate2Engine:
    def __init__(
        self,
        folder: Path,
        tokens: WhisperTokenizer,
        settings: RecognitionSettings,
        decoder: TextDecoder | None = None,
        hearing: EncodeWindows | None = None,
    ) -> None:
        """`decoder` writes texts in CTranslate2's stead, where neither a beam nor chance is asked
        for, and `hearing` hears in its stead.
        """
        self._tokens = tokens
        self._encoder = encoder_name(settings)
        self._model = load_whisper(folder, settings, settings.workers)
        self._decoder = decoder
        self._hear = hearing or self._encode

    def mixes(self, attempt: DecodingPass) -> bool:
        """See WhisperEngine."""
        return self._decoder is not None and attempt.greedy

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        attempt: DecodingPass,
    ) -> list[Hypothesis]:
        """One hypothesis an item; see WhisperEngine."""
        heard = self._heard(items, contexts)
        rooms = [max_new_tokens(item, each) for item, each in zip(items, contexts, strict=True)]
        if self._decoder and attempt.greedy:
            options = [item.options for item in items]
            texts = self._decoder.decode(
                heard, options, rooms, stop_on_repetition=attempt.stop_on_repetition
            )
        else:
            texts = self._decode(heard, items, rooms, attempt)
        return [
            hypothesis_of(
                self._tokens,
                item,
                text,
                attempt.temperature,
                partial(self._align, states, item),
                partial(SharedEncoderOutput, self._encoder, context_s, states),
            )
            for item, text, states, context_s in zip(items, texts, heard, contexts, strict=True)
        ]

    def _heard(self, items: Sequence[RecognitionItem], contexts: Sequence[float]) -> list[Floats]:
        """Of each (positions, width). What was heard before with as much context isn't heard
        again.
        """
        heard: dict[int, Floats] = {}
        unknown: defaultdict[float, list[int]] = defaultdict(list)
        for row, (item, context_s) in enumerate(zip(items, contexts, strict=True)):
            sound = item.sound
            if sound and (sound.encoder, sound.context_s) == (self._encoder, context_s):
                heard[row] = sound.states.astype(np.float32, copy=False)
            else:
                unknown[context_s].append(row)
        for context_s, rows in unknown.items():
            heard |= zip(
                rows, self._hear([items[row].window.pcm for row in rows], context_s), strict=True
            )
        return [heard[row] for row in range(len(items))]

    def _encode(self, clips: Sequence[Pcm], context_s: float) -> Floats:
        return states_of(encode(self._model, clips, context_s))

    def _decode(
        self,
        heard: Sequence[Floats],
        items: Sequence[RecognitionItem],
        rooms: Sequence[int],
        attempt: DecodingPass,
    ) -> list[DecodedText]:
        prompts = [self._tokens.prompt(item.options) for item in items]
        before = len(prompts[0]) - len(items[0].options.prefix)
        greedy = attempt.temperature == 0
        results = self._model.generate(
            ctranslate2.StorageView.from_array(np.stack(heard)),
            prompts,
            beam_size=attempt.beam_size,
            sampling_topk=1 if greedy else 0,
            sampling_temperature=1.0 if greedy else attempt.temperature,
            max_length=_max_length(max(rooms), before),
            return_scores=True,
            return_no_speech_prob=True,
        )
        texts = []
        for room, result in zip(rooms, results, strict=True):
            ids = tuple(result.sequences_ids[0])
            # The end of text has a probability too, and isn't among the ids.
            avg_logprob = result.scores[0] * len(ids) / (len(ids) + 1)
            cut_off = len(ids) >= room
            texts.append(DecodedText(ids, avg_logprob, result.no_speech_prob, cut_off))
        return texts

    def _align(self, heard: Floats, item: RecognitionItem, ids: Sequence[int]) -> Alignment:
        # A copy, since what another stage heard can't be written to, and CTranslate2 wants to.
        own = np.array(heard[None])
        aligned = self._model.align(
            ctranslate2.StorageView.from_array(own),
            self._tokens.start_sequence(item.options),
            [list(ids)],
            min(2 * len(heard), int(item.window.seconds * FRAMES_PER_SECOND)),
        )[0]
        return Alignment(aligned.alignments, aligned.text_token_probs)


def _max_length(room: int, before: int) -> int:
    """CTranslate2 writes half as many tokens, and no more than the prompt leaves of them."""
    return min(MAX_LENGTH, max(2 * room, room + before))
