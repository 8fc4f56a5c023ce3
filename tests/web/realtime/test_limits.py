from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sentivox.settings import LiveSettings
from sentivox.web.realtime.limits import MESSAGE_SECONDS, Inbox, Lead, cost_s
from sentivox.web.realtime.messages import Append, Clear

ROOT = Path(__file__).resolve().parents[3]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_audio_at_the_pace_it_is_spoken_is_always_welcome() -> None:
    clock = Clock()
    lead = Lead(1.0, clock)
    for _ in range(1000):
        clock.now += 0.1
        assert lead.add(0.1)


def test_audio_may_come_early_but_not_by_more_than_the_lead() -> None:
    lead = Lead(3.0, Clock())
    assert [lead.add(1.0) for _ in range(4)] == [True, True, True, False]


def test_time_that_was_not_used_is_not_saved_up() -> None:
    clock = Clock()
    lead = Lead(1.0, clock)
    clock.now = 3600.0
    assert not lead.add(2.0)


def test_messages_without_audio_count_too() -> None:
    assert cost_s(0.0, 40) == MESSAGE_SECONDS
    assert cost_s(0.0, 960_000) == 10


@pytest.mark.parametrize("seconds", [0.02, 0.1, 1.0, 30.0])
def test_audio_in_base64_costs_no_more_than_it_lasts(seconds: float) -> None:
    around_it = len('{"type": "input_audio_buffer.append", "audio": "", "event_id": "event_0123"}')
    assert cost_s(seconds, around_it + int(seconds * 48_000 * 4 / 3)) == seconds


async def test_an_inbox_takes_messages_until_it_is_full() -> None:
    inbox = Inbox(2.0)
    assert inbox.put(Append(b"12"), 1.0)
    assert inbox.put(Clear(), 1.0)
    assert not inbox.put(Append(b"3"), 0.02)
    assert inbox.audio_bytes == 2
    assert await inbox.get() == Append(b"12")
    assert inbox.audio_bytes == 0
    assert inbox.put(Append(b"3"), 1.0)
    assert [await inbox.get(), await inbox.get()] == [Clear(), Append(b"3")]
    assert inbox.empty


@pytest.mark.parametrize("name", ["serve_config.yaml", "serve_config.local.yaml"])
def test_serve_cuts_no_session_before_its_end(name: str) -> None:
    config = yaml.safe_load((ROOT / name).read_text())
    [application] = config["applications"]
    [settings] = [d for d in application["deployments"] if d["name"] == "ingress"]
    live = LiveSettings.model_validate(settings["user_config"].get("live", {}))
    assert config["http_options"]["request_timeout_s"] > live.max_session_s > 3600
