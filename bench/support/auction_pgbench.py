#!/usr/bin/env python3
"""The yardstick of durable bids: a plain PostgreSQL table with SELECT … FOR UPDATE, driven by pgbench, in one
sale and over 100, with durable commits. Prints figures for table.py.

    auction_pgbench.py POSTGRESQL-URL
"""
import json
import os
import re
import subprocess
import sys
import tempfile

SECONDS = max(2, int(float(os.environ.get("BENCH_SECONDS", 1)) * 3))
SCHEMA = """
drop table if exists bench_bid;
drop table if exists bench_sale;
create table bench_sale (id int primary key, best bigint not null);
create table bench_bid (id bigserial primary key, sale int not null, amount bigint not null, at timestamptz not null default clock_timestamp());
create index bench_bid_sale on bench_bid (sale, amount);
insert into bench_sale select number, 0 from generate_series(1, 100) number;
"""
SCRIPT = """\\set sale random(1, {sales})
begin;
select best from bench_sale where id = :sale for update;
update bench_sale set best = best + 1 where id = :sale;
insert into bench_bid (sale, amount) select id, best from bench_sale where id = :sale;
commit;
"""


def binary(name):
    versions = sorted(os.listdir("/usr/lib/postgresql"))
    return f"/usr/lib/postgresql/{versions[-1]}/bin/{name}"


def measure(url, sales):
    subprocess.run([binary("psql"), "-q", url, "-c", SCHEMA], check=True, stderr=subprocess.DEVNULL)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT.format(sales=sales))
        script.flush()
        said = subprocess.run([binary("pgbench"), "-n", "-c", "32", "-j", "2", "-T", str(SECONDS), "-f", script.name, url],
                              check=True, capture_output=True, text=True).stdout
    rate = float(re.search(r"tps = ([\d.]+)", said).group(1))
    wait = float(re.search(r"latency average = ([\d.]+) ms", said).group(1))
    return rate, wait


def main():
    for sales in (1, 100):
        rate, wait = measure(sys.argv[1], sales)
        where = "one sale" if sales == 1 else f"{sales} sales"
        print(json.dumps({"what": f"pgbench, SELECT … FOR UPDATE, {where}, 32 clients", "value": rate, "unit": "bids/s",
                          "better": "higher", "note": f"mean {wait:.1f} ms"}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
