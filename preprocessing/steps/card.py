"""Step 5: a summary of the shards for programs (manifest.json) and for people (card.md)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from preprocessing.atomic_files import write_json
from preprocessing.settings import PrepareSettings
from preprocessing.shards import SPLITS
from preprocessing.steps import clean, finish
from preprocessing.steps.plots import draw
from preprocessing.steps.tally import Tally
from sentivox.languages import LANGUAGES

DUPLICATE = "duplicate"


@dataclass(slots=True)
class Summary:
    """Numbers of all units together."""

    tally: Tally = field(default_factory=Tally)
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every shard, by path."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Dropped recordings by reason."""


def summarise(units: Sequence[str], out: Path) -> Summary:
    """Add up the reports of all units."""
    summary = Summary()
    for unit in units:
        cleaned = json.loads(clean.report(out, unit).read_text())
        finished = json.loads(finish.report(out, unit).read_text())
        summary.dropped.update(cleaned["dropped"])
        summary.dropped.update({DUPLICATE: len(finished["duplicates"])})
        summary.files |= finished["files"]
        summary.tally.read(finished["amounts"])
    summary.dropped += Counter()
    return summary


def write_card(summary: Summary, settings: PrepareSettings, out: Path) -> None:
    """Write manifest.json, card.md and the plots."""
    plots = draw(summary.tally, summary.dropped, out / "plots")
    write_json(
        {
            "settings": settings.model_dump(mode="json"),
            "files": summary.files,
            "dropped": summary.dropped,
            "amounts": [{**row, "speakers": len(row["speakers"])} for row in summary.tally.rows()],
        },
        out / "manifest.json",
    )
    (out / "card.md").write_text("\n".join(_lines(summary, settings, plots)), encoding="utf-8")


def _lines(summary: Summary, settings: PrepareSettings, plots: Sequence[str]) -> Iterator[str]:
    tally = summary.tally
    recorded, copied = tally.total(copies=False), tally.total(copies=True)
    yield "# Contents of these shards\n"
    yield (
        f"{recorded.clips:,} recordings, {recorded.seconds / 3600:.2f} hours, "
        f"{len(recorded.speakers):,} speakers, {len(tally.values('language'))} languages; with "
        f"augmented copies {(recorded.seconds + copied.seconds) / 3600:.2f} hours.\n"
    )
    yield f"No {settings.splits.disjoint} is in two splits.\n"
    yield from (f"- {line}" for line in _missing_splits(tally))
    yield "\n## Hours\n"
    yield "| language | clips | speakers | train | validation | test | copies |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_language(code, tally) for code in tally.values("language"))
    yield "\n## Sources\n"
    yield "| source | licence | clips | hours |\n|---|---|---|---|"
    yield from _sources(tally)
    yield "\n## Dropped\n"
    yield from _dropped(summary.dropped)
    yield ""
    yield from (f"![{Path(plot).stem}](plots/{plot})" for plot in plots)
    yield "\n## Settings\n"
    yield f"```json\n{settings.model_dump_json(indent=1)}\n```\n"


def _missing_splits(tally: Tally) -> Iterator[str]:
    for code in tally.values("language"):
        missing = [split for split in SPLITS if not tally.total(language=code, split=split).clips]
        if missing:
            yield (
                f"**{LANGUAGES[code].name.capitalize()} has nothing for {' and '.join(missing)}**: "
                "it has too few speakers to split. `--disjoint text` splits by sentence, "
                "`--test-source` uses a whole source."
            )


def _language(code: str, tally: Tally) -> str:
    recorded = tally.total(language=code, copies=False)
    hours = [
        *(tally.total(language=code, copies=False, split=split).seconds for split in SPLITS),
        tally.total(language=code, copies=True).seconds,
    ]
    cells = " | ".join(f"{seconds / 3600:.2f}" for seconds in hours)
    return (
        f"| {code} {LANGUAGES[code].name} | {recorded.clips} | {len(recorded.speakers)} | {cells} |"
    )


def _sources(tally: Tally) -> Iterator[str]:
    for source in tally.values("source"):
        for licence in tally.values("licence"):
            amount = tally.total(source=source, licence=licence, copies=False)
            if amount.clips:
                hours = amount.seconds / 3600
                yield f"| {source} | {licence} | {amount.clips} | {hours:.2f} |"


def _dropped(dropped: Mapping[str, int]) -> Iterator[str]:
    if not dropped:
        yield "Nothing."
        return
    yield "| reason | recordings |\n|---|---|"
    ranked = sorted(dropped.items(), key=lambda item: (-item[1], item[0]))
    yield from (f"| {reason} | {count} |" for reason, count in ranked)
    yield "\nEach dropped recording with its reason: `clean/*.json` and `units/*.json`."
