"""A language moves to another family, and a family to another model, without a failed request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.serving import Server, served
from tests.voices import spoken

# A model of letters is trained for it.
pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.training]

SENTENCE = "The weather is lovely today, and I am very happy about it."
MOVED = {"ingress": {"routes": {"en": "romance"}}}
TIMEOUT_S = 120.0


class Callers:
    """Two clients that send a request as soon as the one before is answered."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/v1/audio/transcriptions"
        self._over = threading.Event()
        self.failures: list[str] = []
        self.families: list[str] = []
        self.texts: set[str] = set()

    @contextmanager
    def calling(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._call) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def wait_for(self, seen: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not seen():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def _call(self) -> None:
        while not self._over.is_set():
            answer = httpx2.post(
                self._url,
                files={"file": ("speech.wav", spoken(SENTENCE))},
                data={"model": "auto", "language": "en", "response_format": "verbose_json"},
                timeout=60,
            )
            if answer.status_code != 200:
                self.failures.append(answer.text)
                continue
            body = answer.json()
            self.texts.add("".join(letter for letter in body["text"] if letter.isalpha()))
            self.families.append(body["routing"]["en"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    args = {"families": ["multilingual", "romance"], "fallback_family": "multilingual"}
    with served(tmp_path_factory.mktemp("server"), args) as running:
        yield running


def test_no_request_fails_while_a_language_moves_and_a_model_changes(server: Server) -> None:
    callers = Callers(server.url)
    with callers.calling():
        callers.wait_for(lambda: len(callers.families) > 2)
        assert set(callers.families) == {"multilingual"}
        server.deploy(MOVED)
        callers.wait_for(lambda: callers.families[-1] == "romance")
        # The new model is loaded while requests are served.
        server.deploy(MOVED | {"asr_romance": {"engine": "ctranslate2", "compute_type": "float32"}})
        count = len(callers.families)
        callers.wait_for(lambda: len(callers.families) > count + 6)
        server.deploy({})
        callers.wait_for(lambda: callers.families[-1] == "multilingual")
    assert callers.failures == []
    assert len(callers.texts) == 1
