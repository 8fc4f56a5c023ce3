"""Whisper's weights run by CTranslate2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np

from sentivox.models.base import RecognitionItem
from sentivox.models.memory import keep_freed_memory
from sentivox.models.whisper_features import FRAMES_PER_SECOND, log_mel
from sentivox.models.whisper_hypothesis import Hypothesis
from sentivox.models.whisper_tokens import TimedTokens, WhisperTokens
from sentivox.models.whisper_words import AlignedSegment, align_segments, split_segments
from sentivox.settings import LanguageIdSettings, RecognitionSettings
from sentivox.types import Pcm, Priority

MAX_LENGTH = 448
"""Positions of Whisper's decoder."""
TOKENS_PER_SECOND = 25
SPARE_TOKENS = 32
"""More text than this for a context's length is a loop, until the full context says otherwise."""
SPARE_DRAFT_TOKENS = 8
"""The same for a draft, over the window's own length: a loop costs others their turn."""


def load_whisper(
    folder: Path, settings: RecognitionSettings | LanguageIdSettings, workers: int = 1
) -> ctranslate2.models.Whisper:
    keep_freed_memory()
    return ctranslate2.models.Whisper(
        str(folder),
        device=settings.device,
        compute_type=settings.compute_type,
        intra_threads=settings.threads,
        inter_threads=workers,
    )


def encode(
    model: ctranslate2.models.Whisper, clips: Sequence[Pcm], context_s: float
) -> ctranslate2.StorageView:
    """Encoder output, shape (clips, positions, width), 50 positions a second of context."""
    frames = int(context_s * FRAMES_PER_SECOND)
    features = np.stack([log_mel(pcm, frames, model.n_mels) for pcm in clips])
    return model.encode(ctranslate2.StorageView.from_array(features))


class CTranslate2Engine:
    def __init__(self, folder: Path, tokens: WhisperTokens, settings: RecognitionSettings) -> None:
        self._tokens = tokens
        self._model = load_whisper(folder, settings, settings.workers)

    def decode(
        self,
        items: Sequence[RecognitionItem],
        context_s: float,
        temperature: float,
        beam_size: int,
    ) -> list[Hypothesis]:
        """One hypothesis an item; see WhisperEngine."""
        encoded = encode(self._model, [item.window.pcm for item in items], context_s)
        prompts = [self._tokens.prompt(item.options) for item in items]
        before = len(prompts[0]) - len(items[0].options.prefix)
        limits = [min(MAX_LENGTH, before + _room(item, context_s)) for item in items]
        greedy = temperature == 0
        results = self._model.generate(
            encoded,
            prompts,
            beam_size=beam_size,
            sampling_topk=1 if greedy else 0,
            sampling_temperature=1.0 if greedy else temperature,
            max_length=max(limits),
            return_scores=True,
            return_no_speech_prob=True,
        )
        hypotheses = []
        for row, (item, result) in enumerate(zip(items, results, strict=True)):
            ids = result.sequences_ids[0]
            segments = tuple(self._tokens.segments(ids, item.window.seconds))
            hypotheses.append(
                Hypothesis(
                    segments=segments,
                    aligned=tuple(self._align(encoded, row, item, segments)),
                    text=self._tokens.text(ids),
                    # The end of text has a probability too, and isn't among the ids.
                    avg_logprob=result.scores[0] * len(ids) / (len(ids) + 1),
                    no_speech_prob=result.no_speech_prob,
                    temperature=temperature,
                    cut_off=before + len(ids) >= limits[row] - 1,
                )
            )
        return hypotheses

    def _align(
        self,
        encoded: ctranslate2.StorageView,
        row: int,
        item: RecognitionItem,
        segments: Sequence[TimedTokens],
    ) -> list[AlignedSegment]:
        """Words and the probabilities of tokens; empty where nobody asked for them."""
        told = item.options
        if told.priority is Priority.DRAFT and not told.words:
            return split_segments(self._tokens, segments, told.language, item.window.start)
        if not segments or not (told.words or told.logprobs):
            return [AlignedSegment((), ()) for _ in segments]
        heard = np.asarray(encoded.to_device(ctranslate2.Device.cpu))[row : row + 1]
        alignment = self._model.align(
            ctranslate2.StorageView.from_array(np.ascontiguousarray(heard)),
            self._tokens.start_sequence(item.options),
            [[token for segment in segments for token in segment.ids]],
            min(2 * heard.shape[1], int(item.window.seconds * FRAMES_PER_SECOND)),
        )[0]
        return align_segments(
            self._tokens, segments, item.options.language, alignment, item.window.start
        )


def _room(item: RecognitionItem, context_s: float) -> int:
    """Tokens that the text of a window may have."""
    if item.options.priority is Priority.DRAFT:
        return SPARE_DRAFT_TOKENS + int(item.window.seconds * TOKENS_PER_SECOND)
    return SPARE_TOKENS + int(context_s * TOKENS_PER_SECOND)
