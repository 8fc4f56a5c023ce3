# Everything a person or a machine runs. `make serve` and `make test` set themselves up.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.9
BIN := .venv/bin
CONFIG ?= serve_config.local.yaml
UV := $(BIN)/uv pip

.PHONY: serve status test test-all check format bench bench-capacity bench-graph-overhead bench-cores bench-arrivals bench-short-beside-long bench-long-memory bench-accuracy bench-live-accuracy bench-streaming bench-engines bench-languages bench-short-context bench-mixed-languages bench-nothing-said bench-long-file bench-routes bench-same-answers bench-damaged-files bench-first-word bench-gpu speech-data shards train-ctc lock k8s

.venv/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/serve: .venv/uv requirements.lock pyproject.toml clients/python/pyproject.toml
	$(UV) install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) install --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation -e clients/python -e .
	@touch $@

.venv/dev: .venv/serve requirements-dev.lock
	$(UV) install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

# The embedded default on http://127.0.0.1:8000; Ctrl-C stops it.
serve: .venv/serve
	$(BIN)/python -m deployments.local $(CONFIG)

# Every deployment of the running service, its replicas and its health.
status: .venv/serve
	RAY_AUTH_MODE=token $(BIN)/serve status

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The tests that take about six minutes, with one upload and one live session through Ray Serve.
test: .venv/dev
	$(BIN)/pytest -m "not (slow or training or browser)"

# Every test: those of `make test`, then the others.
test-all: test
	$(BIN)/pytest -m "slow or training or browser"

# WER, CER and language accuracy beside faster-whisper; see benchmarks/accuracy.py.
bench-accuracy: .venv/dev speech-data
	$(BIN)/python -m benchmarks.accuracy

# Latency of live speech, and the number of real-time streams; see benchmarks/streaming.py.
bench-streaming: .venv/dev speech-data
	$(BIN)/python -m benchmarks.streaming

# WER and CER of live text beside uploads; see benchmarks/live_accuracy.py.
bench-live-accuracy: .venv/dev speech-data
	$(BIN)/python -m benchmarks.live_accuracy

# Engines and compute types; see benchmarks/engines/__main__.py.
bench-engines: .venv/dev speech-data
	$(BIN)/python -m benchmarks.engines

# Short context padding beside windows of 30 s; see benchmarks/short_context.py.
bench-short-context: .venv/dev speech-data
	$(BIN)/python -m benchmarks.short_context

# Language detection by the length of recordings; see benchmarks/languages.py.
bench-languages: .venv/dev speech-data
	$(BIN)/python -m benchmarks.languages

# Files in several languages, through a server; see benchmarks/mixed_languages.py.
bench-mixed-languages: .venv/dev speech-data
	$(BIN)/python -m benchmarks.mixed_languages

# Prints the `routes` to paste into the ingress of a config; see benchmarks/routes/__main__.py.
bench-routes: .venv/dev speech-data
	$(BIN)/python -m benchmarks.routes

# Words invented in audio without speech; see benchmarks/nothing_said.py.
bench-nothing-said: .venv/dev speech-data
	$(BIN)/python -m benchmarks.nothing_said

# The same answers at any load; see benchmarks/correctness/same_answers.py.
bench-same-answers: .venv/dev speech-data
	$(BIN)/python -m benchmarks.correctness.same_answers

# Damaged files; see benchmarks/correctness/damaged_files.py.
bench-damaged-files: .venv/dev speech-data
	$(BIN)/python -m benchmarks.correctness.damaged_files

# When the first word after silence begins; see benchmarks/correctness/first_word.py.
bench-first-word: .venv/dev speech-data
	$(BIN)/python -m benchmarks.correctness.first_word

# WER and memory of long files; see benchmarks/long_file.py.
bench-long-file: .venv/dev speech-data
	$(BIN)/python -m benchmarks.long_file

# Speed and memory, one after the other, on an idle machine. Takes hours.
bench: .venv/dev speech-data
	$(MAKE) bench-capacity
	$(MAKE) bench-graph-overhead
	$(MAKE) bench-cores
	$(MAKE) bench-arrivals
	$(MAKE) bench-short-beside-long
	$(MAKE) bench-long-memory

# On a machine with a GPU.
bench-gpu: .venv/dev speech-data
	$(BIN)/python -m benchmarks.gpu_engine
	$(BIN)/python -m benchmarks.gpu_graph

# RTFx at full load beside other systems; see benchmarks/capacity/__main__.py.
bench-capacity: .venv/dev speech-data
	$(BIN)/python -m benchmarks.capacity --workload short
	$(BIN)/python -m benchmarks.capacity --workload medium
	$(BIN)/python -m benchmarks.capacity --workload long

# Latency of the server beside its engine in process; see benchmarks/graph_overhead.py.
bench-graph-overhead: .venv/dev speech-data
	$(BIN)/python -m benchmarks.graph_overhead

# Processor time of each process of the server; see benchmarks/cores.py.
bench-cores: .venv/dev speech-data
	$(BIN)/python -m benchmarks.cores

# Goodput under load; see benchmarks/arrivals.py.
bench-arrivals: .venv/dev speech-data
	$(BIN)/python -m benchmarks.arrivals

# Latency of short files beside a long one; see benchmarks/short_beside_long.py.
bench-short-beside-long: .venv/dev speech-data
	$(BIN)/python -m benchmarks.short_beside_long

# Memory for files of up to two hours; see benchmarks/long_memory.py.
bench-long-memory: .venv/dev speech-data
	$(BIN)/python -m benchmarks.long_memory

# Pins and hashes of everything that the server and the client install, without the name of any host.
lock: .venv/uv
	$(UV) compile --quiet pyproject.toml clients/python/pyproject.toml --extra embedded --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -o requirements.lock
	$(UV) compile --quiet pyproject.toml clients/python/pyproject.toml --extra embedded --extra data --extra training --extra dev -c requirements.lock --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -o requirements-dev.lock

# Real people's recordings for the accuracy checks, unpacked under data/speech without root.
speech-data: .venv/serve
	$(BIN)/python -m preprocessing.fetch_speech

# The Debian recordings as shards for training; see preprocessing/README.md.
shards: .venv/dev speech-data
	$(BIN)/python -m preprocessing.prepare --source debian --disjoint text --out data/shards

# Speech recognition of two languages from nothing, in about an hour; see the recipe.
train-ctc: .venv/dev
	training/recipes/ctc_from_nothing.sh

# Kubernetes manifests, made from serve_config.yaml.
k8s: .venv/serve
	$(BIN)/python -m k8s.render
