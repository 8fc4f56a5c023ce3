"""docs/index.md is what its command writes."""

from __future__ import annotations

from pathlib import PurePosixPath

from docs import index
from docs.tree import ROOT
from tests.docs.conftest import Repository


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / index.PAGE).read_text("utf-8")
    assert page == index.render(ROOT), "run python -m docs.index"


def test_every_module_says_what_it_is() -> None:
    assert index.undocumented(ROOT) == []


def test_a_page_has_a_heading_for_a_package_and_a_line_for_a_module(
    repository: Repository,
) -> None:
    root = repository(
        {
            "sentivox/__init__.py": '"""The core. Without Ray."""\n',
            "sentivox/audio/vad.py": '"""Voice activity detection,\nby silero. More."""\n',
            "clients/web/api.js": "// The public API.\n// And more.\nexport {};\n",
            "tests/test_vad.py": '"""A test."""\n',
        }
    )
    assert index.render(root) == index.HEAD + (
        "\n## sentivox\n\nThe core.\n"
        "\n## sentivox/audio\n\n"
        "- [vad.py](../sentivox/audio/vad.py): Voice activity detection, by silero.\n"
        "\n## clients/web\n\nThe web page: static files that a browser runs as they are.\n\n"
        "- [api.js](../clients/web/api.js): The public API.\n"
    )


def test_a_module_without_a_docstring_is_found(repository: Repository) -> None:
    root = repository({"sentivox/a.py": "x = 1\n", "sentivox/b.py": '"""B"""\n'})
    assert index.undocumented(root) == [PurePosixPath("sentivox/a.py")]
    assert index.first_sentence(root, PurePosixPath("sentivox/b.py")) == "B"
