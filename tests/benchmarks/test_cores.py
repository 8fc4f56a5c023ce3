from __future__ import annotations

import pytest

from benchmarks.cores import owner, taken


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("ray::ServeReplica:sentivox:asr_multilingual", "asr_multilingual"),
        ("ray::ProxyActor", "proxy"),
        ("/site-packages/ray/core/src/ray/raylet/raylet --raylet_socket_name=x", "raylet"),
        ("python -P -m sentivox.audio.decoding.worker 256", "audio_decoder"),
        ("sh", "others"),
    ],
)
def test_every_process_has_an_owner(command: str, name: str) -> None:
    assert owner(command) == name


def test_a_new_process_counts_from_its_start() -> None:
    before = {1: ("proxy", 5.0), 2: ("ingress", 1.0)}
    after = {1: ("proxy", 5.5), 2: ("ingress", 3.0), 3: ("ingress", 0.25)}
    assert taken(before, after) == {"ingress": 2.25, "proxy": 0.5}
