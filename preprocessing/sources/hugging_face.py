"""Common Voice, FLEURS, MLS and VoxPopuli from the Hugging Face hub, streamed.

A part is one file of the data set, so parts are fetched in parallel and each one once. Needs the
package `datasets`. Newer versions of Common Voice are downloaded from Mozilla and read by
`folder_tsv.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from preprocessing.sources.recording import Recording
from sentivox.errors import InvalidRequest
from sentivox.language_tags import parse_language
from sentivox.languages import LANGUAGES

SPLITS = {"train": "train", "validation": "validation", "dev": "validation", "test": "test"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Location of a data set and the names of its columns."""

    name: str
    repository: str
    revision: str
    licence: str
    text: tuple[str, ...]
    """Columns of the transcript; the first non-empty one is used."""
    speaker: str
    """Column of the speaker; if there is none, one that groups the recordings of a sentence."""
    id: str = ""
    """Column of the id; empty if the audio file's name is the id."""


COMMON_VOICE = Columns(
    name="common_voice",
    repository="mozilla-foundation/common_voice_17_0",
    revision="refs/convert/parquet",
    licence="CC0-1.0",
    text=("sentence",),
    speaker="client_id",
)
FLEURS = Columns(
    name="fleurs",
    repository="google/fleurs",
    revision="refs/convert/parquet",
    licence="CC-BY-4.0",
    text=("raw_transcription", "transcription"),
    speaker="id",
)
MLS = Columns(
    name="mls",
    repository="facebook/multilingual_librispeech",
    revision="main",
    licence="CC-BY-4.0",
    text=("transcript",),
    speaker="speaker_id",
    id="id",
)
VOXPOPULI = Columns(
    name="voxpopuli",
    repository="facebook/voxpopuli",
    revision="refs/convert/parquet",
    licence="CC0-1.0",
    text=("raw_text", "normalized_text"),
    speaker="speaker_id",
    id="audio_id",
)
KNOWN = {each.name: each for each in (COMMON_VOICE, FLEURS, MLS, VOXPOPULI)}


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """A data set of the Hugging Face hub as a source."""

    columns: Columns
    languages: Sequence[str]
    """Codes from `sentivox.languages`."""
    splits: Sequence[str] = ("train", "validation", "test")
    repository: str = ""
    """Another repository of the same layout: a mirror, another version, or a folder of Parquet."""

    def parts(self) -> list[str]:
        """Names of the files. Raise InvalidRequest when `datasets` or a language is missing."""
        return [
            f"{self.columns.name}-{config}-{split}-{index:05d}"
            for config in self._configs()
            for split in self._splits(config)
            for index in range(self._stream(config, split).num_shards)
        ]

    def read(self, part: str) -> Iterator[Recording]:
        _, config, split, index = part.rsplit("-", 3)
        stream = self._stream(config, split)
        rows = stream.shard(num_shards=stream.num_shards, index=int(index))
        return recordings(rows, self.columns, language_of(config), SPLITS[split])

    def _configs(self) -> list[str]:
        available = _datasets().get_dataset_config_names(self._repository, revision=self._revision)
        found = {config: language_of(config) for config in available}
        if missing := set(self.languages) - set(found.values()):
            raise InvalidRequest(
                f"{self._repository} has nothing in {', '.join(sorted(missing))}; its languages "
                f"are {', '.join(sorted(filter(None, set(found.values()))))}."
            )
        return sorted(config for config in found if found[config] in self.languages)

    def _splits(self, config: str) -> list[str]:
        available = _datasets().get_dataset_split_names(
            self._repository, config, revision=self._revision
        )
        return [split for split in available if SPLITS.get(split) in self.splits]

    def _stream(self, config: str, split: str) -> Any:
        datasets = _datasets()
        stream = datasets.load_dataset(
            self._repository, config, split=split, streaming=True, revision=self._revision
        )
        return stream.cast_column("audio", datasets.Audio(decode=False))

    @property
    def _repository(self) -> str:
        return self.repository or self.columns.repository

    @property
    def _revision(self) -> str | None:
        return None if self.repository else self.columns.revision


def recordings(
    rows: Iterable[Mapping[str, Any]], columns: Columns, language: str, split: str
) -> Iterator[Recording]:
    """Recordings of rows of `datasets`, whose audio is undecoded: {"bytes": ..., "path": ...}."""
    for row in rows:
        audio = row["audio"]
        own = str(row[columns.id] if columns.id else audio["path"])
        texts = (str(row.get(name) or "") for name in columns.text)
        yield Recording(
            id=f"{columns.name}/{language}/{own}",
            text=next(filter(None, texts), ""),
            language=language,
            speaker=f"{columns.name}/{language}/{row[columns.speaker]}",
            source=columns.name,
            licence=columns.licence,
            path="" if audio["bytes"] else str(audio["path"]),
            audio=audio["bytes"],
            split=split,
        )


def language_of(config: str) -> str:
    """Language code of a configuration such as "sv-SE", "es_419", "cmn_hans_cn" or "german"; empty
    if the name isn't a language.
    """
    if config in {language.name for language in LANGUAGES.values()}:
        return parse_language(config).code
    try:
        return parse_language(config.replace("_", "-").split("-")[0]).code
    except InvalidRequest:
        return ""


def _datasets() -> ModuleType:
    try:
        import datasets
    except ModuleNotFoundError as exc:
        raise InvalidRequest(
            "Data sets of the Hugging Face hub are read by the package `datasets`, which isn't "
            "installed: pip install 'datasets>=4'."
        ) from exc
    return datasets
