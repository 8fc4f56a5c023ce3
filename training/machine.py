"""Description of the machine, for cards and reports of measurements."""

from __future__ import annotations

import os
import re
from pathlib import Path

import torch


def machine() -> str:
    """Name of the GPU, or number of cores, processor and memory."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = found[1] if found else "unknown processor"
    return f"{os.cpu_count()} cores of {name}, {gib:.0f} GiB, no GPU"
