"""Metrics of a deployment on a server's /metrics page."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


def samples(page: str, name: str, deployment: str) -> Iterator[Sample]:
    """Samples of a metric of one deployment: one per replica and other labels."""
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == name and sample.labels["deployment"] == deployment:
                yield sample
