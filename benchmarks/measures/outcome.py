"""The result of a benchmark: command, date, machine and measures, as a file and as a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from training.machine import machine

RESULTS = Path(__file__).parents[1] / "results"
"""The folder of all results."""


def header(benchmark: str, argv: Sequence[str]) -> dict[str, Any]:
    """The beginning of a result: name, command line, date and machine."""
    return {
        "benchmark": benchmark,
        "command": " ".join(["python", "-m", f"benchmarks.{benchmark}", *argv]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
    }


def show(table: Table) -> None:
    """Prints the table; 160 columns wide where the output isn't a terminal."""
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def write(result: dict[str, Any], path: Path) -> None:
    """Writes the result as indented JSON."""
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")


def record(result: dict[str, Any], path: Path | None) -> None:
    """Prints the result as the last line, and writes it to `path` unless that is None."""
    if path is not None:
        write(result, path)
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
