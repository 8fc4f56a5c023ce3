"""The encoder as `transformers` has it, which can be trained; serving reads the same folder."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import BertModel
from transformers.utils import logging


def load_bert(folder: Path) -> BertModel:
    """In single precision, frozen."""
    logging.disable_progress_bar()
    model: BertModel = BertModel.from_pretrained(
        folder, add_pooling_layer=False, dtype=torch.float32, use_safetensors=True
    )
    model.eval().requires_grad_(False)
    return model
