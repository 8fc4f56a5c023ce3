"""Fetch and unpack the Debian packages with recordings, without root: `make speech-data`.

    python -m preprocessing.fetch_speech

Needs `apt-get` and `dpkg-deb` of Debian or Ubuntu. Package lists are stored in a temporary folder,
so no root is needed and the system stays unchanged. Packages that are there already are skipped.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from preprocessing.speech_data import SPEECH, languages, recordings

PACKAGES = (
    *(f"asterisk-core-sounds-{language}-g722" for language in ("en", "es", "fr", "it", "ru")),
    "fillets-ng-data-cs",
    "fillets-ng-data-nl",
    "tuxpaint-stamps-default",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Fetch what is missing; return the exit status."""
    parser = argparse.ArgumentParser(description="Fetch real recordings with transcripts.")
    parser.add_argument("--into", type=Path, default=SPEECH, help="where to unpack")
    into: Path = parser.parse_args(argv).into
    missing = [package for package in PACKAGES if not (into / package).is_dir()]
    if missing and not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        print(
            "The recordings come from Debian packages, and this machine has no apt-get and "
            f"dpkg-deb. Unpack these on one that has, and copy them to {into}: "
            + ", ".join(missing),
            file=sys.stderr,
        )
        return 1
    try:
        fetch(missing, into)
    except subprocess.CalledProcessError as error:
        print(
            "The packages could not be fetched: is a Debian mirror reachable, and are its sources "
            f"listed in /etc/apt? {' '.join(error.cmd[:1])} said:\n{error.stderr.strip()}",
            file=sys.stderr,
        )
        return 1
    for language in languages():
        clips = recordings(language)
        minutes = sum(clip.seconds for clip in clips) / 60
        print(f"{language}  {len(clips):5} recordings of 2 s and more  {minutes:6.1f} min")
    return 0


def fetch(packages: Sequence[str], into: Path) -> None:
    """Unpack each package to `into/<package>/`; raise CalledProcessError when apt or dpkg fails."""
    if not packages:
        return
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".apt-") as scratch:
        apt = _private_apt(Path(scratch))
        _run([*apt, "update"], scratch)
        for package in packages:
            print(f"Fetching {package}", flush=True)
            _run([*apt, "download", package], scratch)
            (archive,) = Path(scratch).glob(f"{package}_*.deb")
            unpacked = Path(scratch) / package
            _run(["dpkg-deb", "--extract", str(archive), str(unpacked)], scratch)
            archive.unlink()
            # Renamed only when complete, so that an interrupted run isn't taken for a finished one.
            unpacked.rename(into / package)


def _private_apt(scratch: Path) -> list[str]:
    """Command of apt-get with lists and cache in `scratch`; the system's lists need root."""
    (scratch / "lists" / "partial").mkdir(parents=True)
    (scratch / "archives" / "partial").mkdir(parents=True)
    options = {
        "Dir::State::lists": scratch / "lists",
        "Dir::Cache": scratch,
        "APT::Sandbox::User": "",
        "APT::Update::Error-Mode": "any",
    }
    return [
        "apt-get",
        "-qq",
        *(word for key, value in options.items() for word in ("-o", f"{key}={value}")),
    ]


def _run(command: Sequence[str], folder: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
