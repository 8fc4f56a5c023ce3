"""Models of the Hugging Face hub, pinned by revision, without formats that can run code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sentivox.errors import WeightsMissing
from sentivox.weights.checksums import require_safe_format, verify_file

PATTERNS = ("*.safetensors", "*.json", "*.txt", "*.model", "model.bin")
"""Files that are downloaded: weights as safetensors or CTranslate2, configs, vocabularies and
tokenizers."""

_SPEC = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model of the hub at one revision."""

    name: str
    revision: str
    """A commit's 40 hexadecimal digits, or a tag."""

    @classmethod
    def parse(cls, spec: str) -> HubModel:
        """The model of `org/name@revision`. Raises WeightsMissing for any other text."""
        match = _SPEC.fullmatch(spec)
        if match is None:
            raise WeightsMissing(
                f"'{Path(spec).name[:60]}' is neither a folder on this machine nor a model's name. "
                "Write embedded:NAME, a folder's path, or org/name@revision."
            )
        if match["revision"] is None:
            raise WeightsMissing(
                f"The model '{spec}' needs a revision, so that it stays the same: write "
                f"{spec}@COMMIT with a commit of 40 hexadecimal digits, or {spec}@TAG."
            )
        return cls(match["name"], match["revision"])

    def fetch(self, *, local_files_only: bool = False) -> Path:
        """The model's verified folder, downloaded unless the hub's cache has it or
        `local_files_only` is true. Raises WeightsError.
        """
        # Slow to import, and not needed for embedded models.
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError

        try:
            folder = snapshot_download(
                self.name,
                revision=self.revision,
                allow_patterns=list(PATTERNS),
                local_files_only=local_files_only,
            )
        except (OSError, HFValidationError) as exc:
            raise WeightsMissing(
                f"The model '{self.name}' at revision '{self.revision}' isn't on this machine and "
                "couldn't be downloaded from the Hugging Face hub. Check the name, the revision, "
                "the access token and the network, or give a local folder."
            ) from exc
        for path in (path for pattern in PATTERNS for path in Path(folder).glob(pattern)):
            require_safe_format(path)
            # The hub's cache names large files by their SHA-256.
            stored = path.resolve().name
            if _SHA256.fullmatch(stored):
                verify_file(path, stored, "Delete it from the hub's cache and pull it again.")
        return Path(folder)
