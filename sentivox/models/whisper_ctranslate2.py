"""Whisper's weights run by CTranslate2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import ctranslate2
import numpy as np
import numpy.typing as npt

from sentivox.models.base import EncodedSound, RecognitionItem
from sentivox.models.encoder_name import encoder_name
from sentivox.models.memory import give_back_freed_memory, keep_freed_memory
from sentivox.models.whisper_attempts import Attempt
from sentivox.models.whisper_features import FRAMES_PER_SECOND, log_mel
from sentivox.models.whisper_hypothesis import DecodedText, Hypothesis, hypothesis_of
from sentivox.models.whisper_room import MAX_LENGTH, room_for
from sentivox.models.whisper_tokens import WhisperTokens
from sentivox.models.whisper_words import Alignment
from sentivox.settings import LanguageIdSettings, RecognitionSettings
from sentivox.types import Pcm, Priority, RecognitionOptions


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


def states_of(encoded: ctranslate2.StorageView) -> npt.NDArray[np.float32]:
    """The same in the processor's memory, in float32."""
    return np.asarray(encoded.to_device(ctranslate2.Device.cpu), dtype=np.float32)


class LiveDecoder(Protocol):
    def decode(
        self,
        encoded: ctranslate2.StorageView,
        options: Sequence[RecognitionOptions],
        rooms: Sequence[int],
        *,
        hasty: bool,
    ) -> list[DecodedText]:
        """The likeliest text of each clip, at most `rooms` tokens long, prefix included; a `hasty`
        one is given up at the first sign of a loop.
        """


class CTranslate2Engine:
    def __init__(
        self,
        folder: Path,
        tokens: WhisperTokens,
        settings: RecognitionSettings,
        live: Callable[[], LiveDecoder | None] = lambda: None,
    ) -> None:
        """What `live` returns decodes live speech in CTranslate2's stead."""
        self._tokens = tokens
        self._encoder = encoder_name(settings)
        self._model = load_whisper(folder, settings, settings.workers)
        self._live = live

    def decode(
        self,
        items: Sequence[RecognitionItem],
        context_s: float,
        attempt: Attempt,
    ) -> list[Hypothesis]:
        """One hypothesis an item; see WhisperEngine."""
        live = all(item.options.priority is not Priority.UPLOAD for item in items)
        greedy = attempt.temperature == 0 and attempt.beam_size == 1
        encoded = self._encoded(items, context_s)
        rooms = [room_for(item, context_s) for item in items]
        if live and greedy and (decoder := self._live()):
            options = [item.options for item in items]
            texts = decoder.decode(encoded, options, rooms, hasty=attempt.hasty)
        else:
            texts = self._decode(encoded, items, rooms, attempt)
        return [
            hypothesis_of(
                self._tokens,
                item,
                text,
                attempt.temperature,
                partial(self._align, encoded, row, item),
                partial(self._sound, encoded, row, context_s),
            )
            for row, (item, text) in enumerate(zip(items, texts, strict=True))
        ]

    def _encoded(
        self, items: Sequence[RecognitionItem], context_s: float
    ) -> ctranslate2.StorageView:
        """What was heard before with as much context isn't heard again."""
        wanted = (self._encoder, context_s)
        known = {
            row: item.sound.states
            for row, item in enumerate(items)
            if item.sound and (item.sound.encoder, item.sound.context_s) == wanted
        }
        unknown = [row for row in range(len(items)) if row not in known]
        if unknown:
            clips = [items[row].window.pcm for row in unknown]
            encoded = encode(self._model, clips, context_s)
            if not known:
                return encoded
            known |= zip(unknown, states_of(encoded), strict=True)
        return ctranslate2.StorageView.from_array(np.stack([known[row] for row in sorted(known)]))

    def _sound(self, encoded: ctranslate2.StorageView, row: int, context_s: float) -> EncodedSound:
        return EncodedSound(self._encoder, context_s, states_of(encoded)[row])

    def _decode(
        self,
        encoded: ctranslate2.StorageView,
        items: Sequence[RecognitionItem],
        rooms: Sequence[int],
        attempt: Attempt,
    ) -> list[DecodedText]:
        prompts = [self._tokens.prompt(item.options) for item in items]
        before = len(prompts[0]) - len(items[0].options.prefix)
        greedy = attempt.temperature == 0
        results = self._model.generate(
            encoded,
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

    def _align(
        self,
        encoded: ctranslate2.StorageView,
        row: int,
        item: RecognitionItem,
        ids: Sequence[int],
    ) -> Alignment:
        heard = states_of(encoded)[row : row + 1]
        aligned = self._model.align(
            ctranslate2.StorageView.from_array(np.ascontiguousarray(heard)),
            self._tokens.start_sequence(item.options),
            [list(ids)],
            min(2 * heard.shape[1], int(item.window.seconds * FRAMES_PER_SECOND)),
        )[0]
        return Alignment(aligned.alignments, aligned.text_token_probs)


def _max_length(room: int, before: int) -> int:
    """CTranslate2 writes half as many tokens, and no more than the prompt leaves of them."""
    return min(MAX_LENGTH, max(2 * room, room + before))
