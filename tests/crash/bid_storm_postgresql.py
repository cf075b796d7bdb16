#!/usr/bin/env python3
"""Kills every process of a PostgreSQL server with SIGKILL, again and again, while one writer goes on
bidding through it: the writer must come back by itself, and nothing acknowledged may be lost or doubled."""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

CLUSTER = "tests/support/postgres-cluster.sh"


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout.strip()


class Server:
    """A cluster with durable commits, whose postmaster and children we kill and start again."""

    def __init__(self, folder):
        self.folder = folder
        url = run(CLUSTER, "start", folder, env={**os.environ, "FSYNC": "on"})
        self.port = int(url.rsplit(":", 1)[1].split("/")[0])
        self.url = url.replace("/postgres", "/storm")
        run("psql", "-q", url, "-c", "create database storm template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")

    def pids(self):
        first = int(open(f"{self.folder}/data/postmaster.pid", encoding="ascii").readline())
        children = run("ps", "-o", "pid=", "--ppid", str(first)).split()
        return [first, *map(int, children)]

    def kill(self):
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def start(self):
        binaries = sorted(path for path in os.listdir("/usr/lib/postgresql"))[-1]
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "HOME=/tmp"] if os.getuid() == 0 else []
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
        for attempt in range(20):
            started = subprocess.run([*prefix, f"/usr/lib/postgresql/{binaries}/bin/pg_ctl", "start", f"--pgdata={self.folder}/data",
                                      f"--log={self.folder}/server.log", "--wait", "--silent", f"--options={options}"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False, cwd="/")
            if started.returncode == 0:
                return
            time.sleep(0.3)
        sys.exit("PostgreSQL does not start again: " + open(f"{self.folder}/server.log", encoding="utf-8").read()[-2000:])


def size_of(path):
    return os.path.getsize(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--storm", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="guiqiao-storm-") as data:
        os.chmod(data, 0o755)
        acknowledged = f"{data}/acknowledged.txt"
        server = Server(f"{data}/cluster")
        longest = 0.0
        try:
            with open(acknowledged, "ab") as sink:
                writer = subprocess.Popen([options.storm, "write", server.url, data, "1"], stdout=sink, stderr=subprocess.DEVNULL)
            for number in range(1, options.rounds + 1):
                before = size_of(acknowledged)
                began = time.monotonic()
                while size_of(acknowledged) == before:
                    if writer.poll() is not None:
                        sys.exit(f"round {number}: the writer ended with {writer.returncode}")
                    if time.monotonic() - began > 60:
                        sys.exit(f"round {number}: nothing was acknowledged for a minute")
                    time.sleep(0.005)
                longest = max(longest, time.monotonic() - began) if number > 1 else 0.0
                time.sleep(chance.uniform(0, 0.4))
                server.kill()
                server.start()
            writer.kill()
            writer.wait()
            with open(acknowledged, "rb+") as file:
                text = file.read()
                file.truncate(text.rfind(b"\n") + 1)
            check = subprocess.run([options.storm, "check", server.url, data, acknowledged], capture_output=True, text=True, check=False)
            print(f"{options.rounds} kills of PostgreSQL; back after at most {longest:.1f} s; {check.stdout.strip()}{check.stderr[-500:] if check.returncode else ''}")
            sys.exit(check.returncode)
        finally:
            subprocess.run([CLUSTER, "stop", f"{data}/cluster"], check=False)


if __name__ == "__main__":
    main()
