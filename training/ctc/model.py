"""The network to train: a small one with random weights, or an existing one.

Both are `Wav2Vec2ForCTC` of `transformers`, so any program that loads it loads the result.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

from sentivox.engines.ctc.network import Features
from training.ctc import filterbank
from training.ctc.options import ModelSizes

FEATURES = Features(do_normalize=True, return_attention_mask=True)
"""Input normalisation of a model with random weights."""


def small_model(outputs: int, sizes: ModelSizes) -> Wav2Vec2ForCTC:
    """A small model with random weights. Its frames cover 125 ms every 30 ms; letters of fast
    speech come every 50 ms.
    """
    model = Wav2Vec2ForCTC(
        Wav2Vec2Config(
            vocab_size=outputs,
            pad_token_id=0,
            conv_dim=(filterbank.channels(sizes.bands), 128, sizes.width, sizes.width),
            conv_kernel=(filterbank.FIRST_KERNEL, filterbank.SECOND_KERNEL, 5, 3),
            conv_stride=(filterbank.FIRST_STRIDE, filterbank.SECOND_STRIDE, 3, 1),
            conv_bias=True,
            feat_extract_norm="layer",
            do_stable_layer_norm=True,
            hidden_size=sizes.width,
            num_hidden_layers=sizes.layers,
            num_attention_heads=sizes.heads,
            intermediate_size=sizes.inner_width,
            num_conv_pos_embeddings=31,
            num_conv_pos_embedding_groups=8,
            hidden_dropout=sizes.dropout,
            feat_proj_dropout=sizes.dropout,
            final_dropout=sizes.dropout,
            # These draw as many random numbers as there are products, with little effect.
            attention_dropout=0.0,
            activation_dropout=0.0,
            layerdrop=0.0,
            mask_time_prob=0.15,
            mask_time_length=5,
            mask_feature_prob=0.1,
            mask_feature_length=16,
            ctc_loss_reduction="sum",
            ctc_zero_infinity=True,
        )
    )
    filterbank.initialise_filterbank(model, sizes.bands)
    return model


def continued_model(base: Path, outputs: int) -> Wav2Vec2ForCTC:
    """`base` with a new output layer and frozen convolutions."""
    model = _with_new_outputs(base, outputs)
    model.freeze_feature_encoder()
    return model


def adapted_model(base: Path, outputs: int, adapter_width: int) -> Wav2Vec2ForCTC:
    """`base`, frozen, with new adapters in every layer and a new output layer."""
    model = _with_new_outputs(base, outputs, adapter_attn_dim=adapter_width)
    model.init_adapter_layers()
    model.requires_grad_(False)
    model.lm_head.requires_grad_(True)
    for name, parameter in model.named_parameters():
        if ".adapter_layer." in name:
            parameter.requires_grad_(True)
    return model


def _with_new_outputs(base: Path, outputs: int, **config: Any) -> Wav2Vec2ForCTC:
    model = Wav2Vec2ForCTC.from_pretrained(
        base,
        vocab_size=outputs,
        pad_token_id=0,
        ctc_loss_reduction="sum",
        ctc_zero_infinity=True,
        ignore_mismatched_sizes=True,
        use_safetensors=True,
        dtype=torch.float32,
        **config,
    )
    model.lm_head = torch.nn.Linear(model.config.hidden_size, outputs)
    return model
