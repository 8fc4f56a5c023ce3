"""The mean log-probability of a text, computed one way for all backends."""

from __future__ import annotations


def mean_log_prob(log_prob: float, tokens: int, *, ended: bool) -> float:
    """Mean log-probability per token, as in openai/whisper.

    `log_prob` is the sum over all `tokens` of a text, prefix included, and over the end of text if
    the text has `ended`, which counts as a token too. A prefix that the backend didn't score counts
    as certain: its tokens add 0.
    """
    return log_prob / max(1, tokens + ended)
