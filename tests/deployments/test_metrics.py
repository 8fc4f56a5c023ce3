from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from deployments.metrics import merged

PAGE = """\
# HELP ray_serve_batches_processed_total Counter of batches executed.
# TYPE ray_serve_batches_processed_total counter
ray_serve_batches_processed_total{{deployment="asr_slavic",node="{node}"}} {count}
# HELP ray_gcs_internal Nobody's business.
# TYPE ray_gcs_internal gauge
ray_gcs_internal{{node="{node}"}} 1.0
"""


def test_a_family_that_two_nodes_export_appears_once_with_the_samples_of_both() -> None:
    page = merged([PAGE.format(node="a", count=3), PAGE.format(node="b", count=4), ""])
    [family] = text_string_to_metric_families(page.decode())
    assert page.count(b"# TYPE") == 1
    assert {sample.labels["node"]: sample.value for sample in family.samples} == {"a": 3, "b": 4}


def test_what_only_concerns_ray_stays_out() -> None:
    assert b"gcs" not in merged([PAGE.format(node="a", count=1)])
