"""A Whisper of one layer with weights that say nothing, for tests of how it's trained."""

from __future__ import annotations

import torch
from transformers import WhisperConfig, WhisperForConditionalGeneration


def tiny_whisper() -> WhisperForConditionalGeneration:
    """Of Whisper base's vocabulary and width; frozen, and the same at every call."""
    torch.manual_seed(1)
    config = WhisperConfig(
        vocab_size=51865,
        d_model=512,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
    )
    return WhisperForConditionalGeneration(config).requires_grad_(False).eval()
