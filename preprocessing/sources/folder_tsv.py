"""A folder of recordings and a table that says what is said in them.

The table is tab-separated with a header. `path` (from the table's folder) and `text` have to be
there; `language` and `speaker`, `licence` and `split` may be. Common Voice's own names for these
are understood too (`sentence`, `locale`, `client_id`), so that its download works as it is, with
`--clips clips`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from preprocessing.sources.recording import Recording
from sentivox.errors import InvalidRequest
from sentivox.languages import parse_language

NAMES = {
    "path": ("path", "file", "audio"),
    "text": ("text", "sentence", "transcript"),
    "language": ("language", "locale", "lang"),
    "speaker": ("speaker", "client_id", "speaker_id"),
    "licence": ("licence", "license"),
    "split": ("split",),
}
LONGEST_FIELD = 1 << 20


@dataclass(frozen=True, slots=True)
class FolderTsv:
    name: str
    """What the source is called in shards."""
    file: Path
    language: str = ""
    """Of all recordings, where the table has no such column."""
    licence: str = "unknown"
    clips: str = ""
    """A folder beside the table that the paths begin in."""

    def parts(self) -> list[str]:
        return [self.name]

    def read(self, part: str) -> Iterator[Recording]:
        """Raises InvalidRequest for a table without paths, texts or languages."""
        csv.field_size_limit(LONGEST_FIELD)
        with self.file.open(encoding="utf-8", newline="") as file:
            # Quotes in such tables are part of what is said.
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            columns = self._columns(rows.fieldnames or [])
            for row in rows:
                yield self._recording({key: row[column] or "" for key, column in columns.items()})

    def _columns(self, header: object) -> dict[str, str]:
        there = set(header) if isinstance(header, (list, tuple)) else set()
        found = {
            key: next(name for name in names if name in there)
            for key, names in NAMES.items()
            if there.intersection(names)
        }
        missing = {"path", "text"} - found.keys()
        if not self.language:
            missing |= {"language"} - found.keys()
        if missing:
            raise InvalidRequest(
                f"{self.file} has no column for {' and '.join(sorted(missing))}: its first line "
                "should name columns such as path, text, language and speaker, separated by tabs."
            )
        return found

    def _recording(self, row: Mapping[str, str]) -> Recording:
        path = row["path"]
        return Recording(
            id=f"{self.name}/{path}",
            text=row["text"],
            language=parse_language(row.get("language") or self.language).code,
            speaker=row.get("speaker") or self.name,
            source=self.name,
            licence=row.get("licence") or self.licence,
            path=str((self.file.parent / self.clips / path).resolve()),
            container="g722" if path.endswith(".g722") else "",
            split=row.get("split", ""),
        )
