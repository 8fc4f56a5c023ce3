"""Whisper with low-rank adapters, and its forward pass in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.layers import encode
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, MAX_FRAMES, log_mel
from training.low_rank import adapt
from training.whisper.audio import AudioClip

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
"""Adapted linear layers of each encoder layer and of each decoder layer (cross-attention only)."""
UNTIMED_SHARE = 0.3
"""Share of the texts that are trained without timestamps, like the text of live speech."""


def add_adapters(
    model: WhisperForConditionalGeneration,
    rank: int,
    adapted: Mapping[str, Sequence[str]] = ADAPTED,
) -> list[nn.Parameter]:
    """Add adapters of a rank to the `adapted` layers; return the new parameters."""
    names = [
        f"model.{part}.layers.{number}.{name}"
        for part, own in adapted.items()
        for number in range(len(getattr(model.model, part).layers))
        for name in own
    ]
    return adapt(model, names, rank)


def encode_clips(
    model: WhisperForConditionalGeneration, clips: Sequence[AudioClip], context_padding_s: float
) -> torch.Tensor:
    """Encoder output (clips, positions, width), with context padding after the longest clip."""
    context_s = max(each.seconds for each in clips) + context_padding_s
    frames = min(MAX_FRAMES, 2 * round(context_s * FRAMES_PER_SECOND / 2))
    mels = model.config.num_mel_bins
    spectrograms = np.stack([log_mel(each.pcm, frames, mels) for each in clips])
    return encode(model, torch.from_numpy(spectrograms).to(model.dtype))


def next_tokens(
    model: WhisperForConditionalGeneration, encoded: torch.Tensor, texts: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Logits of the token after each token, shape (tokens of all texts, vocabulary)."""
    ids = nn.utils.rnn.pad_sequence(list(texts), batch_first=True)
    states = model.model.decoder(input_ids=ids, encoder_hidden_states=encoded).last_hidden_state
    read = torch.cat([row[: len(own)] for row, own in zip(states, texts, strict=True)])
    return nn.functional.linear(read, model.model.decoder.embed_tokens.weight).float()
