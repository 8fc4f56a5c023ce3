from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sentivox.settings import LiveSettings
from sentivox.web.realtime.limits import MESSAGE_SECONDS, MessageQueue, RateLimiter, message_cost_s
from sentivox.web.realtime.messages import Append, Clear

ROOT = Path(__file__).resolve().parents[3]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_audio_in_real_time_is_always_accepted() -> None:
    clock = Clock()
    limiter = RateLimiter(1.0, clock)
    for _ in range(1000):
        clock.now += 0.1
        assert limiter.add(0.1)


def test_audio_may_run_ahead_up_to_the_limit() -> None:
    limiter = RateLimiter(3.0, Clock())
    assert [limiter.add(1.0) for _ in range(4)] == [True, True, True, False]


def test_idle_time_is_not_saved_up() -> None:
    clock = Clock()
    limiter = RateLimiter(1.0, clock)
    clock.now = 3600.0
    assert not limiter.add(2.0)


def test_messages_without_audio_have_a_cost() -> None:
    assert message_cost_s(0.0, 40) == MESSAGE_SECONDS
    assert message_cost_s(0.0, 960_000) == 10


@pytest.mark.parametrize("seconds", [0.02, 0.1, 1.0, 30.0])
def test_audio_in_base64_costs_its_length(seconds: float) -> None:
    overhead = len('{"type": "input_audio_buffer.append", "audio": "", "event_id": "event_0123"}')
    assert message_cost_s(seconds, overhead + int(seconds * 48_000 * 4 / 3)) == seconds


async def test_a_queue_accepts_messages_until_it_is_full() -> None:
    queue = MessageQueue(2.0)
    assert queue.put(Append(b"12"), 1.0)
    assert queue.put(Clear(), 1.0)
    assert not queue.put(Append(b"3"), 0.02)
    assert queue.audio_bytes == 2
    assert await queue.get() == Append(b"12")
    assert queue.audio_bytes == 0
    assert queue.put(Append(b"3"), 1.0)
    assert [await queue.get(), await queue.get()] == [Clear(), Append(b"3")]
    assert queue.empty


@pytest.mark.parametrize("name", ["serve_config.yaml", "serve_config.local.yaml"])
def test_serves_timeout_is_longer_than_a_session(name: str) -> None:
    config = yaml.safe_load((ROOT / name).read_text())
    [application] = config["applications"]
    [settings] = [d for d in application["deployments"] if d["name"] == "ingress"]
    live = LiveSettings.model_validate(settings["user_config"].get("live", {}))
    assert config["http_options"]["request_timeout_s"] > live.max_session_s > 3600
