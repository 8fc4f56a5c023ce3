"""Whisper with low-rank adapters: in which layers, and what it hears and writes in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.layers import encode
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, MAX_FRAMES, log_mel
from training.low_rank import adapt
from training.whisper.audio import Sound

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
LIVE_SHARE = 0.3
"""Of texts that are taught without times, as live speech is written."""


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


def heard(
    model: WhisperForConditionalGeneration, sounds: Sequence[Sound], context_padding_s: float
) -> torch.Tensor:
    """The encoder's output (sounds, positions, width), with so much silence after the longest."""
    context_s = max(each.seconds for each in sounds) + context_padding_s
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
