#!/usr/bin/env python3
"""PostgreSQL full text (GIN over tsvector) as a yardstick, by psql; the times are those of \\timing.

    postgresql_search.py FOLDER URL      what bench_search --export wrote there; an empty database
"""
import re
import subprocess
import sys
import tempfile

from questions import CARDS, PLACES, Watch, entries, questions, say

TIME = re.compile(r"^Time: ([\d.]+) ms")


def psql(url, script):
    return subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", script],
                          capture_output=True, text=True, check=True).stdout


def build(folder, url):
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        script.write("drop table if exists e; create unlogged table e (id serial, terms text, card text, "
                     "kind text, place int);\ncopy e (terms, card, kind, place) from stdin;\n")
        for terms, card, kind, place in entries(folder):
            clean = terms.replace("\\", " ")
            script.write(f"{clean}\t{card}\t{kind}\t{place}\n")
        script.write("\\.\nalter table e add words tsvector;\n"
                     "update e set words = array_to_tsvector(array(select distinct w from "
                     "unnest(string_to_array(terms, ' ')) w where w <> ''));\n"
                     "alter table e drop terms;\nvacuum full e;\n"
                     "create index on e using gin (words);\nanalyze e;\n")
        script.flush()
        psql(url, script.name)


def statements(operator, terms, by_card, by_place):
    words = f" {operator} ".join("'" + term.replace("'", "''") + "'" for term in terms).replace("'", "''")
    where = f"words @@ '{words}'::tsquery"
    if by_card:
        where += " and card in (" + ", ".join(f"'{card}'" for card in CARDS) + ")"
    if by_place:
        where += f" and place between {PLACES[0]} and {PLACES[1]}"
    # The page and the facets of one pass, as everybody else makes them.
    return (f"with hit as materialized (select id, card, kind, ts_rank(words, '{words}'::tsquery) as r from e "
            f"where {where}) (select id, '' as card, '' as kind from hit order by r desc limit 20) "
            "union all select count(*), card, kind from hit group by card, kind;\n")


def main():
    folder, url = sys.argv[1], sys.argv[2]
    watch = Watch()
    build(folder, url)
    build_seconds = watch.seconds()
    times = []
    for operator in ("&", "|"):
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
            asked = "".join(statements(operator, *question) for question in questions(folder))
            script.write(asked + "\\timing on\n" + asked)  # the first round warms
            script.flush()
            single = [float(found[1]) for found in map(TIME.match, psql(url, script.name).splitlines()) if found]
        assert len(single) == len(questions(folder)), "an answer is missing"
        times.append(single)
    say("PostgreSQL", build_seconds, *times)


if __name__ == "__main__":
    main()
