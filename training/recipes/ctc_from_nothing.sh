#!/usr/bin/env bash
# A recogniser of two languages from random weights, on a laptop: about an hour on two cores.
#
#   training/recipes/ctc_from_nothing.sh [en es]     or: make train-ctc
#
# Killed and run again, it resumes. The arguments may be two other languages of the recordings;
# PLACE names another folder, MINUTES another time for training.
set -euo pipefail
cd "$(dirname "$0")/../.."

read -ra LANGUAGES <<< "${*:-en es}"
PLACE="${PLACE:-build/ctc}"
MINUTES="${MINUTES:-45}"
PYTHON="${PYTHON:-.venv/bin/python}"
SENTIVOX="${SENTIVOX:-.venv/bin/sentivox}"

# 1. Recordings of prompts of a telephone exchange, from Debian
"$PYTHON" -m preprocessing.fetch_speech

# 2. Shards: no sentence is in two of train, validation and test
"$PYTHON" -m preprocessing.prepare --source debian --only asterisk --disjoint text \
    --languages "${LANGUAGES[@]}" --out "$PLACE/shards"

# 3. Training, export, test, card
"$PYTHON" -m training.ctc --shards "$PLACE/shards" --languages "${LANGUAGES[@]}" \
    --out "$PLACE/model" --minutes "$MINUTES"

# 4. The lines that serve it, as the recogniser of the Celtic family
"$SENTIVOX" models add "$PLACE/model" --family celtic

echo "Paste these lines into a copy of serve_config.local.yaml, then: make serve CONFIG=YOUR_COPY"
