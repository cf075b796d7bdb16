#!/usr/bin/env python3
"""Every refusal code has its text in zh-CN, zh-TW and en; the three folders hold the same keys; no
Chinese words in C++ outside the tables that are made of them."""
import re

from common import ROOT, finish, name, read, tracked

REGIONS = ["regions/guangxi"]
# Files whose very subject is Chinese characters.
CHINESE_ALLOWED = {
    "src/base/money.cpp",        # amounts in capitals
    "src/search/tokens.cpp",     # splitting of Chinese words
    "src/catalog/coach.cpp",     # numbers written as Chinese characters count as numbers
    "src/catalog/sheet.cpp",     # what people type into cells: 是, 年, 万
    "src/contract/text_clauses.cpp",    # numbering and amounts in capitals of contract texts
    "src/contract/text_source.cpp",     # how clauses of contract texts are numbered
    "src/contract/register_import.cpp", # what people type into cells: 年, 月; the sheet's name
    "src/match/evaluation.cpp",  # states of rights in files of judged pairs
    "src/format/xlsx.h",         # words of an instructions sheet when the caller gives none
}
# A citation is a proper noun: the name of a law or rule with its article.
CITATION = re.compile(r'under\("|source = "|\.clause = "')
faults, files = [], 0


def keys_of(path):
    """Dotted keys of one of our own YAML text files: nested maps by indentation, one key per line."""
    keys, stack = set(), []
    for line in read(path):
        match = re.match(r'^( *)("?[\w.\-]+"?):(?: (.*))?$', line)
        if not match or line.lstrip().startswith("#"):
            continue
        indent = len(match[1])
        stack = [(i, k) for i, k in stack if i < indent]
        stack.append((indent, match[2].strip('"')))
        if match[3]:
            keys.add(".".join(k for _, k in stack))
    return keys


for region in REGIONS:
    texts = {tag: {} for tag in ("zh-CN", "zh-TW", "en")}
    for tag in texts:
        for path in tracked(f"{region}/texts/{tag}/*.yaml"):
            files += 1
            for key in keys_of(path):
                if key in texts[tag]:
                    faults.append(f"{name(path)}:1: key {key} is also in {texts[tag][key]}")
                texts[tag][key] = name(path)
    for tag in ("zh-TW", "en"):
        for key in sorted(set(texts["zh-CN"]) - set(texts[tag])):
            faults.append(f"{texts['zh-CN'][key]}:1: {key} is not translated to {tag}")
    used = {}
    for path in tracked("src/*.cpp", "src/*.h"):
        if path.stem.endswith("_test"):
            continue
        for number, line in enumerate(read(path), 1):
            for code in re.findall(r'\b(?:invalid|malformed|forbidden|not_found|conflict)\("([a-z0-9_]+)"\)', line) + \
                    re.findall(r'error\((?:base::)?ErrorKind::\w+, "([a-z0-9_]+)"\)', line):
                used.setdefault(code, f"{name(path)}:{number}")
    loading = {"yaml_unreadable", "key_missing", "key_unknown", "value_not_text", "value_not_integer", "value_not_boolean",
               "value_not_list"}  # faults in region files speak through file:line words
    for code, place in sorted(used.items()):
        if f"error.{code}" not in texts["zh-CN"] and code not in loading:
            faults.append(f"{place}: refusal {code} has no text error.{code}")

for path in tracked("src/*.cpp", "src/*.h"):
    if name(path) in CHINESE_ALLOWED or path.stem.endswith("_test"):
        continue
    files += 1
    for number, line in enumerate(read(path), 1):
        code = re.sub(r"//.*|/\*.*?\*/|^\s*\*.*", "", line)
        if re.search(r'"[^"]*[\u4e00-\u9fff][^"]*"', code) and not CITATION.search(code):
            faults.append(f"{name(path)}:{number}: untranslated text in code; put it into the region's texts")
finish(faults, files)
