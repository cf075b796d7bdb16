#!/usr/bin/env python3
"""Kills a program with SIGKILL at random moments under load, many times, and checks after each time
that everything it had acknowledged is there.

The program is started anew for each round (--server). What it, or the load generator (--load), writes
to standard output are acknowledgements, one a line; they are collected in one file over all rounds.
After each kill the check (--check) runs; it fails with a non-zero exit. In all commands {data} is the
data folder, {acknowledged} the file of acknowledgements, {round} the round's number.

    kill_nine.py --server 'build/crash_writer write sqlite:{data}/s.db {data}/key' \\
                 --check 'build/crash_writer check sqlite:{data}/s.db {data}/key {acknowledged}'

For a server with an interface: --prepare fills the data folder once; --ask runs against the started
server before the load of each round, and once more at the end, and fails when something that was
acknowledged in the rounds before is missing. run.sh uses all of it.
"""

import argparse
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time


def start(command, **streams):
    return subprocess.Popen(shlex.split(command), start_new_session=True, **streams)


def kill(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def wait_for_growth(path, size, process, seconds):
    """Until the first acknowledgement of this round; False if the program ended before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.path.getsize(path) > size:
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.002)
    return False


def drop_torn_line(path):
    """A line without its end was never read by anybody."""
    with open(path, "rb+") as file:
        text = file.read()
        file.truncate(text.rfind(b"\n") + 1)


def demand(command, what):
    """Runs a command to its end and returns what it said; a failure ends the test."""
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{what}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def start_server(options, names, stdout, chance):
    """Some starts are killed half-way as well: opening a torn log is the delicate part."""
    command = options.server.format(**names)
    if chance.random() < options.kill_starts:
        server = start(command, stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 0.5))
        kill(server)
    return start(command, stdout=stdout)


def run_round(options, number, data, acknowledged, chance):
    names = {"data": data, "acknowledged": acknowledged, "round": number}
    size = os.path.getsize(acknowledged)
    with open(acknowledged, "ab") as sink:
        server = start_server(options, names, subprocess.DEVNULL if options.load else sink, chance)
        try:
            if options.ask:
                demand(options.ask.format(**names), f"round {number}")
        except SystemExit:
            kill(server)
            raise
        load = start(options.load.format(**names), stdout=sink) if options.load else None
        try:
            if not wait_for_growth(acknowledged, size, load or server, options.start_seconds):
                sys.exit(f"round {number}: nothing was acknowledged")
            time.sleep(chance.uniform(0, options.run_ms_max) / 1000)
        finally:
            kill(server)
            if load:
                kill(load)
    drop_torn_line(acknowledged)
    if number % options.check_every != 0 and number != options.rounds:
        return ""
    return demand(options.check.format(**names), f"round {number}")


def ask_at_the_end(options, data, acknowledged):
    """The last kill's changes, and all those before, asked of a server that started once more."""
    names = {"data": data, "acknowledged": acknowledged, "round": 0}
    server = start(options.server.format(**names), stdout=subprocess.DEVNULL)
    try:
        return demand(options.ask.format(**names), "at the end")
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--load", default="")
    parser.add_argument("--check", required=True)
    parser.add_argument("--prepare", default="")
    parser.add_argument("--ask", default="")
    parser.add_argument("--check-every", type=int, default=1)
    parser.add_argument("--kill-starts", type=float, default=0, help="share of starts killed too")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--run-ms-max", type=float, default=150)
    parser.add_argument("--start-seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="guiqiao-crash-") as data:
        acknowledged = os.path.join(data, "acknowledged.txt")
        open(acknowledged, "wb").close()
        if options.prepare:
            demand(options.prepare.format(data=data), "preparing")
            print(f"prepared in {time.monotonic() - began:.1f} s", flush=True)
        said = ""
        for number in range(1, options.rounds + 1):
            said = run_round(options, number, data, acknowledged, chance)
            if number % 10 == 0:
                print(f"{number} kills, {time.monotonic() - began:.0f} s", flush=True)
        if options.ask:
            print(ask_at_the_end(options, data, acknowledged))
        print(f"{options.rounds} kills in {time.monotonic() - began:.1f} s; the last check: {said}")


if __name__ == "__main__":
    main()
