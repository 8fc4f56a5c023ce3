"""The serving encoder, compared with BertModel of transformers."""

from __future__ import annotations

import torch

from sentivox.engines.sentiment.bert import BertEncoder
from sentivox.engines.sentiment.text_encoder import PREFIX, load_tokenizer, pad
from sentivox.weights.resolve import resolve
from training.sentiment.bert import load_bert


def test_states_are_those_of_transformers() -> None:
    folder = resolve("embedded:multilingual-e5-small")
    texts = ["Das ist schön.", "I have never been so disappointed in my life.", "今日はいい天気"]
    encoder = BertEncoder(folder, {}, "cpu")
    ids = [e.ids for e in load_tokenizer(folder).encode_batch([PREFIX + text for text in texts])]
    tokens, mask = pad(ids, encoder.padding_id)
    with torch.inference_mode():
        expected = load_bert(folder)(tokens, attention_mask=mask).last_hidden_state
        found = encoder(tokens, mask)
    assert torch.allclose(found[mask.bool()], expected[mask.bool()], atol=1e-4)
