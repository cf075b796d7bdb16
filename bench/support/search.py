#!/usr/bin/env python3
"""Runs the search benchmark on so many generated entries and prints its lines as figures for table.py.

    search.py PROGRAM ENTRIES

The yardstick is SQLite FTS5 over the same texts, already split into words for it, with the same
queries. What the program says in words is passed on.
"""
import json
import re
import subprocess
import sys

MILLION = 1_000_000
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
    similar = times.get("find similar, 60 terms")
    if similar:
        report(f"search {entries:,}: 60-term demand", similar["p50"], "ms p50",
               **({"budget_value": 25} if at_scale else {}))


def main():
    program, entries = sys.argv[1], int(sys.argv[2])
    said = subprocess.run([program, str(entries)], capture_output=True, text=True, check=False)
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


if __name__ == "__main__":
    main()
