"""Prometheus metrics of the whole cluster on one page.

Each Ray node exports the metrics of its own processes. They are merged, so that Prometheus scrapes
the service without knowing the nodes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

import httpx2
import ray
from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

EXPORTED = ("ray_serve_", "ray_sentivox_", "ray_node_", "ray_object_store_", "ray_component_")
"""Prefixes of the exported metrics: those that concern operators, without Ray's internals."""
CONSTANT_LABELS = (
    *("otel_scope_name", "otel_scope_schema_url", "otel_scope_version"),
    *("SessionName", "Version"),
)
"""Labels that are left out: they have the same value on every line."""
NODE_TIMEOUT_S = 3.0
"""Nodes that take longer are left out of a page."""


async def scrape_cluster() -> bytes:
    """Metrics of all nodes that answer in time, in Prometheus' text format."""
    nodes = await asyncio.to_thread(ray.nodes)
    async with httpx2.AsyncClient(timeout=NODE_TIMEOUT_S) as client:
        pages = await asyncio.gather(
            *(
                _scrape(client, node["NodeManagerAddress"], node["MetricsExportPort"])
                for node in nodes
                if node["Alive"]
            )
        )
    return await asyncio.to_thread(merged, pages)


async def _scrape(client: httpx2.AsyncClient, address: str, port: int) -> str:
    try:
        response = await client.get(f"http://{address}:{port}/metrics")
        response.raise_for_status()
    except httpx2.HTTPError:
        return ""
    return response.text


def merged(pages: Iterable[str]) -> bytes:
    """The pages of the nodes merged into one, in Prometheus' text format."""
    return generate_latest(_Pages(pages))


class _Pages(Collector):
    """Metric families of several pages. The format allows a family only once on a page."""

    def __init__(self, pages: Iterable[str]) -> None:
        self._pages = pages

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for page in self._pages:
            for family in text_string_to_metric_families(page):
                if family.name.startswith(EXPORTED):
                    family.samples = [_without_constant_labels(sample) for sample in family.samples]
                    known = families.setdefault(family.name, family)
                    if known is not family:
                        known.samples.extend(family.samples)
        yield from families.values()


def _without_constant_labels(sample: Sample) -> Sample:
    return sample._replace(
        labels={name: value for name, value in sample.labels.items() if name not in CONSTANT_LABELS}
    )
