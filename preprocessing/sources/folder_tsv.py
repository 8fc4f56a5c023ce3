"""A folder of recordings and a table of their transcripts.

The table is tab-separated with a header. The columns `path` (relative to the table's folder) and
`text` are required; `language`, `speaker`, `licence` and `split` are optional. Common Voice's
column names (`sentence`, `locale`, `client_id`) work as well, so its download can be read with
`--clips clips`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from preprocessing.sources.recording import Recording
from sentivox.errors import InvalidRequest
from sentivox.language_tags import parse_language

NAMES = {
    "path": ("path", "file", "audio"),
    "text": ("text", "sentence", "transcript"),
    "language": ("language", "locale", "lang"),
    "speaker": ("speaker", "client_id", "speaker_id"),
    "licence": ("licence", "license"),
    "split": ("split",),
}
MAX_FIELD_CHARS = 1 << 20


@dataclass(frozen=True, slots=True)
class FolderTsv:
    """A table of recordings as a source with one part."""

    name: str
    """Name of the source in shards."""
    file: Path
    language: str = ""
    """Language of all recordings, if the table has no such column."""
    licence: str = "unknown"
    clips: str = ""
    """Folder beside the table that paths are relative to."""

    def parts(self) -> list[str]:
        return [self.name]

    def read(self, part: str) -> Iterator[Recording]:
        """The rows of the table. Raise InvalidRequest for a table without paths, texts or
        languages.
        """
        csv.field_size_limit(MAX_FIELD_CHARS)
        with self.file.open(encoding="utf-8", newline="") as file:
            # Quotes in such tables are part of the transcript.
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            columns = self._columns(rows.fieldnames or [])
            for row in rows:
                yield self._recording({key: row[column] or "" for key, column in columns.items()})

    def _columns(self, header: object) -> dict[str, str]:
        names_found = set(header) if isinstance(header, (list, tuple)) else set()
        found = {
            key: next(name for name in names if name in names_found)
            for key, names in NAMES.items()
            if names_found.intersection(names)
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
