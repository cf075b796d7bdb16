#!/usr/bin/env python3
"""Groonga as a yardstick, driven by its command-line tool; the times are those that it reports.

    groonga_search.py FOLDER      what bench_search --export wrote there
"""
import json
import shutil
import subprocess
import sys
import tempfile

from questions import CARDS, PLACES, Watch, entries, questions, say

SCHEMA = """table_create Cards TABLE_HASH_KEY ShortText
table_create Kinds TABLE_HASH_KEY ShortText
table_create Entries TABLE_NO_KEY
column_create Entries terms COLUMN_SCALAR Text
column_create Entries card COLUMN_SCALAR Cards
column_create Entries kind COLUMN_SCALAR Kinds
column_create Entries place COLUMN_SCALAR Int32
table_create Terms TABLE_PAT_KEY ShortText --default_tokenizer TokenDelimit
column_create Terms entries COLUMN_INDEX Entries terms
column_create Cards entries COLUMN_INDEX Entries card
"""


def run(path, commands, create):
    arguments = ["groonga", *(["-n"] if create else []), path]
    done = subprocess.run(arguments, input=commands, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[[")]


def build(folder, path):
    run(path, SCHEMA, True)
    with tempfile.NamedTemporaryFile("w", suffix=".grn", encoding="utf-8") as commands:
        commands.write("load --table Entries\n[\n")
        between = ""
        for terms, card, kind, place in entries(folder):
            commands.write(between + json.dumps({"terms": terms, "card": card, "kind": kind, "place": place},
                                                ensure_ascii=False))
            between = ",\n"
        commands.write("\n]\n")
        commands.flush()
        subprocess.run(["groonga", "--file", commands.name, path], stdout=subprocess.DEVNULL, check=True)


def command(operator, terms, by_card, by_place):
    conditions = [f" {operator} ".join(f'terms @ {json.dumps(term, ensure_ascii=False)}' for term in terms)]
    if by_card:
        conditions.append(" || ".join(f'card == "{card}"' for card in CARDS))
    if by_place:
        conditions.append(f"place >= {PLACES[0]} && place <= {PLACES[1]}")
    filters = " && ".join(f"({condition})" for condition in conditions).replace("'", "\\'")
    return (f"select Entries --filter '{filters}' --output_columns _id,_score --sort_keys -_score --limit 20 "
            "--drilldown card,kind --cache no\n")


def main():
    folder = sys.argv[1]
    path = tempfile.mkdtemp(prefix="guiqiao-groonga")
    watch = Watch()
    build(folder, path + "/db")
    build_seconds = watch.seconds()
    times = []
    for operator in ("&&", "||"):
        asked = "".join(command(operator, *question) for question in questions(folder))
        answers = run(path + "/db", asked + asked, False)[len(questions(folder)):]  # the first round warms
        assert len(answers) == len(questions(folder)), "an answer is missing"
        assert all(answer[0][0] == 0 for answer in answers), "a question was refused"
        times.append([answer[0][2] * 1000 for answer in answers])
    say("Groonga", build_seconds, *times)
    shutil.rmtree(path)


if __name__ == "__main__":
    main()
