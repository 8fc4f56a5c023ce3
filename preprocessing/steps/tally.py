"""How much there is, by split, language, source and licence: counted by unit, then added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

LONGEST_BIN = 30
"""Clips are counted by whole seconds, the longest together."""


@dataclass(frozen=True, slots=True)
class Group:
    split: str
    language: str
    source: str
    licence: str
    copies: bool
    """Whether these are augmented copies rather than recordings."""


@dataclass(slots=True)
class Amount:
    clips: int = 0
    seconds: float = 0.0
    speakers: set[str] = field(default_factory=set)
    lengths: list[int] = field(default_factory=lambda: [0] * (LONGEST_BIN + 1))
    """Clips that last so many seconds, rounded down."""

    def add(self, other: Amount) -> None:
        self.clips += other.clips
        self.seconds += other.seconds
        self.speakers |= other.speakers
        self.lengths = [a + b for a, b in zip(self.lengths, other.lengths, strict=True)]


class Tally:
    def __init__(self) -> None:
        self.groups: dict[Group, Amount] = {}

    def count(self, row: Mapping[str, Any]) -> None:
        """A row of a shard."""
        group = Group(
            row["split"], row["language"], row["source"], row["licence"], bool(row["parent"])
        )
        lengths = [0] * (LONGEST_BIN + 1)
        lengths[min(int(row["seconds"]), LONGEST_BIN)] = 1
        self.add(group, Amount(1, row["seconds"], {row["speaker"]}, lengths))

    def add(self, group: Group, amount: Amount) -> None:
        self.groups.setdefault(group, Amount()).add(amount)

    def rows(self) -> list[dict[str, Any]]:
        """For JSON; `read` takes them back."""
        return [
            asdict(group) | asdict(amount) | {"speakers": sorted(amount.speakers)}
            for group, amount in sorted(self.groups.items(), key=lambda item: str(item[0]))
        ]

    def read(self, rows: Iterable[Mapping[str, Any]]) -> None:
        names = [each.name for each in fields(Group)]
        for row in rows:
            group = Group(**{name: row[name] for name in names})
            speakers = set(row["speakers"])
            self.add(group, Amount(row["clips"], row["seconds"], speakers, list(row["lengths"])))

    def total(self, **wanted: object) -> Amount:
        """Over all groups whose fields are as wanted: `total(split="train", copies=False)`."""
        amount = Amount()
        for group, some in self.groups.items():
            if all(getattr(group, name) == value for name, value in wanted.items()):
                amount.add(some)
        return amount

    def values(self, name: str) -> list[str]:
        """What a field of the groups is, sorted."""
        return sorted({str(getattr(group, name)) for group in self.groups})
