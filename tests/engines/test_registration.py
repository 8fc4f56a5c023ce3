"""Registration of a CTC model, and the command that prints the lines of the config."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from sentivox_client.cli.main import app
from typer.testing import CliRunner

from sentivox.engines.registration import register
from sentivox.errors import InvalidRequest
from sentivox.languages import LanguageFamily
from sentivox.settings import IngressSettings, RecognitionSettings

BOTH = ("nl", "el")


def test_languages_are_routed_to_the_model_and_others_of_its_family_to_the_fallback(
    letters_model: Path,
) -> None:
    found = register(letters_model, LanguageFamily.CELTIC, BOTH)
    settings = RecognitionSettings.model_validate(found.user_config)
    assert (settings.engine, settings.model) == ("ctc", str(letters_model))
    assert settings.languages == BOTH
    routes = IngressSettings.model_validate({"routes": found.routes}).routes
    assert routes["nl"] is routes["el"] is LanguageFamily.CELTIC
    assert routes["cy"] is LanguageFamily.GERMANIC
    assert found.adapters == 2


def test_the_fallback_family_is_refused(letters_model: Path) -> None:
    with pytest.raises(InvalidRequest, match="has to recognise every language"):
        register(letters_model, LanguageFamily.GERMANIC, BOTH)


@pytest.mark.parametrize("code", ["xx", "fr"], ids=["unknown", "no adapter"])
def test_a_language_that_the_model_lacks_is_refused(letters_model: Path, code: str) -> None:
    with pytest.raises(InvalidRequest, match=f"wasn't trained on '{code}'"):
        register(letters_model, LanguageFamily.CELTIC, ["nl", code])


def test_the_command_prints_the_lines_to_paste(letters_model: Path) -> None:
    arguments = ["models", "add", str(letters_model), "--family", "celtic", "--languages", "nl,el"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    found = register(letters_model, LanguageFamily.CELTIC, BOTH)
    lines = yaml.safe_load(result.stdout)
    assert lines["asr_celtic"]["user_config"] == {
        **found.user_config,
        "languages": list(BOTH),
    }
    assert lines["ingress"]["user_config"]["routes"] == found.routes
    assert lines["args"] == {"adapters": {"celtic": 2}}


def test_the_command_refuses_a_folder_without_a_model(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["models", "add", str(tmp_path), "--family", "celtic"])
    assert result.exit_code == 1
    assert "There is no 'config.json'" in result.stderr
