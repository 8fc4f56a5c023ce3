"""Number and length of clips by split, language, source and licence; can be added over units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

LAST_BIN = 30
"""Last bin of the histogram of lengths: clips of 30 s and more."""


@dataclass(frozen=True, slots=True)
class Group:
    """Key of a count."""

    split: str
    language: str
    source: str
    licence: str
    copies: bool
    """True for augmented copies, False for recordings."""


@dataclass(slots=True)
class Amount:
    """Clips of a group in numbers."""

    clips: int = 0
    seconds: float = 0.0
    speakers: set[str] = field(default_factory=set)
    lengths: list[int] = field(default_factory=lambda: [0] * (LAST_BIN + 1))
    """Number of clips by length in whole seconds, rounded down."""

    def add(self, other: Amount) -> None:
        self.clips += other.clips
        self.seconds += other.seconds
        self.speakers |= other.speakers
        self.lengths = [a + b for a, b in zip(self.lengths, other.lengths, strict=True)]


class Tally:
    """Amounts by group."""

    def __init__(self) -> None:
        self.groups: dict[Group, Amount] = {}

    def count(self, row: Mapping[str, Any]) -> None:
        """Count a row of a shard."""
        group = Group(
            row["split"], row["language"], row["source"], row["licence"], bool(row["parent"])
        )
        lengths = [0] * (LAST_BIN + 1)
        lengths[min(int(row["seconds"]), LAST_BIN)] = 1
        self.add(group, Amount(1, row["seconds"], {row["speaker"]}, lengths))

    def add(self, group: Group, amount: Amount) -> None:
        self.groups.setdefault(group, Amount()).add(amount)

    def rows(self) -> list[dict[str, Any]]:
        """All groups and amounts as JSON values, for `read`."""
        return [
            asdict(group) | asdict(amount) | {"speakers": sorted(amount.speakers)}
            for group, amount in sorted(self.groups.items(), key=lambda item: str(item[0]))
        ]

    def read(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add what `rows` of another tally returned."""
        names = [each.name for each in fields(Group)]
        for row in rows:
            group = Group(**{name: row[name] for name in names})
            speakers = set(row["speakers"])
            self.add(group, Amount(row["clips"], row["seconds"], speakers, list(row["lengths"])))

    def total(self, **wanted: object) -> Amount:
        """Sum over the groups with these fields: `total(split="train", copies=False)`."""
        amount = Amount()
        for group, some in self.groups.items():
            if all(getattr(group, name) == value for name, value in wanted.items()):
                amount.add(some)
        return amount

    def values(self, name: str) -> list[str]:
        """Distinct values of a field of the groups, sorted."""
        return sorted({str(getattr(group, name)) for group in self.groups})
