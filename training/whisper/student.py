"""Losses of the student: Whisper with adapters and short context, against a teacher with 30 s."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from transformers import WhisperForConditionalGeneration

from sentivox.types import WINDOW_SECONDS
from training.whisper.adapters import UNTIMED_SHARE, encode_clips, next_tokens
from training.whisper.teacher import TeacherOutput, TeacherText

CONTEXT_PADDINGS_S = (0.3, 4.0)
"""Range of the context padding after a batch's longest clip, drawn for every batch."""
FULL_CONTEXT_EVERY, FULL_CONTEXT_CLIPS = 3, 3
"""Every third batch, on average, has three clips with the full context of 30 s. Fallbacks with full
context must stay accurate, and a model trained with short context only has repetition loops there.
"""
END_WEIGHT = 3.0
"""Weight of the end of text among tokens: a text without an end becomes a repetition loop."""
ENCODER_WEIGHT = 0.3
"""Weight of the encoder's loss relative to the decoder's."""
MIN_PROBABILITY = 1e-6


def distillation_loss(
    model: WhisperForConditionalGeneration,
    outputs: Sequence[TeacherOutput],
    rng: random.Random,
) -> torch.Tensor:
    """Loss of a batch with context padding and texts drawn by `rng`, or of a few of its clips with
    full context.
    """
    context_padding_s = rng.uniform(*CONTEXT_PADDINGS_S)
    if rng.randrange(FULL_CONTEXT_EVERY) == 0:
        outputs, context_padding_s = outputs[:FULL_CONTEXT_CLIPS], WINDOW_SECONDS
    texts = [each.texts[rng.random() < UNTIMED_SHARE] for each in outputs]
    return loss_of(model, outputs, texts, context_padding_s)


def loss_of(
    model: WhisperForConditionalGeneration,
    outputs: Sequence[TeacherOutput],
    texts: Sequence[TeacherText],
    context_padding_s: float,
) -> torch.Tensor:
    """Loss of the decoder plus weighted loss of the encoder, with this context padding."""
    encoded = encode_clips(model, [each.clip for each in outputs], context_padding_s)
    return _decoder_loss(model, encoded, texts) + ENCODER_WEIGHT * _encoder_loss(encoded, outputs)


def _encoder_loss(encoded: torch.Tensor, outputs: Sequence[TeacherOutput]) -> torch.Tensor:
    """Mean squared difference of the encoder outputs, over the variance of the teacher's."""
    own = torch.cat([row[: len(e.frames)] for row, e in zip(encoded, outputs, strict=True)])
    target = torch.cat([torch.from_numpy(each.frames) for each in outputs]).float()
    return nn.functional.mse_loss(own.float(), target) / target.var()


def _decoder_loss(
    model: WhisperForConditionalGeneration, encoded: torch.Tensor, texts: Sequence[TeacherText]
) -> torch.Tensor:
    """Kullback-Leibler divergence of the next token from teacher to student, mean over tokens.

    All tokens except the teacher's most probable ones are one class.
    """
    rows = [torch.from_numpy(text.ids).long() for text in texts]
    logits = next_tokens(model, encoded, rows)
    choices = torch.from_numpy(np.concatenate([text.choices for text in texts])).long()
    target = torch.from_numpy(np.concatenate([text.logprobs for text in texts])).float()
    own = logits.gather(-1, choices) - logits.logsumexp(-1, keepdim=True)
    divergence = (target.exp() * (target - own)).sum(-1) + _divergence_of_the_rest(target, own)
    weights = torch.cat([_weights(row) for row in rows])
    return (divergence * weights).sum() / weights.sum()


def _divergence_of_the_rest(target: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """Term of the class of all tokens without a log-probability of their own."""
    target_rest = (1 - target.exp().sum(-1)).clamp_min(MIN_PROBABILITY)
    own_rest = (1 - own.exp().sum(-1)).clamp_min(MIN_PROBABILITY)
    return target_rest * (target_rest.log() - own_rest.log())


def _weights(ids: torch.Tensor) -> torch.Tensor:
    weights = torch.ones(len(ids))
    weights[-1] = END_WEIGHT
    return weights
