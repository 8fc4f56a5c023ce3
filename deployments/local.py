"""Serve a config on this machine alone, on a Ray cluster that ends with the command.

python -m deployments.local serve_config.local.yaml
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deployments.ray_compat import environment

ENVIRONMENT = environment() | {
    # Never join a cluster that somebody else runs on this machine.
    "RAY_ADDRESS": "local",
    # Windows and sentences have many lengths, and torch keeps memory for each size of product: the
    # default of 1,024 sizes takes 250 MB more after 600 lengths (docs/log.md).
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128",
    # Memory freed in other arenas than the first stays with the process, up to 64 MB in each: it
    # grew by a megabyte with every window of a long file (docs/log.md).
    "MALLOC_ARENA_MAX": "1",
}


def main(argv: Sequence[str]) -> None:
    """Replaces this process by `serve run`."""
    [config] = argv
    serve = Path(sys.executable).with_name("serve")
    os.execve(serve, [str(serve), "run", config], os.environ | ENVIRONMENT)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
