#!/usr/bin/env python3
"""Runs the search benchmark on so many generated entries and prints its lines as figures for table.py.

    search.py PROGRAM ENTRIES [POSTGRESQL-URL]

The yardsticks are SQLite FTS5 within the program, and up to YARDSTICK_ENTRIES those of bench/yardsticks
(Xapian, Groonga, PostgreSQL if there is one): the same texts, split into words for all of them, the
same questions, filters and facets. What the program says in words is passed on.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

MILLION = 1_000_000
YARDSTICK_ENTRIES = int(os.environ.get("BENCH_YARDSTICK_ENTRIES", 100_000))
HERE = pathlib.Path(__file__).resolve().parent.parent / "yardsticks"
# How many times as fast the budget asks us to be.
WANTED = {"Xapian": 5, "Groonga": 4, "PostgreSQL": 0}
LATENCY = re.compile(r"^(?P<name>.+?)\s+p50\s+(?P<p50>[\d.]+) ms\s+p99\s+(?P<p99>[\d.]+) ms")
BUILD = re.compile(r"^entries (\d+)\s+build [\d.]+ s \((\d+)/s with splitting\).*index (\d+) MB\s+resident \+(\d+) MB")
SNAPSHOT = re.compile(r"^snapshot: save [\d.]+ s, load ([\d.]+) s, (\w+)")
YARDSTICKS = {"AND, filters, facets": "FTS5 AND, filters, facets",
              "OR, filters, facets": "FTS5 OR, filters, facets",
              "OR, filters, top 20 (pruned)": "FTS5 OR, filters, top 20"}


def report(what, value, unit, better="lower", **more):
    print(json.dumps({"what": what, "value": value, "unit": unit, "better": better, **more},
                     ensure_ascii=False), flush=True)


def report_latencies(entries, times):
    at_scale = entries >= MILLION
    for name, yardstick in YARDSTICKS.items():
        if name not in times:
            continue
        for at, limit in (("p50", 2), ("p99", 10)):
            more = {}
            if yardstick in times:
                more = {"yardstick": "SQLite FTS5", "yardstick_value": times[yardstick][at], "budget_ratio": 0.1}
            report(f"search {entries:,}: {name}", times[name][at], f"ms {at}", **more)
            if at_scale:
                report(f"search {entries:,}: {name}", times[name][at], f"ms {at}", budget_value=limit)
    misspelt = times.get("misspelt, with suggestion")
    if misspelt:
        report(f"search {entries:,}: misspelt, with suggestion", misspelt["p99"], "ms p99", budget_value=10)
    similar = times.get("find similar, 60 terms")
    if similar:
        report(f"search {entries:,}: 60-term demand", similar["p50"], "ms p50",
               **({"budget_value": 25} if at_scale else {}))


def run_yardsticks(folder, url):
    """What each yardstick says of itself; one that is not there is left out with a word about it."""
    # Debian's own Python: Xapian's bindings are installed for no other.
    commands = [["/usr/bin/python3", str(HERE / "xapian_search.py"), folder],
                [sys.executable, str(HERE / "groonga_search.py"), folder]]
    if url:
        commands.append([sys.executable, str(HERE / "postgresql_search.py"), folder, url])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            yield json.loads(done.stdout.splitlines()[-1])
        else:
            print(f"{command[1]}: left out: {(done.stderr.splitlines() or ['?'])[-1]}", flush=True)


def report_yardsticks(entries, times, folder, url):
    for said in run_yardsticks(folder, url):
        name = said["yardstick"]
        wanted = 1 / WANTED[name] if WANTED[name] else 0
        for words, own in (("and", "AND, filters, facets"), ("or", "OR, filters, facets")):
            for at in ("p50", "p99"):
                report(f"search {entries:,}: {own}", times[own][at], f"ms {at}", yardstick=name,
                       yardstick_value=said[f"{words}_{at}"], budget_ratio=wanted,
                       note=f"{name} built in {said['build_s']} s")


def main():
    program, entries = sys.argv[1], int(sys.argv[2])
    url = sys.argv[3] if len(sys.argv) > 3 else ""
    with tempfile.TemporaryDirectory(prefix="guiqiao-search") as folder:
        measure(program, entries, folder, url)


def measure(program, entries, folder, url):
    beside = entries <= YARDSTICK_ENTRIES
    command = [program, str(entries), *(["--export", folder] if beside else [])]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    print(said.stdout)
    if said.returncode != 0:
        sys.exit(said.stderr)
    times = {}
    for line in said.stdout.splitlines():
        if found := LATENCY.match(line):
            times[found["name"].strip()] = {"p50": float(found["p50"]), "p99": float(found["p99"])}
        elif found := BUILD.match(line):
            report(f"search {entries:,}: build", float(found[2]), "entries/s", "higher", budget_value=15_000)
            report(f"search {entries:,}: index", float(found[3]), "MB", budget_value=350 * entries / MILLION)
            report(f"search {entries:,}: memory", float(found[4]), "MB",
                   **({"budget_value": 1000} if entries >= MILLION else {}))
        elif found := SNAPSHOT.match(line):
            if found[2] != "ok":
                sys.exit("the snapshot did not come back")
            report(f"search {entries:,}: load from snapshot", float(found[1]), "s",
                   **({"budget_value": 3} if entries >= MILLION else {}))
    report_latencies(entries, times)
    if beside:
        report_yardsticks(entries, times, folder, url)


if __name__ == "__main__":
    main()
