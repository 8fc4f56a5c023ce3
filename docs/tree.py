"""The files of the repository, as git lists them, and the names of its Python modules."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = ("clients/python",)
"""Folders that stand on the import path beside the repository's root."""


def tracked(root: Path) -> list[PurePosixPath]:
    """Files that git tracks or would track, relative to `root`, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
    ).stdout
    names = {name for name in listed.decode().split("\0") if name}
    return sorted(PurePosixPath(name) for name in names if (root / name).is_file())


def module_name(path: PurePosixPath) -> str:
    """`sentivox/audio/vad.py` is `sentivox.audio.vad`; a package is named by its folder."""
    for folder in SOURCE_ROOTS:
        if path.is_relative_to(folder):
            path = path.relative_to(folder)
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def python_modules(files: Iterable[PurePosixPath]) -> dict[str, PurePosixPath]:
    """Module name -> file, for every Python file."""
    return {module_name(path): path for path in files if path.suffix == ".py"}
