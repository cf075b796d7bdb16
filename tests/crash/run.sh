#!/usr/bin/env bash
# Kills the real server with SIGKILL at random moments while people write to it, N times (50), and
# asks after each start for everything it had acknowledged. `guiqiao verify` must pass after each kill.
#   tests/crash/run.sh [N]        BUILD=build/dev   SEED=… to repeat the moments of a run
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=${1:-50}
build=${BUILD:-build/dev}
guiqiao="$build/guiqiao"
[ -x "$guiqiao" ] || { echo "no $guiqiao: build it first" >&2; exit 2; }
# A free port, kept for the whole run: the sample's sessions do not depend on it.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
site="--data {data}/site --region regions/guangxi"
load="tests/crash/site_load.py"

exec python3 tests/crash/kill_nine.py --rounds "$rounds" --run-ms-max 600 --kill-starts 0.1 \
    --prepare "tests/crash/prepare.sh $guiqiao {data}/site" \
    --server "$guiqiao serve $site --port $port" \
    --ask "python3 $load ask --port $port --acknowledged {acknowledged}" \
    --load "python3 $load load --port $port --acknowledged {acknowledged}" \
    --check "$guiqiao verify $site" \
    ${SEED:+--seed "$SEED"}
