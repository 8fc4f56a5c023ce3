"""Whisper with adapters, learning to say with little context what its teacher says with 30 s."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from transformers import WhisperForConditionalGeneration

from sentivox.types import WINDOW_SECONDS
from training.whisper.adapters import LIVE_SHARE, heard, next_tokens
from training.whisper.teacher import Lesson, Text

MARGINS_S = (0.3, 4.0)
"""Silence after a batch's longest sound, drawn for every batch."""
WHOLE_EVERY, WHOLE_SOUNDS = 3, 3
"""Of one batch in so many a few sounds with all 30 s: what falls back to them has to be heard as
well as before, and a model that is only taught short context loops there instead."""
END_WEIGHT = 3.0
"""A text that doesn't end goes on in circles, so its end counts as much as so many tokens."""
FRAMES_WEIGHT = 0.3
"""Of what is heard, beside what is said."""
LEAST = 1e-6


def lesson_loss(
    model: WhisperForConditionalGeneration, lessons: Sequence[Lesson], chance: random.Random
) -> torch.Tensor:
    """Of a batch with a margin and texts drawn by `chance`, or of a few of it with all 30 s."""
    context_padding_s = chance.uniform(*MARGINS_S)
    if chance.randrange(WHOLE_EVERY) == 0:
        lessons, context_padding_s = lessons[:WHOLE_SOUNDS], WINDOW_SECONDS
    texts = [each.texts[chance.random() < LIVE_SHARE] for each in lessons]
    return loss_of(model, lessons, texts, context_padding_s)


def loss_of(
    model: WhisperForConditionalGeneration,
    lessons: Sequence[Lesson],
    texts: Sequence[Text],
    context_padding_s: float,
) -> torch.Tensor:
    """How far the decoder is from its teacher, and the encoder from its own with all 30 s."""
    encoded = heard(model, [each.sound for each in lessons], context_padding_s)
    return _said_apart(model, encoded, texts) + FRAMES_WEIGHT * _heard_apart(encoded, lessons)


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
