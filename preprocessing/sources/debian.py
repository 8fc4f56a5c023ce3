"""Real people's recordings out of Debian's packages, as `make speech-data` unpacks them.

In asterisk's and tuxpaint's one person speaks each language. In those of fillets many actors do,
and nothing says who: a level of the game has a cast of its own, so that stands for the speaker.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from preprocessing.sources.recording import Recording
from preprocessing.speech_data import MANIFESTS, SPEECH
from sentivox.errors import InvalidRequest

LICENCES = {
    "asterisk_it": "CC-BY-3.0",
    "asterisk_ru": "CC-BY-3.0",
    "asterisk": "CC-BY-SA-3.0",
    "fillets": "GPL-2.0",
    "tuxpaint": "GPL-2.0",
}
"""By the first letters of the manifest's name, the longest first."""


@dataclass(frozen=True, slots=True)
class Debian:
    languages: Sequence[str] = ()
    """All of them when empty."""
    only: Sequence[str] = ()
    """Sources whose names begin with one of these; all of them when empty."""

    def parts(self) -> list[str]:
        """Raises InvalidRequest when a language has no recordings, or they aren't fetched."""
        there = {file.stem: file.stem.split("_")[1] for file in MANIFESTS.glob("*.csv")}
        if missing := set(self.languages) - set(there.values()):
            raise InvalidRequest(
                f"Debian has no recordings in {', '.join(sorted(missing))}; there are "
                f"{', '.join(sorted(set(there.values())))}."
            )
        if not SPEECH.is_dir():
            raise InvalidRequest(f"{SPEECH} isn't there: `make speech-data` fetches it.")
        return sorted(name for name, language in there.items() if self._wanted(name, language))

    def read(self, part: str) -> Iterator[Recording]:
        with (MANIFESTS / f"{part}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                path = SPEECH / row["path"]
                yield Recording(
                    id=f"{part}/{row['path'].partition('/usr/share/')[2]}",
                    text=row["transcript"],
                    language=row["lang"],
                    speaker=_speaker(part, path),
                    source=part,
                    licence=next(LICENCES[name] for name in LICENCES if part.startswith(name)),
                    path=str(path),
                    container="g722" if path.suffix == ".g722" else "",
                    dropped="not speech" if row["flag"] else "",
                )

    def _wanted(self, name: str, language: str) -> bool:
        return (not self.languages or language in self.languages) and (
            not self.only or name.startswith(tuple(self.only))
        )


def _speaker(part: str, path: Path) -> str:
    """Fillets' recordings are at `sound/<level>/<language>/<name>.ogg`."""
    return f"{part}/{path.parent.parent.name}" if part.startswith("fillets") else part
