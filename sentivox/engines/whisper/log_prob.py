"""Log-probabilities of tokens and of texts, computed one way for all backends."""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """A token and its log-probability."""

    token: int
    logprob: float


def mean_log_prob(log_prob: float, tokens: int, *, ended: bool) -> float:
    """Mean log-probability per token, as in openai/whisper.

    `log_prob` is the sum over the decoded tokens and the end of text. `tokens` is the length of the
    text, prefix included, and the end of text counts as one more if the text has `ended`. So a
    prefix counts as certain: CTranslate2 has no probabilities for it.
    """
    return log_prob / max(1, tokens + ended)
