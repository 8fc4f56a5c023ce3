"""LitServe around `EngineInProcess`: its server process and its client.

python -m benchmarks.litserve_system 8001

LitServe reads the annotations of an API, so they must be the classes themselves: postponed ones
would be strings.
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import httpx2
from fastapi import Request
from litserve import LitAPI, LitServer

from benchmarks.in_process import EngineInProcess
from benchmarks.system import Answer, Sound

MAX_BATCH_SIZE = 16
BATCH_WAIT_S = 0.02


class EngineApi(LitAPI):
    def setup(self, device: str) -> None:
        self._engine = EngineInProcess()

    def decode_request(self, request: Request, **_: Any) -> bytes:
        # A form by now; the annotation says that the body isn't JSON.
        return bytes(request["file"].file.read())

    def batch(self, inputs: list[bytes]) -> list[bytes]:
        return inputs

    def predict(self, x: list[bytes], **_: Any) -> list[Answer]:
        transcripts = self._engine.transcribe(x)
        return [Answer(each.text, each.language or "") for each in transcripts]

    def unbatch(self, output: list[Answer]) -> list[Answer]:
        return output

    def encode_response(self, output: Answer, **_: Any) -> dict[str, str]:
        return asdict(output)


async def ask_litserve(connection: httpx2.AsyncClient, sound: Sound) -> Answer:
    response = await connection.post("/predict", files={"file": ("speech.wav", sound.audio)})
    return Answer(**response.raise_for_status().json())


def main(argv: Sequence[str]) -> int:
    [port] = argv
    # The class by its own name: whoever runs the worker looks for it there.
    from benchmarks.litserve_system import EngineApi

    api = EngineApi(max_batch_size=MAX_BATCH_SIZE, batch_timeout=BATCH_WAIT_S)
    server = LitServer(api, accelerator="cpu", workers_per_device=1, timeout=False)
    server.run(host="127.0.0.1", port=int(port), generate_client_file=False, log_level="warning")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
