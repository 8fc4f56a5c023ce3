"""When to try again, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

RETRIED_STATUSES = frozenset({408, 409, 429})
"""And everything from 500; the same as OpenAI's clients."""


@dataclass(frozen=True, slots=True)
class Retries:
    most: int = 4
    """Tries after the first; 0 turns retrying off."""
    first_pause_s: float = 0.25
    """Doubled for each further try, and shortened by up to half at random."""
    longest_pause_s: float = 8.0
    longest_retry_after_s: float = 60.0
    """A service that asks for more patience than this is reported instead of waited for."""

    def pause(self, tries: int, outcome: httpx2.Response | httpx2.TransportError) -> float | None:
        """Seconds until the next try after `tries` of them; None when `outcome` is to stand."""
        if tries > self.most or not _passing(outcome):
            return None
        if isinstance(outcome, httpx2.Response):
            asked = _retry_after(outcome.headers.get("retry-after"))
            if asked is not None:
                return asked if asked <= self.longest_retry_after_s else None
        pause = min(self.first_pause_s * 2.0 ** (tries - 1), self.longest_pause_s)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 spreads clients out, hides nothing


def _passing(outcome: httpx2.Response | httpx2.TransportError) -> bool:
    """Whether the same request may well succeed later."""
    if isinstance(outcome, httpx2.Response):
        return outcome.status_code in RETRIED_STATUSES or outcome.status_code >= 500
    # A read that timed out has cost the service the whole work already, and would again.
    return isinstance(
        outcome,
        httpx2.ConnectError
        | httpx2.ConnectTimeout
        | httpx2.ReadError
        | httpx2.WriteError
        | httpx2.RemoteProtocolError,
    )


def _retry_after(header: str | None) -> float | None:
    """Seconds asked for by a Retry-After header, which holds seconds or a date."""
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
