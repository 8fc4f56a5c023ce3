"""Sentiment of texts: negative, neutral or positive, with calibrated probabilities."""

from __future__ import annotations

import json
from collections.abc import Sequence

import torch
from safetensors.torch import load_file

from sentivox.engines.memory import trim_memory, trim_memory_at_intervals
from sentivox.engines.processor import HAS_VNNI, fastest_dtype
from sentivox.engines.protocols import SentimentText as SentimentText
from sentivox.engines.sentiment.bert import BertEncoder
from sentivox.engines.sentiment.text_encoder import (
    PREFIX,
    load_tokenizer,
    mean_of_tokens,
    pad,
)
from sentivox.errors import WeightsAltered
from sentivox.settings import SentimentSettings
from sentivox.types import Sentiment
from sentivox.weights.resolve import resolve

LABELS = ("negative", "neutral", "positive")
"""Labels in the order of the head's outputs."""
HIGH_LOG_PROB, LOW_LOG_PROB = -0.25, -0.85
"""Mean log-probabilities per token of recognised text between which its sentiment is discounted:
not at all from the first on, and fully from the second down. Fitted on recordings, against the
sentiment of the reference transcripts (docs/log.md)."""
MIN_WEIGHT = 0.5
"""Weight of the classifier's probabilities at LOW_LOG_PROB, beside equal ones for all labels."""


class SentimentClassifier:
    """multilingual-e5-small with a linear head on the mean of its last layer.

    The head's temperature is part of its weights; see `training/sentiment`.
    """

    def __init__(self, settings: SentimentSettings) -> None:
        """Loads encoder and head. Raises WeightsError when weights are missing or altered."""
        torch.set_num_threads(settings.threads)
        encoder, head = resolve(settings.model), resolve(settings.head)
        card = json.loads((head / "card.json").read_text("utf-8"))
        if card["labels"] != list(LABELS):
            raise WeightsAltered("The sentiment head's card lists other labels.")
        tensors = load_file(head / "head.safetensors")
        self.languages = frozenset(card["languages"])
        """Codes of the languages that the head was measured on."""
        self._weight = tensors.pop("classifier.weight").float().to(settings.device)
        self._bias = tensors.pop("classifier.bias").float().to(settings.device)
        self._tokenizer = load_tokenizer(encoder)
        self._bert = BertEncoder(encoder, tensors, settings.device, _dtype(settings))
        trim_memory()
        self._device = settings.device

    def classify(self, items: Sequence[SentimentText]) -> list[Sentiment]:
        """One sentiment per item, in order; a text without words is neutral."""
        texts = [PREFIX + item.text.strip() for item in items]
        encodings = self._tokenizer.encode_batch_fast(texts)
        results = [
            self._sentiment(item, encoding.ids)
            for item, encoding in zip(items, encodings, strict=True)
        ]
        trim_memory_at_intervals()
        return results

    def _sentiment(self, item: SentimentText, ids: Sequence[int]) -> Sentiment:
        scores = (0.0, 1.0, 0.0)
        if item.text.strip():
            scores = _discounted(self._probabilities(ids), item.logprob)
        return Sentiment(*scores, item.language in self.languages)

    def _probabilities(self, ids: Sequence[int]) -> list[float]:
        """Probabilities of LABELS for a text.

        One text at a time: sums are rounded differently in batches of other shapes.
        """
        padded, mask = pad([ids], self._bert.padding_id)
        padded, mask = padded.to(self._device), mask.to(self._device)
        with torch.inference_mode():
            states = self._bert(padded, mask)
            vectors = mean_of_tokens(states, mask)
            logits = torch.nn.functional.linear(vectors, self._weight, self._bias)[0]
        scores: list[float] = logits.double().softmax(-1).tolist()
        return scores


def _dtype(settings: SentimentSettings) -> torch.dtype:
    """The number format of the settings; with `auto` the fastest one of the device."""
    if settings.compute_type != "auto":
        named: torch.dtype = getattr(torch, settings.compute_type)
        return named
    if settings.device != "cpu":
        return torch.float32
    return torch.int8 if HAS_VNNI else fastest_dtype()


def _discounted(scores: Sequence[float], logprob: float) -> tuple[float, float, float]:
    """Probabilities nearer to a third each, the lower the log-probability of the text. The most
    probable label stays the same.
    """
    doubt = (HIGH_LOG_PROB - logprob) / (HIGH_LOG_PROB - LOW_LOG_PROB)
    weight = 1 - (1 - MIN_WEIGHT) * min(1.0, max(0.0, doubt))
    negative, neutral, positive = (weight * score + (1 - weight) / len(LABELS) for score in scores)
    return negative, neutral, positive
