#!/usr/bin/env python3
"""Measures the running site on the loopback interface, beside nginx and a Node server.

    site.py page  --build DIR [--node]    published-entry pages at 64 connections
    site.py start --build DIR [--node]    time to the first answer, memory at rest

Rounds are interleaved and medians taken, since the load generator shares the machine.
"""
import argparse
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = max(2, int(float(os.environ.get("BENCH_SECONDS", "2"))))
DATA = os.path.abspath(os.environ.get("BENCH_DATA", "build/bench-data"))
CONNECTIONS = 64

NGINX = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on; default_type text/html;
    open_file_cache max=100;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port} reuseport; root {folder}; }}
}}
"""

WRK = """
local paths = {{ {paths} }}
local next = 0
request = function()
    next = next % #paths + 1
    return wrk.format("GET", paths[next])
end
done = function(summary, latency)
    local e = summary.errors
    io.write(string.format("RESULT %f %f %d\\n", summary.requests / summary.duration * 1e6,
        latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def report(**figure):
    print(json.dumps(figure, ensure_ascii=False), flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sample_site(build):
    """A site with the sample data, made anew when the program is newer."""
    folder, program = f"{DATA}/sample-site", f"{build}/guiqiao"
    mark = f"{folder}/.bench-made"
    if not os.path.exists(mark) or os.path.getmtime(mark) < os.path.getmtime(program):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([program, "import", "--data", folder, "--region", "regions/guangxi", "--sample"],
                       check=True, stdout=sys.stderr)
        open(mark, "w").close()
    return folder


class Server:
    """A program that serves on a port until the block ends."""

    def __init__(self, command, port, path):
        self.command, self.url = command, f"http://127.0.0.1:{port}{path}"

    def __enter__(self):
        self.began = time.monotonic()
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, start_new_session=True)
        while True:
            if self.process.poll() is not None:
                sys.exit(f"{self.command[0]} ended before it answered")
            try:
                with urllib.request.urlopen(self.url, timeout=30) as answer:
                    self.body = answer.read()
                break
            except OSError:
                if time.monotonic() - self.began > 60:
                    sys.exit(f"{self.command[0]} did not answer")
                time.sleep(0.005)
        self.start_seconds = time.monotonic() - self.began
        return self

    def resident_megabytes(self):
        """Of the process and its children."""
        total = 0
        for pid in os.listdir("/proc"):
            try:
                if pid.isdigit() and os.getpgid(int(pid)) == self.process.pid:
                    total += int(open(f"/proc/{pid}/statm").read().split()[1]) * 4096
            except (OSError, ValueError):
                continue
        return total / 1e6

    def __exit__(self, *ignored):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def load(port, paths, folder):
    """(requests/s, p99 in ms) of wrk over these paths; every answer must be a success."""
    script = f"{folder}/paths.lua"
    with open(script, "w", encoding="utf-8") as file:
        file.write(WRK.format(paths=", ".join(f'"{path}"' for path in paths)))
    said = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "30s",
                           "--latency", "-s", script,
                           f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True).stdout
    rate, p99, errors = re.search(r"RESULT (\S+) (\S+) (\d+)", said).groups()
    if int(errors) > 0:
        sys.exit(f"{errors} requests failed: {paths[0]}\n{said}")
    return float(rate), float(p99)


def published(site):
    with sqlite3.connect(f"file:{site}/guiqiao.db?mode=ro", uri=True) as database:
        rows = database.execute("select id from catalog_entry where state = 'published' and "
                                "visibility = 'public' order by id limit 200").fetchall()
    if not rows:
        sys.exit("the sample site has no published entry")
    return [f"/entries/{row[0]}" for row in rows]


def page(build, with_node, folder):
    site = sample_site(build)
    paths = published(site)
    with open(f"{folder}/one.html", "w", encoding="ascii") as file:
        file.write("x" * 1024)
    ports = {name: free_port() for name in ("guiqiao", "nginx", "node")}
    with open(f"{folder}/nginx.conf", "w", encoding="ascii") as file:
        file.write(NGINX.format(folder=folder, port=ports["nginx"]))
    os.chmod(folder, 0o755)
    ours = ["guiqiao", [f"{build}/bench/bench_page", site, str(ports["guiqiao"])], paths]
    nginx = ["nginx", ["/usr/sbin/nginx", "-p", folder, "-c", f"{folder}/nginx.conf"], ["/one.html"]]
    node = ["node", ["node", "bench/node/server.mjs", f"{site}/guiqiao.db", "web/pages",
                     str(ports["node"]), "2"], paths]
    results, sizes = {}, {}
    for _ in range(ROUNDS):
        for name, command, wanted in [ours, nginx] + ([node] if with_node else []):
            with Server(command, ports[name], wanted[0]) as server:
                if name not in results:
                    load(ports[name], wanted, folder)  # warm
                results.setdefault(name, []).append(load(ports[name], wanted, folder))
                sizes[name] = len(server.body)
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
    rate, p99 = middle["guiqiao"]
    what = f"published-entry page, {CONNECTIONS} connections"
    report(what=what, value=rate, unit="pages/s", better="higher", yardstick="nginx, static 1 KB",
           yardstick_value=middle["nginx"][0], budget_ratio=0.5, note=f"{sizes['guiqiao']} bytes a page")
    if with_node:
        report(what=what, value=rate, unit="pages/s", better="higher",
               yardstick="Node fastify + better-sqlite3, 2 processes", yardstick_value=middle["node"][0],
               budget_ratio=3, note=f"{sizes['node']} bytes a page, no matches on it")
    report(what=what, value=p99, unit="ms p99", better="lower", yardstick="nginx, static 1 KB",
           yardstick_value=middle["nginx"][1])


def start(build, with_node, folder):
    site = sample_site(build)
    paths = published(site)
    seconds, memory, node_seconds, node_memory = [], [], [], []
    for _ in range(max(ROUNDS, 5)):
        port = free_port()
        with Server([f"{build}/guiqiao", "serve", "--data", site, "--region", "regions/guangxi",
                     "--port", str(port)], port, "/") as server:
            seconds.append(server.start_seconds)
            time.sleep(1)
            memory.append(server.resident_megabytes())
        if with_node:
            port = free_port()
            with Server(["node", "bench/node/server.mjs", f"{site}/guiqiao.db", "web/pages", str(port)],
                        port, paths[0]) as server:
                node_seconds.append(server.start_seconds)
                time.sleep(0.5)
                node_memory.append(server.resident_megabytes())
    empty_seconds, empty_memory = [], []
    for number in range(3):
        port = free_port()
        with Server([f"{build}/guiqiao", "serve", "--data", f"{folder}/empty{number}", "--region",
                     "regions/guangxi", "--port", str(port)], port, "/") as server:
            empty_seconds.append(server.start_seconds)
            time.sleep(1)
            empty_memory.append(server.resident_megabytes())
    beside = dict(yardstick="Node server of the page bench") if with_node else {}
    report(what="start to the first page, sample site", value=statistics.median(seconds), unit="s",
           better="lower", budget_value=1.0, **beside,
           **(dict(yardstick_value=statistics.median(node_seconds)) if with_node else {}))
    report(what="memory at rest, sample site", value=statistics.median(memory), unit="MB", better="lower",
           budget_value=60.0, **beside,
           **(dict(yardstick_value=statistics.median(node_memory)) if with_node else {}))
    report(what="first start on an empty folder", value=statistics.median(empty_seconds), unit="s",
           better="lower", budget_value=1.0)
    report(what="memory at rest, empty site", value=statistics.median(empty_memory), unit="MB",
           better="lower", budget_value=60.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["page", "start"])
    parser.add_argument("--build", required=True)
    parser.add_argument("--node", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guiqiao-bench-") as folder:
        {"page": page, "start": start}[options.what](options.build, options.node, folder)


if __name__ == "__main__":
    main()
