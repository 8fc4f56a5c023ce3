"""The text encoder as a trainable `transformers` model, from the folder that the service reads."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import BertModel
from transformers.utils import logging


def load_bert(folder: Path) -> BertModel:
    """The encoder in single precision, frozen."""
    logging.disable_progress_bar()
    model: BertModel = BertModel.from_pretrained(
        folder, add_pooling_layer=False, dtype=torch.float32, use_safetensors=True
    )
    model.eval().requires_grad_(False)
    return model
