"""A Whisper of one layer with random weights, for tests of training."""

from __future__ import annotations

import torch
from transformers import WhisperConfig, WhisperForConditionalGeneration

WIDTH = 64


def tiny_whisper() -> WhisperForConditionalGeneration:
    """A frozen model with the vocabulary of Whisper base; every call gives the same weights."""
    torch.manual_seed(1)
    config = WhisperConfig(
        vocab_size=51865,
        d_model=WIDTH,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=1,
        decoder_attention_heads=1,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
    )
    return WhisperForConditionalGeneration(config).requires_grad_(False).eval()
