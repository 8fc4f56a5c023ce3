"""What a server's /metrics says of a stage."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


def samples(page: str, name: str, deployment: str) -> Iterator[Sample]:
    """Of that name, one for each replica and whatever else there are labels for."""
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == name and sample.labels["deployment"] == deployment:
                yield sample
