"""API keys: creation, storage and check.

A key file has one `name:sha256` per line; blank lines and lines that begin with # are ignored. A
key has 256 random bits, so its SHA-256 can't be searched for and needs no salt.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from pathlib import Path

from anyio import to_thread

from sentivox.errors import MissingKey, StageUnavailable, WrongKey

_LINE = re.compile(r"[^:]*:([0-9a-fA-F]{64})")

_log = logging.getLogger(__name__)


def new_key() -> str:
    """A random key."""
    return f"sv-{secrets.token_urlsafe(32)}"


def hash_key(key: str) -> str:
    """SHA-256 of a key in hexadecimal, as key files have it."""
    return hashlib.sha256(key.encode()).hexdigest()


class KeyFile:
    """The hashes of a key file, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._version: tuple[int, int, int] | None = None
        self._hashes: tuple[str, ...] = ()

    async def check(self, authorization: str | None) -> None:
        """Check the value of the header Authorization.

        Raises MissingKey, WrongKey, and StageUnavailable when the file can't be read.
        """
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise MissingKey("Send your API key in the header 'Authorization: Bearer <key>'.")
        presented = hash_key(key.strip())
        hashes = await to_thread.run_sync(self._current)
        # Every hash is compared, so that the duration depends on no key.
        if sum([hmac.compare_digest(presented, known) for known in hashes]) == 0:
            raise WrongKey("This API key isn't known here. Check it, or ask for a new one.")

    def _current(self) -> tuple[str, ...]:
        try:
            status = self.path.stat()
            version = (status.st_mtime_ns, status.st_size, status.st_ino)
            if version != self._version:
                self._hashes = _read(self.path.read_text("utf-8", errors="replace"))
                self._version = version
        except OSError as error:
            _log.error("API keys can't be read: %s", error)
            raise StageUnavailable("API keys can't be checked at the moment.") from error
        return self._hashes


def _read(text: str) -> tuple[str, ...]:
    hashes = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if match := _LINE.fullmatch(line.strip()):
            hashes.append(match[1].lower())
        else:
            _log.warning("Line %d of the key file isn't name:sha256 and is ignored.", number)
    return tuple(hashes)
