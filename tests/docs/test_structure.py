"""The house keeps to its facts, and a breach of each would be found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from docs import structure
from docs.imports import circles, imports_of
from docs.structure import CHECKS, Fact, House, code_lines
from docs.tree import ROOT
from tests.docs.conftest import Repository


@pytest.fixture(scope="module")
def house() -> House:
    return House.read(ROOT)


@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_the_house_keeps_to_a_fact(house: House, check: Callable[[House], Fact]) -> None:
    fact = check(house)
    assert not fact.problems, "\n".join(fact.problems)


def test_an_import_upwards_is_found_wherever_it_stands(repository: Repository) -> None:
    house = House.read(
        repository(
            {
                "sentivox/settings.py": "def f():\n    from sentivox.audio import vad\n",
                "sentivox/audio/vad.py": "from sentivox.settings import f\n",
                "sentivox/web/app.py": "from sentivox import transcribe\n",
                "sentivox/__init__.py": "from sentivox.audio.vad import f as transcribe\n",
                "sentivox/audio/process.py": "import sentivox\n",
            }
        )
    )
    assert structure.imports_go_down(house).problems == (
        "sentivox/settings.py:2: imports sentivox.audio.vad, above it",
        "sentivox/web/app.py:1: imports sentivox, above it",
    )


def test_a_module_outside_every_layer_is_found(repository: Repository) -> None:
    house = House.read(repository({"sentivox/helpers.py": ""}))
    assert structure.imports_go_down(house).problems == (
        "sentivox/helpers.py:1: sentivox.helpers belongs to no layer",
    )


def test_a_circle_is_found_inside_a_package_and_through_type_checking(
    repository: Repository,
) -> None:
    house = House.read(
        repository(
            {
                "clients/python/sentivox_client/a.py": "from sentivox_client import b\n",
                "clients/python/sentivox_client/b.py": "from . import c\n",
                "clients/python/sentivox_client/c.py": (
                    "from typing import TYPE_CHECKING\n"
                    "if TYPE_CHECKING:\n    from sentivox_client.a import A\n"
                ),
            }
        )
    )
    [problem] = structure.no_import_circles(house).problems
    assert problem.endswith(
        "sentivox_client.a -> sentivox_client.b -> sentivox_client.c -> sentivox_client.a"
    )


def test_modules_without_a_circle_have_none() -> None:
    graph = {"a": frozenset({"b", "c"}), "b": frozenset({"c"}), "c": frozenset[str]()}
    assert circles(graph) == []


def test_relative_imports_are_resolved() -> None:
    found = imports_of(
        "from ..types import Pcm\nfrom . import vad\n", "sentivox.audio.x", is_package=False
    )
    assert [each.module for each in found] == ["sentivox.types", "sentivox.audio"]
    [inside] = imports_of("from .vad import Vad\n", "sentivox.audio", is_package=True)
    assert inside.module == "sentivox.audio.vad"


def test_a_forbidden_import_is_found(repository: Repository) -> None:
    house = House.read(
        repository(
            {
                "sentivox/web/app.py": "import torch.nn\n",
                "sentivox/audio/vad.py": "from ray import serve\n",
                "preprocessing/prepare.py": "import ray.data\n",
            }
        )
    )
    assert structure.folders_keep_to_their_imports(house).problems == (
        "sentivox/audio/vad.py:1: imports ray, closed to sentivox",
        "sentivox/web/app.py:1: imports torch.nn, closed to sentivox.web",
    )


def test_a_stage_that_imports_another_is_found(repository: Repository) -> None:
    house = House.read(
        repository(
            {
                "deployments/asr.py": "from deployments.sentiment import SentimentAnalysis\n",
                "deployments/sentiment.py": "from ray import serve\n",
            }
        )
    )
    assert structure.stages_stand_alone(house).problems == (
        "deployments/asr.py:1: imports deployments.sentiment, another stage",
    )


def test_a_deployment_file_without_ray_is_found(repository: Repository) -> None:
    house = House.read(
        repository(
            {
                "deployments/__init__.py": "",
                "deployments/asr.py": "from ray import serve\n",
                "deployments/metrics.py": "import ray.util.metrics\n",
                "deployments/rays.py": "import rays\n",
            }
        )
    )
    assert structure.deployments_import_ray(house).problems == (
        "deployments/rays.py:1: imports no Ray, so it belongs into sentivox/",
    )


def test_a_folder_of_many_files_is_found(repository: Repository) -> None:
    files = {f"clients/web/{number}.js": "// x\n" for number in range(21)}
    house = House.read(repository(files | {"clients/web/page.css": ""}))
    assert structure.folders_are_small(house).problems == (
        "clients/web: 21 source files, more than 20",
    )


def test_a_long_function_is_found(repository: Repository) -> None:
    body = "    pass\n" * 60
    house = House.read(repository({"sentivox/types.py": f"x = 1\n\n\ndef f():\n{body}"}))
    assert structure.functions_are_short(house).problems == ("sentivox/types.py:4: f has 61 lines",)


def test_a_median_that_is_too_short_is_found(repository: Repository) -> None:
    house = House.read(repository({"sentivox/types.py": "x = 1\n", "sentivox/__init__.py": ""}))
    assert structure.files_have_a_median_length(house).problems == (
        "the median file has 1 lines; wanted are 60 to 150",
    )


def test_docstrings_comments_and_blanks_are_no_code() -> None:
    source = (
        '"""A module\n\nof two paragraphs."""\n\n# why\nx = """a\nb"""\n\n\n'
        'def f() -> int:\n    """One."""\n    return 1  # so\n'
    )
    assert code_lines(source) == 4
