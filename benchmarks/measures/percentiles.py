"""Percentiles by nearest rank: always a value that was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float | None:
    """The least value that at least `share` of all values don't exceed; None without values."""
    if not values:
        return None
    return round(sorted(values)[math.ceil(share * len(values)) - 1], 3)
