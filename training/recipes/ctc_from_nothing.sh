#!/usr/bin/env bash
# A recogniser of two languages from nothing, on a laptop: about an hour on two cores.
#
#   training/recipes/ctc_from_nothing.sh [en es]     or: make train-ctc
#
# Killed and run again, it goes on where it was. LANGUAGES may be two others of the recordings,
# PLACE another folder, MINUTES another time for training.
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

# 4. A config that serves it, in the place of the Celtic languages, which go to Whisper's other home
"$SENTIVOX" models add "$PLACE/model" --family celtic \
    --config serve_config.local.yaml --out "$PLACE/serve_config.yaml"

echo "Serve it: .venv/bin/python -m deployments.local $PLACE/serve_config.yaml"
