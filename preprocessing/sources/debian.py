"""Recordings of Debian packages, as `make speech-data` unpacks them.

asterisk and tuxpaint have one speaker per language. fillets has many actors without names; each
level of the game has a cast of its own, so the level stands for the speaker.
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
"""Licence by the beginning of the manifest's name, longer beginnings first."""


@dataclass(frozen=True, slots=True)
class Debian:
    """The manifests of `preprocessing/manifests` as a source."""

    languages: Sequence[str] = ()
    """Languages to read; empty for all."""
    only: Sequence[str] = ()
    """Beginnings of the names of the manifests to read; empty for all."""

    def parts(self) -> list[str]:
        """Names of the manifests. Raise InvalidRequest for a language without recordings, and when
        recordings aren't fetched.
        """
        available = {file.stem: file.stem.split("_")[1] for file in MANIFESTS.glob("*.csv")}
        if missing := set(self.languages) - set(available.values()):
            raise InvalidRequest(
                f"Debian has no recordings in {', '.join(sorted(missing))}; there are "
                f"{', '.join(sorted(set(available.values())))}."
            )
        if not SPEECH.is_dir():
            raise InvalidRequest(f"{SPEECH} doesn't exist: `make speech-data` fetches it.")
        return sorted(name for name, language in available.items() if self._wanted(name, language))

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
    """Speaker of a recording; those of fillets are at `sound/<level>/<language>/<name>.ogg`."""
    return f"{part}/{path.parent.parent.name}" if part.startswith("fillets") else part
