#!/bin/sh
# Makes the zh-TW texts from the zh-CN ones with OpenCC (Debian package opencc; s2twp turns words, not only characters).
#
#   scripts/make-traditional.sh regions/guangxi/texts [area...]
#
# Read the result before committing it: OpenCC knows no context.
set -eu
folder=$1
shift
[ $# -gt 0 ] || set -- $(cd "$folder/zh-CN" && ls -- *.yaml | sed 's/\.yaml$//')
mkdir -p "$folder/zh-TW"
for area in "$@"; do
    # What OpenCC gets wrong in our texts; the name of simplified Chinese stays in its own script.
    opencc -c s2twp -i "$folder/zh-CN/$area.yaml" | sed \
        -e 's/簡體中文/简体中文/' \
        -e 's/稽核/審核/g' -e 's/許可權/權限/g' -e 's/釋出/發布/g' -e 's/公佈/公布/g' \
        -e 's/程式碼/代碼/g' -e 's/型別/類型/g' -e 's/賬號/帳號/g' -e 's/看錶格/看表格/g' -e 's/硫燻/硫熏/g' > "$folder/zh-TW/$area.yaml"
done
