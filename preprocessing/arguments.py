"""The command line of `preprocessing/prepare.py`, and what its words mean."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from preprocessing.settings import (
    KINDS,
    LabelCheckSettings,
    LanguageCheckSettings,
    Limits,
    PrepareSettings,
    SplitSettings,
)
from preprocessing.sources.debian import Debian
from preprocessing.sources.folder_tsv import FolderTsv
from preprocessing.sources.hugging_face import KNOWN, HuggingFace
from preprocessing.sources.recording import Source
from sentivox.errors import InvalidRequest
from sentivox.languages import parse_language

SPLITS = SplitSettings()


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Speech with its words to shards for training.")
    where = parser.add_argument_group("what to read")
    where.add_argument("--source", nargs="+", required=True, choices=["debian", "folder", *KNOWN])
    where.add_argument(
        "--languages", nargs="+", default=[], help="codes; all there are if left out"
    )
    where.add_argument("--only", nargs="+", default=[], help="of debian: asterisk, fillets, ...")
    where.add_argument("--table", type=Path, help="of folder: what is said in which file")
    where.add_argument("--clips", default="", help="of folder: where files are, beside the table")
    where.add_argument("--repository", default="", help="of a hub's data set: another place of it")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips-per-shard", type=int, default=256)
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="cores of this machine")
    checks = parser.add_argument_group("checks with a model")
    checks.add_argument("--language-check", action="store_true", help="drop what is in another")
    checks.add_argument("--label-check", action="store_true", help="drop what isn't in the text")
    checks.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--digits", action="store_true", help="keep texts with digits")
    splits = parser.add_argument_group("splits")
    splits.add_argument("--disjoint", choices=["speaker", "source", "text"], default="speaker")
    splits.add_argument("--validation-share", type=float, default=SPLITS.validation_share)
    splits.add_argument("--test-share", type=float, default=SPLITS.test_share)
    splits.add_argument("--validation-source", nargs="+", default=[])
    splits.add_argument("--test-source", nargs="+", default=[])
    copies = parser.add_argument_group("copies of the clips for training")
    copies.add_argument("--augment", nargs="+", choices=KINDS, default=[])
    copies.add_argument("--times", type=int, default=1, help="copies of each kind")
    return parser


def sources(told: argparse.Namespace) -> list[Source]:
    """Raises InvalidRequest."""
    return list(_sources(told, [parse_language(each).code for each in told.languages]))


def _sources(told: argparse.Namespace, languages: Sequence[str]) -> Iterator[Source]:
    for name in told.source:
        match name:
            case "debian":
                yield Debian(languages, told.only)
            case "folder":
                yield _folder(told, languages)
            case _:
                if not languages:
                    raise InvalidRequest(f"Say which --languages of {name} to fetch.")
                yield HuggingFace(KNOWN[name], languages, repository=told.repository)


def _folder(told: argparse.Namespace, languages: Sequence[str]) -> FolderTsv:
    if told.table is None:
        raise InvalidRequest("Say with --table which file tells what is said in the recordings.")
    if len(languages) > 1:
        raise InvalidRequest(
            "A table in several languages needs a column that says which; leave --languages out."
        )
    language = languages[0] if languages else ""
    return FolderTsv(told.table.stem, told.table, language, clips=told.clips)


def settings(told: argparse.Namespace) -> PrepareSettings:
    """Raises pydantic's ValidationError for a number out of bounds."""
    return PrepareSettings(
        clips_per_shard=told.clips_per_shard,
        limits=Limits(digits=told.digits),
        language_check=LanguageCheckSettings(device=told.device) if told.language_check else None,
        label_check=LabelCheckSettings(device=told.device) if told.label_check else None,
        splits=SplitSettings(
            disjoint=told.disjoint,
            validation_share=told.validation_share,
            test_share=told.test_share,
            validation_sources=tuple(told.validation_source),
            test_sources=tuple(told.test_source),
        ),
        augment=tuple(told.augment),
        times=told.times,
    )
