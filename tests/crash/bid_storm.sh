#!/usr/bin/env bash
# A bidding storm whose writer is killed with SIGKILL N times (200): nothing acknowledged may be lost or
# doubled, the right bidder leads, the record replays and the log verifies, after each kill.
#   tests/crash/bid_storm.sh [N]               on SQLite
#   tests/crash/bid_storm.sh [N] postgresql    kills the PostgreSQL server as well, every time
#   BUILD=build/dev   SEED=… to repeat the moments of a run
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-200}
kind=${2:-sqlite}
storm="${BUILD:-build/dev}/bid_storm"
[ -x "$storm" ] || { echo "no $storm: build it first" >&2; exit 2; }

if [ "$kind" = sqlite ]; then
    exec python3 tests/crash/kill_nine.py --rounds "$rounds" --run-ms-max 400 --kill-starts 0.1 \
        --server "$storm write sqlite:{data}/sales.db {data} {round}" \
        --check "$storm check sqlite:{data}/sales.db {data} {acknowledged}" ${SEED:+--seed "$SEED"}
fi
exec python3 tests/crash/bid_storm_postgresql.py --storm "$storm" --rounds "$rounds" ${SEED:+--seed "$SEED"}
