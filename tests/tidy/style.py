#!/usr/bin/env python3
"""Columns, file and function length, forbidden words and calls, floats near money, orphans."""
import re
import unicodedata

from common import ROOT, finish, name, read, tracked

COLUMNS, FILE_LINES, FUNCTION_LINES = 100, 800, 70
faults, files = [], 0


def width(text):
    """Columns on a screen: a Chinese character takes two in an editor but clang-format counts them so too."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def functions(lines):
    """(first line, length) of each brace block that begins at column 0 with a function-like head."""
    start, depth, head = None, 0, ""
    for number, line in enumerate(lines, 1):
        code = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|//.*', "", line)
        if start is None and line and not line[0].isspace() and "{" in code and not re.match(
                r"(namespace|extern|class|struct|enum|constexpr|const|static const|inline constexpr|\})", line):
            start, depth, head = number, 0, line
        if start is not None:
            depth += code.count("{") - code.count("}")
            if depth == 0:
                yield start, number - start + 1, head
                start = None


for path in tracked("src/*.h", "src/*.cpp", "tests/*.cpp", "tests/*.h", "bench/*.cpp"):
    lines = read(path)
    files += 1
    if len(lines) > FILE_LINES:
        faults.append(f"{name(path)}:1: {len(lines)} lines; one idea per file, at most {FILE_LINES}")
    raw = False
    for number, line in enumerate(lines, 1):
        if 'R"' in line:
            raw = True
        if width(line) > COLUMNS and not raw and "#include" not in line and '"' not in line and "//" not in line:
            faults.append(f"{name(path)}:{number}: {width(line)} columns")
        if ')"' in line:
            raw = False
    if path.suffix == ".cpp":
        for first, length, head in functions(lines):
            if length > FUNCTION_LINES and not head.startswith(("TEST", "RC_GTEST", "int main(")):
                faults.append(f"{name(path)}:{first}: function of {length} lines; at most {FUNCTION_LINES}")
    text = "\n".join(lines)
    if name(path).startswith("src/"):
        if "chrono::system_clock" in text and name(path) != "src/base/clock.cpp":
            faults.append(f"{name(path)}:1: system_clock outside base/clock; pass a base::Clock")
        for number, line in enumerate(lines, 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                faults.append(f"{name(path)}:{number}: words that mark unfinished work")
            if re.search(r"\b(double|float)\b", line) and re.search(r"money|amount|fen\b|minor|yuan", line, re.I) \
                    and "//" not in line.split("double")[0]:
                faults.append(f"{name(path)}:{number}: floating point near money")

headers = [p for p in tracked("src/*.h")]
included = set()
for path in tracked("src/*", "tests/*", "bench/*"):
    if path.suffix in (".h", ".cpp"):
        included.update(re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8")))
for header in headers:
    if str(header.relative_to(ROOT / "src")) not in included:
        faults.append(f"{name(header)}:1: orphan: nobody includes it")

for case in tracked("tests/*.case"):
    if case.stem.endswith("_matrix"):
        continue  # a table that a test compares cell by cell; made, not told
    if not any(line.startswith(("# goal:", "## ")) for line in read(case)):
        faults.append(f"{name(case)}:1: a case file says its goal first (# goal: …)")

for path in tracked("*.py", "*.sh", "*.mjs", "*.ts", "*.vue", "*.md", "run", "test", ".ci/run"):
    if re.search(r"/work/(main|shared|build|\.library)", path.read_text(encoding="utf-8", errors="replace")) \
            and name(path) != "tests/tidy/style.py":
        faults.append(f"{name(path)}:1: a path of one machine")
finish(faults, files)
