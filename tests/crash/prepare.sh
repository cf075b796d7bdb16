#!/usr/bin/env bash
# prepare.sh GUIQIAO FOLDER: a site with the sample data. Made in memory where there is room, then copied:
# what is tested are the writes that come after it.
set -euo pipefail
guiqiao=$1
folder=$2
made="$folder"
if [ -d /dev/shm ] && [ "$(df --output=avail -m /dev/shm | tail -1)" -gt 500 ]; then
    made=$(mktemp -d /dev/shm/guiqiao-crash.XXXXXX)/site
    trap 'rm -rf "$(dirname "$made")"' EXIT
fi
"$guiqiao" import --data "$made" --region regions/guangxi --sample
[ "$made" = "$folder" ] || cp -r "$made" "$folder"
