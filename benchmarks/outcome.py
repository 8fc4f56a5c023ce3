"""What every benchmark leaves behind: what was run where and when, as a file and as a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.machine import machine


def header(benchmark: str, argv: Sequence[str]) -> dict[str, Any]:
    """Name, command line, date and machine: the beginning of a result."""
    return {
        "benchmark": benchmark,
        "command": " ".join(["python", "-m", f"benchmarks.{benchmark}", *argv]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
    }


def record(result: dict[str, Any], path: Path | None) -> None:
    """The result in one line, the last that is printed, and as a file if `path` names one."""
    if path is not None:
        path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
