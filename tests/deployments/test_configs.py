"""The config files are held to Serve's schema, to the settings classes and to the built graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from ray.serve._private.build_app import build_app
from ray.serve.schema import ServeDeploySchema

from deployments.app import build
from sentivox.languages import LanguageFamily
from sentivox.pipeline.in_process import InProcessSettings
from sentivox.settings import (
    AppArgs,
    AudioDecoderSettings,
    IngressSettings,
    LanguageIdSettings,
    RecognitionSettings,
    SentimentSettings,
)

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ["serve_config.yaml", "serve_config.local.yaml", "serve_config.gpu.yaml"]
SETTINGS: dict[str, type[BaseModel]] = {
    "ingress": IngressSettings,
    "audio_decoder": AudioDecoderSettings,
    "language_id": LanguageIdSettings,
    "sentiment": SentimentSettings,
    **{f"asr_{family}": RecognitionSettings for family in LanguageFamily},
}


@pytest.fixture(params=CONFIGS)
def application(request: pytest.FixtureRequest) -> dict[str, Any]:
    raw = yaml.safe_load((ROOT / request.param).read_text())
    [application] = ServeDeploySchema.model_validate(raw).applications
    return application.model_dump(exclude_unset=True)


def test_the_config_names_exactly_the_deployments_of_the_graph(application: dict[str, Any]) -> None:
    graph = build(AppArgs.model_validate(application["args"]))
    built = {d.name for d in build_app(graph, name="sentivox").deployments}
    named = [deployment["name"] for deployment in application["deployments"]]
    assert sorted(named) == sorted(built)


def test_every_user_config_is_valid_settings(application: dict[str, Any]) -> None:
    for deployment in application["deployments"]:
        SETTINGS[deployment["name"]].model_validate(deployment["user_config"])


def test_the_stages_in_one_process_have_the_settings_of_the_local_config() -> None:
    raw = yaml.safe_load((ROOT / "serve_config.local.yaml").read_text())
    configs = {each["name"]: each["user_config"] for each in raw["applications"][0]["deployments"]}
    settings = InProcessSettings()
    assert settings.audio_decoder == AudioDecoderSettings(**configs["audio_decoder"])
    assert settings.language_id == LanguageIdSettings(**configs["language_id"])
    assert settings.recognition == RecognitionSettings(**configs["asr_multilingual"])
    assert settings.sentiment == SentimentSettings(**configs["sentiment"])


def test_the_longest_audio_that_is_stated_is_the_longest_that_is_decoded(
    application: dict[str, Any],
) -> None:
    configs = {each["name"]: each["user_config"] for each in application["deployments"]}
    assert configs["ingress"]["max_audio_seconds"] == configs["audio_decoder"]["max_seconds"]


def test_a_typing_mistake_in_settings_is_refused() -> None:
    for settings in SETTINGS.values():
        with pytest.raises(ValueError, match="Extra inputs"):
            settings.model_validate({"modle": "embedded:whisper-base"})


def test_queues_are_bounded_and_say_when_to_come_back(application: dict[str, Any]) -> None:
    for deployment in application["deployments"]:
        assert deployment["max_queued_requests"] > 0
        assert deployment["backpressure_config"]["status_code"] == 429
        assert deployment["backpressure_config"]["retry_after_s"] > 0


def test_a_replica_takes_as_many_requests_as_its_largest_batch_holds(
    application: dict[str, Any],
) -> None:
    shortest_padded_window_s = 5
    for deployment in application["deployments"]:
        settings = SETTINGS[deployment["name"]].model_validate(deployment["user_config"])
        largest = getattr(settings, "max_batch_size", 1)
        if isinstance(settings, RecognitionSettings | LanguageIdSettings):
            largest = settings.max_batch_seconds // shortest_padded_window_s
        assert deployment["max_ongoing_requests"] >= largest


def test_turbo_which_was_not_trained_to_translate_is_not_asked_to(
    application: dict[str, Any],
) -> None:
    for deployment in application["deployments"]:
        if deployment["name"].startswith("asr_"):
            settings = RecognitionSettings.model_validate(deployment["user_config"])
            assert settings.translates == ("turbo" not in settings.model)


def test_every_stage_scales_by_itself_in_production() -> None:
    raw = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    for deployment in raw["applications"][0]["deployments"]:
        scaling = deployment["autoscaling_config"]
        assert scaling["max_replicas"] > max(1, scaling["min_replicas"]) - 1
        assert scaling["look_back_period_s"] <= 15
        assert scaling["aggregation_function"] == "max"


def test_recognisers_share_gpus_in_production_and_rare_families_sleep() -> None:
    raw = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    families = [d for d in raw["applications"][0]["deployments"] if d["name"].startswith("asr_")]
    assert all(0 < d["ray_actor_options"]["num_gpus"] < 1 for d in families)
    asleep = {d["name"] for d in families if d["autoscaling_config"]["min_replicas"] == 0}
    assert {"asr_basque", "asr_mongolic"} <= asleep
    assert asleep.isdisjoint({"asr_germanic", "asr_romance", "asr_slavic"})
