#!/usr/bin/env python3
"""Writes to a running site as its users do, and asks it later for everything it acknowledged.

    site_load.py load --port N --acknowledged FILE   until it is killed; each line on standard output
                                                     is a change that the server had answered with 2xx
    site_load.py ask  --port N --acknowledged FILE   every acknowledged record must be there, in the
                                                     acknowledged version or a later one; the title of
                                                     that very version must be the acknowledged one

An account keeps to a number of requests per start of the server that the rate limit allows: older
records are asked for in turns, all of the last round each time.
"""

import argparse
import http.client
import json
import os
import random
import sys
import threading
import time

PASSWORD = "Guiqiao-sample-2026"
ACCOUNTS = ["officer@gxu", "officer@guet", "officer@glut", "officer@gxust", "officer@gxaas",
            "engineer@liuzhou", "manager@liuzhou", "manager@chongzuo"]
THREADS = 4
CHANGES_PER_ROUND = 150
QUESTIONS_PER_START = 350


class Refused(Exception):
    pass


class LockedOut(Refused):
    """Kills interrupted several attempts of this account to sign in: it rests for a while."""


class Client:
    """One account on one connection that stays open."""

    def __init__(self, port, login):
        self.port, self.login = port, login
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Content-Type": "application/json"}

    def request(self, method, path, body=None, headers=None):
        """(status, parsed body, ETag)."""
        text = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        self.connection.request(method, path, body=text, headers={**self.headers, **(headers or {})})
        answer = self.connection.getresponse()
        content = answer.read()
        cookie = answer.getheader("Set-Cookie")
        if cookie:
            self.headers["Cookie"] = cookie.split(";")[0]
        return answer.status, json.loads(content) if content else {}, answer.getheader("ETag")

    def changed(self, method, path, body, headers=None):
        status, answer, etag = self.request(method, path, body, headers)
        if status not in (200, 201):
            kind = LockedOut if answer.get("code") == "locked_out" else Refused
            raise kind(f"{self.login} {method} {path}: {status} {json.dumps(answer, ensure_ascii=False)[:400]}")
        return answer, etag

    def sign_in(self):
        answer, _ = self.changed("POST", "/api/session", {"login": self.login, "password": PASSWORD})
        self.headers["X-CSRF-Token"] = answer["csrf"]

    def signed_in(self):
        status, answer, _ = self.request("GET", "/api/session")
        self.headers["X-CSRF-Token"] = answer.get("csrf", "")
        return status == 200 and answer.get("account") is not None


def wait_until_up(port, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/api/session")
            connection.getresponse().read()
            return
        except OSError:
            if time.monotonic() > end:
                sys.exit("the server did not come up")
            time.sleep(0.03)


def entry_body(title):
    return {"title": title, "summary": "在断电和强制结束之下保存的草稿。"}


def contract_body(title):
    return {"title": title, "direction": "domestic", "signed_on": "2026-03-02",
            "seller_name": "断电试验单位", "total": "65000.00"}


KINDS = {
    "/api/entries": lambda title: {"kind": "achievement", "body": entry_body(title)},
    "/api/contracts": lambda title: {"body": contract_body(title)},
}
BODIES = {"/api/entries": entry_body, "/api/contracts": contract_body}


class Load:
    def __init__(self, port, sessions):
        self.port, self.sessions = port, sessions
        self.lock = threading.Lock()
        self.entering = threading.Lock()

    def acknowledge(self, **change):
        with self.lock:
            sys.stdout.write(json.dumps(change, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def enter(self, client):
        """With the session of an earlier round where there is one. Signing in anew each time would
        lock the account: an attempt that a kill interrupts counts as a wrong password."""
        cookie = self.sessions.get(client.login)
        if cookie:
            client.headers["Cookie"] = cookie
            if client.signed_in():
                return
            raise Refused(f"{client.login}: the session that was acknowledged is gone")
        with self.entering:  # one at a time: a kill then interrupts one attempt, not four
            client.sign_in()
        self.acknowledge(account=client.login, session=client.headers["Cookie"])

    def create(self, client, chance):
        kind = chance.choice(list(KINDS))
        title = f"断电试验 {client.login} {chance.getrandbits(48):012x}"
        key = f"crash-{chance.getrandbits(96):024x}"
        answer, etag = client.changed("POST", kind, KINDS[kind](title), {"Idempotency-Key": key})
        path = f"{kind}/{answer['id']}"
        self.acknowledge(account=client.login, path=path, version=answer["version"], title=title)
        return {"kind": kind, "path": path, "etag": etag}

    def edit(self, client, record, chance):
        title = f"断电试验 {client.login} {chance.getrandbits(48):012x} 改"
        answer, etag = client.changed("PUT", record["path"], {"body": BODIES[record["kind"]](title)},
                                      {"If-Match": record["etag"]})
        record["etag"] = etag
        self.acknowledge(account=client.login, path=record["path"], version=answer["version"], title=title)

    def work(self, login, seed):
        chance = random.Random(seed)
        client = Client(self.port, login)
        try:
            self.enter(client)
            records = []
            for _ in range(CHANGES_PER_ROUND):
                if records and chance.random() < 0.5:
                    self.edit(client, chance.choice(records), chance)
                else:
                    records.append(self.create(client, chance))
        except (OSError, http.client.HTTPException, json.JSONDecodeError, LockedOut):
            pass  # the server was killed: that is the test
        except Refused as refusal:
            print(refusal, file=sys.stderr)
            os._exit(1)

    def run(self):
        chosen = random.sample(ACCOUNTS, THREADS)
        threads = [threading.Thread(target=self.work, args=(login, random.getrandbits(64)))
                   for login in chosen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(60)  # all changes made before the kill came: wait for it


def read_acknowledged(path):
    """Last acknowledged state per record, oldest record first, and the last session of each account."""
    records, sessions = {}, {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.endswith("\n"):
                break
            change = json.loads(line)
            if "session" in change:
                sessions[change["account"]] = change["session"]
                continue
            records.pop(change["path"], None)
            records[change["path"]] = change
    return list(records.values()), sessions


def title_of(answer):
    title = answer["body"]["title"]
    return title if isinstance(title, str) else next(iter(title.values()))["text"]


def fault_of(client, change):
    status, answer, _ = client.request("GET", change["path"])
    if status == 429:
        sys.exit("the rate limit stopped the questions: ask fewer")
    if status != 200:
        return f"{change['path']}: {status}, but version {change['version']} was acknowledged"
    if answer["version"] < change["version"]:
        return f"{change['path']}: version {answer['version']}, acknowledged {change['version']}"
    if answer["version"] == change["version"] and title_of(answer) != change["title"]:
        return f"{change['path']}: «{title_of(answer)}», acknowledged «{change['title']}»"
    return None


def ask(port, acknowledged):
    records, sessions = read_acknowledged(acknowledged)
    by_account = {}
    for change in records:
        by_account.setdefault(change["account"], []).append(change)
    asked, faults = 0, []
    for login, cookie in sessions.items():
        client = Client(port, login)
        client.headers["Cookie"] = cookie
        if not client.signed_in():
            faults.append(f"{login}: the session that was opened is gone")
            continue
        mine = by_account.get(login, [])
        recent = mine[-CHANGES_PER_ROUND:]
        older = mine[:-CHANGES_PER_ROUND]
        older = random.sample(older, min(len(older), QUESTIONS_PER_START - len(recent)))
        for change in recent + older:
            fault = fault_of(client, change)
            asked += 1
            if fault:
                faults.append(fault)
    for fault in faults[:20]:
        print(fault)
    print(f"{asked} of {len(records)} acknowledged records asked for, {len(faults)} lost")
    sys.exit(1 if faults else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["load", "ask"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--acknowledged", required=True)
    options = parser.parse_args()
    wait_until_up(options.port)
    if options.what == "load":
        Load(options.port, read_acknowledged(options.acknowledged)[1]).run()
    else:
        ask(options.port, options.acknowledged)


if __name__ == "__main__":
    main()
