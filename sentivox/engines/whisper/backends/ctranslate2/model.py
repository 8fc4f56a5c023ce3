"""A CTranslate2 Whisper model: loading, encoding, decoding, alignment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import ctranslate2
import numpy as np

from sentivox.engines.language_id.head import Floats
from sentivox.engines.memory import keep_freed_memory, trim_memory
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, log_mel
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.log_prob import mean_log_prob
from sentivox.engines.whisper.token_limits import MAX_LENGTH
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.engines.whisper.word_alignment import Alignment
from sentivox.settings import LanguageIdSettings, RecognitionSettings
from sentivox.types import Pcm

Model: TypeAlias = ctranslate2.models.Whisper


def load_whisper(
    folder: Path, settings: RecognitionSettings | LanguageIdSettings
) -> ctranslate2.models.Whisper:
    """The model in `folder`, with the threads and workers of the settings."""
    keep_freed_memory()
    model = Model(
        str(folder),
        device=settings.device,
        compute_type=settings.compute_type,
        intra_threads=settings.threads,
        inter_threads=settings.workers,
    )
    trim_memory()
    return model


def encode(model: Model, clips: Sequence[Pcm], context_s: float) -> ctranslate2.StorageView:
    """Encoder output, shape (clips, positions, width), 50 positions per second of context."""
    frames = int(context_s * FRAMES_PER_SECOND)
    features = np.stack([log_mel(pcm, frames, model.n_mels) for pcm in clips])
    # On a CPU one by one: two clips together exceed its caches, which costs more than a batch saves
    # (docs/log.md).
    batches = np.split(features, len(clips)) if model.device == "cpu" else [features]
    encoded = [model.encode(ctranslate2.StorageView.from_array(batch)) for batch in batches]
    if len(encoded) == 1:
        return encoded[0]
    states = np.concatenate([encoder_states(each) for each in encoded])
    return ctranslate2.StorageView.from_array(states)


def encoder_states(encoded: ctranslate2.StorageView) -> Floats:
    """Encoder output in the CPU's memory, float32."""
    return np.asarray(encoded.to_device(ctranslate2.Device.cpu), dtype=np.float32)


def decode(
    model: Model,
    tokenizer: WhisperTokenizer,
    states: Sequence[Floats],
    items: Sequence[RecognitionItem],
    limits: Sequence[int],
    decoding_pass: DecodingPass,
) -> list[DecodedText]:
    """The text of each item by beam search or sampling.

    `states` are the items' encoder outputs, all of the same shape (positions, width); `limits` are
    the most new tokens of each.
    """
    prompts = [tokenizer.prompt(item.options) for item in items]
    before = len(prompts[0]) - len(items[0].options.prefix)
    sampled = decoding_pass.temperature != 0
    results = model.generate(
        ctranslate2.StorageView.from_array(np.stack(states)),
        prompts,
        beam_size=decoding_pass.beam_size,
        sampling_topk=0 if sampled else 1,
        sampling_temperature=decoding_pass.temperature if sampled else 1.0,
        max_length=_max_length(max(limits), before),
        return_scores=True,
        return_no_speech_prob=True,
    )
    texts = []
    for limit, result in zip(limits, results, strict=True):
        ids = tuple(result.sequences_ids[0])
        cut_off = len(ids) >= limit
        # A score is the log-probability with the end of text, over the tokens without it.
        log_prob = result.scores[0] * len(ids)
        texts.append(
            DecodedText(
                ids=ids,
                avg_logprob=mean_log_prob(log_prob, len(ids), ended=not cut_off),
                no_speech_prob=result.no_speech_prob,
                cut_off=cut_off,
            )
        )
    return texts


def align(
    model: Model,
    tokenizer: WhisperTokenizer,
    states: Floats,
    item: RecognitionItem,
    ids: Sequence[int],
) -> Alignment:
    """Word alignment of text tokens with the encoder output (positions, width) of a window."""
    # A copy, since shared encoder output is read-only and CTranslate2 wants to write.
    own = np.array(states[None])
    aligned = model.align(
        ctranslate2.StorageView.from_array(own),
        tokenizer.start_sequence(item.options),
        [list(ids)],
        min(2 * len(states), int(item.window.seconds * FRAMES_PER_SECOND)),
    )[0]
    return Alignment(aligned.alignments, aligned.text_token_probs)


def _max_length(limit: int, before: int) -> int:
    """CTranslate2 decodes half as many tokens, and no more than the prompt leaves of them."""
    return min(MAX_LENGTH, max(2 * limit, limit + before))
