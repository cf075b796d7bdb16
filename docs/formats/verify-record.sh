#!/bin/bash
# Checks one record of the change log with openssl alone (see change-log.md).
#   verify-record.sh FOLDER SEQ
# FOLDER holds row.txt, proof.txt, batch.txt, batch.sig and key.pem.
set -euo pipefail

folder=$1
seq=$2
cd "$folder"
mapfile -t batch <batch.txt
algorithm=${batch[1]}
first=${batch[2]}
last=${batch[3]}
root=${batch[6]}

fail() { echo "record $seq: $*" >&2; exit 1; }
hash_of() { openssl dgst "-$algorithm" -r | cut -d ' ' -f 1; }
bytes() { printf "$(sed 's/../\\x&/g' <<<"$1")"; }

[ "${batch[0]}" = guiqiao-batch-1 ] || fail "batch.txt is not a batch"
[ "$seq" -ge "$first" ] && [ "$seq" -le "$last" ] || fail "not within the batch"
[ "$(head -n 1 row.txt)" = guiqiao-change-1 ] || fail "row.txt is not a row"

row_hash=$(hash_of <row.txt)
node=$({ printf '\x00'; printf '%s %s' "$seq" "$row_hash"; } | hash_of)
while read -r side sibling; do
    if [ "$side" = L ]; then
        node=$({ printf '\x01'; bytes "$sibling"; bytes "$node"; } | hash_of)
    else
        node=$({ printf '\x01'; bytes "$node"; bytes "$sibling"; } | hash_of)
    fi
done <proof.txt
[ "$node" = "$root" ] || fail "the path does not lead to the root of the batch"

signature=$(mktemp)
trap 'rm -f "$signature"' EXIT
openssl base64 -d -A -in batch.sig -out "$signature"
if openssl pkey -pubin -in key.pem -noout -text | grep -q ED25519; then
    openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in batch.txt -sigfile "$signature" \
        >/dev/null || fail "the signature is not by this key"
else
    openssl dgst -sm3 -verify key.pem -sigopt "distid:1234567812345678" -signature "$signature" \
        batch.txt >/dev/null || fail "the signature is not by this key"
fi
echo "record $seq is in the batch, and the batch is signed"
