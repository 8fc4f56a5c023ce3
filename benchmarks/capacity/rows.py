"""Rows of the capacity benchmark: speed, ratios, accuracy and memory of each system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from rich.table import Table

from benchmarks.capacity.turns import Turns
from benchmarks.measures.scores import scores
from benchmarks.systems.peers import BEAM_5, PEERS, TWO_AT_A_TIME
from benchmarks.systems.system import AudioFile

REFERENCE = BEAM_5
"""The system that all others are compared with, each at its best."""
REFERENCE_AT = {1: BEAM_5, 2: TWO_AT_A_TIME}
"""Concurrency -> the system to compare with at equal concurrency."""
COLUMNS = (
    *("weights", "concurrency", "RTFx", "range", "ratio", "ratio at equal concurrency"),
    *("WER", "CER", "language accuracy", "MiB", "of ceiling"),
)


def ratio(rates: Sequence[float], reference: Sequence[float]) -> float | None:
    """The median of the ratios of each round; None where no round has both."""
    each = [own / other for own, other in zip(rates, reference, strict=False)]
    return round(median(each), 3) if each else None


def row(
    name: str, turns: Mapping[str, Turns], files: Sequence[AudioFile], ceiling: float
) -> dict[str, Any]:
    """The row of one system; `ceiling` is the RTFx that the arithmetic of the model allows."""
    own, peer = turns[name], PEERS[name]
    beginning = {
        "system": name,
        "weights": peer.weights,
        "concurrency": peer.concurrency,
        "reason": own.reason,
    }
    if not own.rates:
        return beginning
    found = scores(files, own.answers)
    rtfx = median(own.rates)
    equal = REFERENCE_AT.get(peer.concurrency, "")
    return beginning | {
        "rtfx": round(rtfx, 2),
        "rtfx_rounds": [round(rate, 2) for rate in own.rates],
        f"ratio_to_{REFERENCE.replace(' ', '_')}": ratio(own.rates, _rates(turns, REFERENCE)),
        "ratio_at_equal_concurrency": ratio(own.rates, _rates(turns, equal)),
        "wer": found.wer,
        "cer": found.cer,
        "language_accuracy": found.language_accuracy,
        "memory_mb": round(own.memory_mb),
        "of_ceiling": round(rtfx / ceiling, 3),
        "others_cores": round(own.others_cores, 3),
    }


def _rates(turns: Mapping[str, Turns], name: str) -> Sequence[float]:
    return turns[name].rates if name in turns else []


def table(rows: Sequence[dict[str, Any]]) -> Table:
    """The rows that were measured, and below them the reasons of the others."""
    found = Table("system", *COLUMNS)
    for each in rows:
        if "wer" in each:
            found.add_row(each["system"], *_cells(each))
    reasons = [f"{each['system']}: {each['reason']}" for each in rows if each["reason"]]
    found.caption = "\n".join(reasons)
    return found


def _cells(each: dict[str, Any]) -> Iterator[str]:
    yield each["weights"]
    yield str(each["concurrency"])
    yield f"{each['rtfx']:.2f}"
    yield f"{min(each['rtfx_rounds']):.2f}-{max(each['rtfx_rounds']):.2f}"
    for key in (f"ratio_to_{REFERENCE.replace(' ', '_')}", "ratio_at_equal_concurrency"):
        yield "-" if each[key] is None else f"{each[key]:.2f}"
    yield f"{each['wer']:.3f}"
    yield f"{each['cer']:.3f}"
    right = each["language_accuracy"]
    yield "-" if right is None else f"{right:.0%}"
    yield str(each["memory_mb"])
    yield f"{each['of_ceiling']:.0%}"
