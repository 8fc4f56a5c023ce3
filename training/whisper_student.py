"""Whisper with adapters, learning to say with little context what its teacher says with 30 s."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn
from transformers import WhisperForConditionalGeneration

from sentivox.models.whisper_features import FRAMES_PER_SECOND, MAX_FRAMES, log_mel
from sentivox.models.whisper_layers import encode
from sentivox.types import WINDOW_SECONDS
from training.low_rank import adapt
from training.whisper_sounds import Sound
from training.whisper_teacher import Lesson, Text

ADAPTED = {
    "encoder": (
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.out_proj",
        "fc1",
        "fc2",
    ),
    "decoder": (
        "encoder_attn.q_proj",
        "encoder_attn.k_proj",
        "encoder_attn.v_proj",
        "encoder_attn.out_proj",
    ),
}
"""Linear layers of each of a part's layers: how sound is heard, and how the decoder listens."""
MARGINS_S = (0.3, 4.0)
"""Silence after a batch's longest sound, drawn for every batch."""
WHOLE_EVERY, WHOLE_SOUNDS = 3, 3
"""Of one batch in so many a few sounds with all 30 s: what falls back to them has to be heard as
well as before, and a model that is only taught short context loops there instead."""
LIVE_SHARE = 0.3
"""Of texts that are taught without times, as live speech is written."""
END_WEIGHT = 3.0
"""A text that doesn't end goes on in circles, so its end counts as much as so many tokens."""
FRAMES_WEIGHT = 0.3
"""Of what is heard, beside what is said."""
LEAST = 1e-6


def add_adapters(
    model: WhisperForConditionalGeneration,
    rank: int,
    adapted: Mapping[str, Sequence[str]] = ADAPTED,
) -> list[nn.Parameter]:
    """The new parameters."""
    names = [
        f"model.{part}.layers.{number}.{name}"
        for part, own in adapted.items()
        for number in range(len(getattr(model.model, part).layers))
        for name in own
    ]
    return adapt(model, names, rank)


def lesson_loss(
    model: WhisperForConditionalGeneration, lessons: Sequence[Lesson], chance: random.Random
) -> torch.Tensor:
    """Of a batch with a margin and texts drawn by `chance`, or of a few of it with all 30 s."""
    margin_s = chance.uniform(*MARGINS_S)
    if chance.randrange(WHOLE_EVERY) == 0:
        lessons, margin_s = lessons[:WHOLE_SOUNDS], WINDOW_SECONDS
    texts = [each.texts[chance.random() < LIVE_SHARE] for each in lessons]
    return loss_of(model, lessons, texts, margin_s)


def loss_of(
    model: WhisperForConditionalGeneration,
    lessons: Sequence[Lesson],
    texts: Sequence[Text],
    margin_s: float,
) -> torch.Tensor:
    """How far the decoder is from its teacher, and the encoder from its own with all 30 s."""
    encoded = heard(model, [each.sound for each in lessons], margin_s)
    return _said_apart(model, encoded, texts) + FRAMES_WEIGHT * _heard_apart(encoded, lessons)


def heard(
    model: WhisperForConditionalGeneration, sounds: Sequence[Sound], margin_s: float
) -> torch.Tensor:
    """The encoder's output (sounds, positions, width), with so much silence after the longest."""
    context_s = max(each.seconds for each in sounds) + margin_s
    frames = min(MAX_FRAMES, 2 * round(context_s * FRAMES_PER_SECOND / 2))
    mels = model.config.num_mel_bins
    pictures = np.stack([log_mel(each.pcm, frames, mels) for each in sounds])
    return encode(model, torch.from_numpy(pictures).to(model.dtype))


def next_tokens(
    model: WhisperForConditionalGeneration, encoded: torch.Tensor, texts: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Logits (tokens of all texts, vocabulary) of what follows each of them."""
    ids = nn.utils.rnn.pad_sequence(list(texts), batch_first=True)
    states = model.model.decoder(input_ids=ids, encoder_hidden_states=encoded).last_hidden_state
    read = torch.cat([row[: len(own)] for row, own in zip(states, texts, strict=True)])
    return nn.functional.linear(read, model.model.decoder.embed_tokens.weight).float()


def _heard_apart(encoded: torch.Tensor, lessons: Sequence[Lesson]) -> torch.Tensor:
    """Mean square of the difference, over the teacher's variance."""
    own = torch.cat([row[: len(e.frames)] for row, e in zip(encoded, lessons, strict=True)])
    taught = torch.cat([torch.from_numpy(each.frames) for each in lessons]).float()
    return nn.functional.mse_loss(own.float(), taught) / taught.var()


def _said_apart(
    model: WhisperForConditionalGeneration, encoded: torch.Tensor, texts: Sequence[Text]
) -> torch.Tensor:
    """Kullback-Leibler divergence of the next token, teacher to student, averaged over tokens. All
    tokens but the teacher's likeliest count as one.
    """
    rows = [torch.from_numpy(text.ids).long() for text in texts]
    logits = next_tokens(model, encoded, rows)
    choices = torch.from_numpy(np.concatenate([text.choices for text in texts])).long()
    taught = torch.from_numpy(np.concatenate([text.logprobs for text in texts])).float()
    own = logits.gather(-1, choices) - logits.logsumexp(-1, keepdim=True)
    apart = (taught.exp() * (taught - own)).sum(-1) + _of_the_rest(taught, own)
    weights = torch.cat([_weights(row) for row in rows])
    return (apart * weights).sum() / weights.sum()


def _of_the_rest(taught: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    left = (1 - taught.exp().sum(-1)).clamp_min(LEAST)
    kept = (1 - own.exp().sum(-1)).clamp_min(LEAST)
    return left * (left.log() - kept.log())


def _weights(ids: torch.Tensor) -> torch.Tensor:
    weights = torch.ones(len(ids))
    weights[-1] = END_WEIGHT
    return weights
