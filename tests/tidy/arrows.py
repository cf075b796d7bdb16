#!/usr/bin/env python3
"""The arrows of cmake/modules.cmake hold: no forbidden include, http only in *_api and app, no cycle."""
import re

from common import ROOT, finish, name, read, tracked

table = {}
for line in read(ROOT / "cmake/modules.cmake"):
    match = re.match(r"set\(ARROWS_([a-z]+) (.*)\)", line)
    if match:
        table[match[1]] = match[2].replace('"', "").split()
modules = set(table) | {"app"}
table["app"] = sorted(modules)
api_extra = ["http", "format"]

faults, files = [], 0
for path in tracked("src/*.h", "src/*.cpp"):
    module = path.relative_to(ROOT / "src").parts[0]
    if module not in modules:
        faults.append(f"{name(path)}:1: folder {module} is not in the arrow table")
        continue
    files += 1
    test = path.stem.endswith("_test")
    allowed = {module, *table[module]} | (set(api_extra) if path.stem.endswith("_api") or test else set())
    for number, line in enumerate(read(path), 1):
        include = re.match(r'#include "([a-z_]+)/', line)
        if include and include[1] in modules and include[1] not in allowed:
            faults.append(f"{name(path)}:{number}: {module} may not include {include[1]}/")

order = {}
def depth(module, trail=()):
    if module in trail:
        faults.append(f"cmake/modules.cmake:1: arrows form a cycle: {' -> '.join(trail + (module,))}")
        return 0
    if module not in order:
        order[module] = 1 + max((depth(m, trail + (module,)) for m in table[module] if m != module and module != "app"), default=0)
    return order[module]
for module in table:
    depth(module)

# Business nouns stay out of the five technical folders (and of base).
nouns = re.compile(r"\b(contract|achievement|demand|auction|listing|registrar|organisation|subsidy)s?\b", re.I)
for path in tracked("src/store/*", "src/http/*", "src/search/*", "src/format/*"):
    if path.stem.endswith("_test"):
        continue
    for number, line in enumerate(read(path), 1):
        code = line.split("//")[0]
        if nouns.search(code):
            faults.append(f"{name(path)}:{number}: business noun in a technical module: {nouns.search(code)[0]}")
# Nobody touches another module's tables: a table's name begins with its module's name.
tables = re.compile(r"\b(?:from|into|update|join|table)\s+([a-z]+)_[a-z_]+", re.I)
owners = modules - {"app"} | {"store"}
for path in tracked("src/*.cpp"):
    module = path.relative_to(ROOT / "src").parts[0]
    if path.stem.endswith("_test") or module == "store":
        continue
    for number, line in enumerate(read(path), 1):
        for match in tables.finditer(line):
            if '"' in line and match[1] in owners and match[1] != module:
                faults.append(f"{name(path)}:{number}: SQL on a table of {match[1]}/")
finish(faults, files)
