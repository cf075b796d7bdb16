#!/usr/bin/env python3
"""Runs a Google Benchmark program and prints its medians as lines for table.py.

    google.py PROGRAM [--budget NAME=VALUE/s]
"""
import json
import subprocess
import sys

BUDGETS = {"recognition/decide": 100_000}  # decisions per second on one core, the whole path
UNITS = {"ns": 1e9, "us": 1e6, "ms": 1e3, "s": 1.0}


def main():
    done = subprocess.run([sys.argv[1], "--benchmark_format=json", "--benchmark_repetitions=5",
                           "--benchmark_report_aggregates_only=true", "--benchmark_min_time=0.3"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    for run in json.loads(done.stdout)["benchmarks"]:
        if run["aggregate_name"] != "median":
            continue
        name = run["run_name"]
        line = {"what": name, "value": UNITS[run["time_unit"]] / run["cpu_time"], "unit": "per s of CPU",
                "better": "higher"}
        if name in BUDGETS:
            line["budget_value"] = BUDGETS[name]
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
