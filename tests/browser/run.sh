#!/usr/bin/env bash
# Journeys in real Chromium on sites of their own: the thread, every public page, every screen of the
# workbench, an empty site. Pictures go to screenshots/. The last line is "N passed, N failed".
#   tests/browser/run.sh            everything        tests/browser/run.sh thread       only this part
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${GUIQIAO_PROGRAM:-$root/build/dev/guiqiao}
cd "$root" || exit 1
stop() { echo "$1" >&2; echo "0 passed, 1 failed"; exit 1; }

[ -x "$program" ] || stop "$program is missing: build the preset dev first"
[ -f web/dist/desk/index.html ] || stop "web/dist is missing: run npm run build in web/"
if [ ! -d "$here/node_modules" ] || [ "$here/package-lock.json" -nt "$here/node_modules/.installed" ]; then
    (cd "$here" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error) || stop "npm ci failed in tests/browser"
    touch "$here/node_modules/.installed"
fi

work=$(mktemp -d /tmp/guiqiao-browser.XXXXXX)
servers=()
clean() {
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

# serve NAME: serves the site in $work/NAME on a free port and prints its address.
serve() {
    local name=$1 round
    "$program" serve --data "$work/$name" --port 0 --metrics-port 0 --region regions/guangxi --web web >"$work/$name.log" 2>&1 &
    servers+=($!)
    for round in $(seq 150); do
        address=$(grep -o 'http://localhost:[0-9]*' "$work/$name.log" | head -1)
        if [ -n "$address" ] && curl -fs -o /dev/null "$address/"; then return 0; fi
        sleep 0.2
    done
    cat "$work/$name.log" >&2
    stop "the server did not start"
}

"$program" import --sample --data "$work/sample" --region regions/guangxi >"$work/import.log" 2>&1 || { cat "$work/import.log" >&2; stop "the sample site could not be made"; }
serve sample
export GUIQIAO_SITE=$address
serve empty
export GUIQIAO_EMPTY_SITE=$address
node "$here/run.mjs" "$@"
