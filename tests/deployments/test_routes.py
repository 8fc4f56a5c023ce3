"""Measured routes go into a config, and nothing else in it changes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from deployments.config_edit import with_routes
from deployments.routes import main, moved, runs
from deployments.served_families import served_families
from sentivox.languages import LanguageFamily
from sentivox.route_table import RouteTable, read_routes, write_routes
from tests.test_route_table import NORWEGIAN

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ["serve_config.yaml", "serve_config.local.yaml"]
ROUTES = {"nl": "romance", "no": "slavic"}
CONFIG = """\
# The whole of it.
applications:
  - name: sentivox
    import_path: deployments.app:build
    deployments:
      - name: ingress
        user_config:
          windows_in_flight: 4  # a few
          {routes}live: {{max_sessions: 2}}  # fewer
      - name: language_id  # which language
"""


def config(routes: str = "") -> str:
    return CONFIG.format(routes=routes and f"{routes}\n          ")


def routes_of(text: str) -> object:
    [ingress, *_] = yaml.safe_load(text)["applications"][0]["deployments"]
    return ingress["user_config"].get("routes")


@pytest.mark.parametrize("name", CONFIGS)
def test_only_one_line_of_a_config_changes(name: str) -> None:
    before = (ROOT / name).read_text()
    after = with_routes(before, ROUTES)
    assert routes_of(after) == ROUTES
    rest = [line for line in after.splitlines() if not line.strip().startswith("routes:")]
    assert rest == [line for line in before.splitlines() if not line.strip().startswith("routes:")]
    assert with_routes(after, ROUTES) == after


@pytest.mark.parametrize(
    "before",
    [
        "routes: {}",
        "routes: {bg: romance}",
        "routes: {bg: romance}  # by ear",
        "routes:\n            bg: romance\n            cs: germanic",
    ],
)
def test_routes_that_are_there_are_replaced(before: str) -> None:
    after = with_routes(config(before), ROUTES)
    assert routes_of(after) == ROUTES
    assert "# a few" in after
    assert "# fewer" in after


def test_a_config_without_settings_in_braces_keeps_its_shape() -> None:
    text = config().replace("user_config:\n", "user_config: {max_fields: 40}\n")
    text = "\n".join(
        line for line in text.splitlines() if "live:" not in line and "few" not in line
    )
    assert "user_config: {routes: {nl: romance}, max_fields: 40}" in with_routes(
        text, {"nl": "romance"}
    )


def test_without_routes_nothing_changes() -> None:
    assert with_routes(config(), {}) == config()
    assert routes_of(with_routes(config("routes: {bg: romance}"), {})) == {}


def test_settings_that_others_share_are_left_to_a_person() -> None:
    text = config().replace("user_config:\n", "user_config: &shared\n")
    text += "        user_config: *shared\n"
    with pytest.raises(ValueError, match=r"routes: \{nl: romance\}$"):
        with_routes(text, {"nl": "romance"})


def test_a_row_moves_its_language_and_leaves_the_others() -> None:
    served = served_families(config("routes: {bg: romance, en: romance}"))
    english = NORWEGIAN.model_copy(update={"family": LanguageFamily.GERMANIC})
    table = RouteTable(languages={"no": NORWEGIAN, "en": english})
    assert moved(table, served) == {"bg": "romance", "no": "slavic"}


def test_a_row_of_another_model_moves_nothing() -> None:
    table = RouteTable(languages={"no": NORWEGIAN.model_copy(update={"compute_type": "float32"})})
    assert moved(table, served_families(config())) == {}


def test_the_command_writes_the_config_and_says_what_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_routes(tmp_path / "routes.yaml", RouteTable(languages={"no": NORWEGIAN}))
    (tmp_path / "config.yaml").write_text(config())
    assert main([str(tmp_path / "routes.yaml"), str(tmp_path / "config.yaml")]) == 0
    assert routes_of((tmp_path / "config.yaml").read_text()) == {"no": "slavic"}
    assert capsys.readouterr().out == "no is written by slavic.\n"


@pytest.mark.parametrize("wrong", ["- 1", "applications: []", "{"])
def test_what_is_no_config_is_refused_with_a_sentence(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_routes(tmp_path / "routes.yaml", RouteTable(languages={"no": NORWEGIAN}))
    (tmp_path / "config.yaml").write_text(wrong)
    assert main([str(tmp_path / "routes.yaml"), str(tmp_path / "config.yaml")]) == 1
    assert capsys.readouterr().err


def test_the_table_of_this_repository_is_what_its_configs_do() -> None:
    table = read_routes(ROOT / "routes.yaml")
    local = served_families((ROOT / "serve_config.local.yaml").read_text())
    assert all(runs(route, local) for route in table.languages.values())
    assert all(route.commercial_use for route in table.languages.values())
    for name in CONFIGS:
        served = served_families((ROOT / name).read_text())
        assert moved(table, served) == served.routes
