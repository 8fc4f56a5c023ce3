"""Retries: which failures are retried, and after which delay."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

RETRIED_STATUSES = frozenset({408, 409, 429})
"""Retried besides every status from 500, as in OpenAI's clients."""


@dataclass(frozen=True, slots=True)
class Retries:
    """Exponential backoff; a Retry-After header of the server takes precedence."""

    max_retries: int = 4
    """Attempts after the first; 0 turns retries off."""
    initial_delay_s: float = 0.25
    """Seconds before the first retry; doubled for each further one, less up to half at random."""
    max_delay_s: float = 8.0
    max_retry_after_s: float = 60.0
    """A longer Retry-After, in seconds, is raised as an error instead."""

    def delay(
        self, attempts: int, outcome: httpx2.Response | httpx2.TransportError
    ) -> float | None:
        """Seconds until the next attempt; None when `outcome` isn't retried.

        `attempts` have been made, and `outcome` is the last one's.
        """
        if attempts > self.max_retries or not _is_transient(outcome):
            return None
        if isinstance(outcome, httpx2.Response):
            asked = _retry_after(outcome.headers.get("retry-after"))
            if asked is not None:
                return asked if asked <= self.max_retry_after_s else None
        delay = min(self.initial_delay_s * 2.0 ** (attempts - 1), self.max_delay_s)
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 jitter, not a secret


def _is_transient(outcome: httpx2.Response | httpx2.TransportError) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(outcome, httpx2.Response):
        return outcome.status_code in RETRIED_STATUSES or outcome.status_code >= 500
    # A read timeout isn't retried: the server would repeat the whole transcription.
    return isinstance(
        outcome,
        httpx2.ConnectError
        | httpx2.ConnectTimeout
        | httpx2.ReadError
        | httpx2.WriteError
        | httpx2.RemoteProtocolError,
    )


def _retry_after(header: str | None) -> float | None:
    """Seconds in a Retry-After header, which holds seconds or a date; None without either."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
