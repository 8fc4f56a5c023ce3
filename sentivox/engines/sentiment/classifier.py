"""How a text feels: negative, neutral or positive, with calibrated probabilities."""

from __future__ import annotations

import json
from collections.abc import Sequence

import torch
from safetensors.torch import load_file

from sentivox.engines.memory import give_back_freed_memory, give_back_now_and_then
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
"""In the order of the head's outputs."""
SURE_LOGPROB, UNSURE_LOGPROB = -0.25, -0.85
"""Mean log-probability per token of words that are as good as written ones, and of words of which
half may be others: fitted on recordings, against the sentiment of what was really said
(docs/log.md).
"""
LEAST_TRUST = 0.5


class SentimentClassifier:
    """multilingual-e5-small with a linear head on the mean of its last layer.

    The head's temperature is part of its weights; see `training/sentiment`.
    """

    def __init__(self, settings: SentimentSettings) -> None:
        """Raises WeightsError when the weights can't be had or aren't what they should be."""
        torch.set_num_threads(settings.threads)
        encoder, head = resolve(settings.model), resolve(settings.head)
        card = json.loads((head / "card.json").read_text("utf-8"))
        if card["labels"] != list(LABELS):
            raise WeightsAltered("The sentiment head's card lists other labels than it should.")
        tensors = load_file(head / "head.safetensors")
        self.languages = frozenset(card["languages"])
        """Codes of the languages the head was measured on."""
        self._weight = tensors.pop("classifier.weight").float().to(settings.device)
        self._bias = tensors.pop("classifier.bias").float().to(settings.device)
        self._tokenizer = load_tokenizer(encoder)
        self._bert = BertEncoder(encoder, tensors, settings.device, _dtype(settings))
        give_back_freed_memory()
        self._batch = settings.max_batch_size
        self._device = settings.device

    def classify(self, items: Sequence[SentimentText]) -> list[Sentiment]:
        """One answer an item, in order; a text without words is neutral."""
        texts = [PREFIX + item.text.strip() for item in items]
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]
        spoken = [index for index, item in enumerate(items) if item.text.strip()]
        spoken.sort(key=lambda index: len(ids[index]))  # so that padding isn't paid for
        answers = [Sentiment(0.0, 1.0, 0.0, item.language in self.languages) for item in items]
        for start in range(0, len(spoken), self._batch):
            rows = spoken[start : start + self._batch]
            for index, scores in zip(
                rows, self._probabilities([ids[i] for i in rows]), strict=True
            ):
                answers[index] = Sentiment(
                    *_discounted(scores, items[index].logprob), answers[index].supported
                )
        give_back_now_and_then()
        return answers

    def _probabilities(self, ids: Sequence[Sequence[int]]) -> list[list[float]]:
        padded, mask = pad(ids, self._bert.padding)
        padded, mask = padded.to(self._device), mask.to(self._device)
        with torch.inference_mode():
            states = self._bert(padded, mask)
            vectors = mean_of_tokens(states, mask)
            logits = torch.nn.functional.linear(vectors, self._weight, self._bias)
        scores: list[list[float]] = logits.double().softmax(-1).tolist()
        return scores


def _dtype(settings: SentimentSettings) -> torch.dtype:
    if settings.compute_type != "auto":
        named: torch.dtype = getattr(torch, settings.compute_type)
        return named
    if settings.device != "cpu":
        return torch.float32
    return torch.int8 if HAS_VNNI else fastest_dtype()


def _discounted(scores: Sequence[float], logprob: float) -> tuple[float, float, float]:
    """Nearer to a third each, the less sure the words are. The likeliest stays the likeliest."""
    unsure = (SURE_LOGPROB - logprob) / (SURE_LOGPROB - UNSURE_LOGPROB)
    trust = 1 - (1 - LEAST_TRUST) * min(1.0, max(0.0, unsure))
    negative, neutral, positive = (trust * score + (1 - trust) / len(LABELS) for score in scores)
    return negative, neutral, positive
