#!/usr/bin/env python3
"""Makes regions/guangxi/sample/ again: accounts.yaml, entries.jsonl, contracts.jsonl, deals.jsonl, under_way.jsonl.

    python3 scripts/make_sample.py [folder]

The result depends only on the committed sources (scripts/data/sample, scripts/sample, the region's calendar) and a fixed seed: running it
twice gives the same bytes, which tests/regions/check_region.py relies on. Needs Debian's python3 and python3-yaml."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "sample"))

from common import OUTPUT  # noqa: E402
from contracts import write_contracts  # noqa: E402
from entries import write_entries  # noqa: E402
from parties import write_accounts  # noqa: E402
from under_way import write_under_way  # noqa: E402

if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else OUTPUT
    organisations, accounts = write_accounts(folder)
    composed, reported = write_entries(folder)
    contracts, deals = write_contracts(folder)
    requests = write_under_way(folder)
    print(
        f"{organisations} organisations, {accounts} accounts, {composed} composed and {reported} reported entries, "
        f"{contracts} contracts, {deals} reported deals, {requests} requests under way"
    )
