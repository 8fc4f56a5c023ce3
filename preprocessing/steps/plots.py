"""Plots for the data card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from preprocessing.shards import SPLITS
from preprocessing.steps.tally import Tally

COLOURS = {"train": "#3b6fb6", "validation": "#e0a030", "test": "#4f9d69", "copies": "#b9c8e0"}
DROPPED = "#b5544d"
ROW_INCHES = 0.32
MARGIN_INCHES = 1.1


def draw(tally: Tally, dropped: Mapping[str, int], folder: Path) -> list[str]:
    """Draw SVG files to `folder` and return their names: hours by language, lengths of clips, and
    reasons of drops if there are any. Equal numbers give equal bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {"hours": _hours(tally), "lengths": _lengths(tally)}
    if dropped:
        drawn["dropped"] = _dropped(dropped)
    with mpl.rc_context({"svg.hashsalt": "sentivox", "svg.fonttype": "none"}):
        for name, figure in drawn.items():
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")
    return [f"{name}.svg" for name in drawn]


def _hours(tally: Tally) -> Figure:
    languages = tally.values("language")[::-1]
    figure, axes = _bars(len(languages))
    done = [0.0] * len(languages)
    for part in (*SPLITS, "copies"):
        wanted = {"copies": True} if part == "copies" else {"split": part, "copies": False}
        hours = [tally.total(language=code, **wanted).seconds / 3600 for code in languages]
        if any(hours):
            axes.barh(languages, hours, left=done, color=COLOURS[part], label=part)
        done = [a + b for a, b in zip(done, hours, strict=True)]
    axes.set_xlabel("hours")
    axes.legend(frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def _lengths(tally: Tally) -> Figure:
    figure, axes = _bars(8)
    lengths = tally.total(copies=False).lengths
    axes.bar(range(len(lengths)), lengths, width=0.9, align="edge", color=COLOURS["train"])
    axes.set_xlabel("seconds")
    axes.set_ylabel("clips")
    return figure


def _dropped(dropped: Mapping[str, int]) -> Figure:
    reasons = sorted(dropped, key=dropped.__getitem__)
    figure, axes = _bars(len(reasons))
    bars = axes.barh(reasons, [dropped[reason] for reason in reasons], color=DROPPED)
    axes.bar_label(bars, padding=3)
    axes.margins(x=0.1)
    axes.set_xlabel("recordings dropped")
    return figure


def _bars(rows: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, MARGIN_INCHES + ROW_INCHES * max(rows, 3)))
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
