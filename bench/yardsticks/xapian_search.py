#!/usr/bin/env python3
"""Xapian as a yardstick: the same terms, filters, exact facets and the first twenty.

    xapian_search.py FOLDER      what bench_search --export wrote there
"""
import shutil
import sys
import tempfile

import xapian

from questions import CARDS, PLACES, Watch, entries, questions, say

CARD, KIND, PLACE = 0, 1, 2


def build(folder, path):
    database = xapian.WritableDatabase(path, xapian.DB_CREATE_OR_OVERWRITE)
    for terms, card, kind, place in entries(folder):
        document = xapian.Document()
        for term in terms.split():
            if len(term.encode()) < 240:
                document.add_term(term)
        document.add_boolean_term("XC" + card)
        document.add_value(CARD, card)
        document.add_value(KIND, kind)
        document.add_value(PLACE, xapian.sortable_serialise(place))
        database.add_document(document)
    database.commit()
    database.compact(path + "/compact")
    database.close()


def ask(database, operator, terms, by_card, by_place):
    query = xapian.Query(operator, terms)
    if by_card:
        cards = xapian.Query(xapian.Query.OP_OR, ["XC" + card for card in CARDS])
        query = xapian.Query(xapian.Query.OP_FILTER, query, cards)
    if by_place:
        low, high = map(xapian.sortable_serialise, PLACES)
        places = xapian.Query(xapian.Query.OP_VALUE_RANGE, PLACE, low, high)
        query = xapian.Query(xapian.Query.OP_FILTER, query, places)
    enquire = xapian.Enquire(database)
    enquire.set_query(query)
    spies = [xapian.ValueCountMatchSpy(CARD), xapian.ValueCountMatchSpy(KIND)]
    for spy in spies:
        enquire.add_matchspy(spy)
    found = [match.docid for match in enquire.get_mset(0, 20, database.get_doccount())]
    facets = [[(item.term, item.termfreq) for item in spy.values()] for spy in spies]
    return found, facets


def main():
    folder = sys.argv[1]
    path = tempfile.mkdtemp(prefix="guiqiao-xapian")
    watch = Watch()
    build(folder, path)
    build_seconds = watch.seconds()
    database = xapian.Database(path + "/compact")
    times = {xapian.Query.OP_AND: [], xapian.Query.OP_OR: []}
    for operator, kept in times.items():
        for question in questions(folder):
            ask(database, operator, *question)  # warm, as the others are
        for question in questions(folder):
            watch = Watch()
            ask(database, operator, *question)
            kept.append(watch.seconds() * 1000)
    say("Xapian", build_seconds, times[xapian.Query.OP_AND], times[xapian.Query.OP_OR])
    shutil.rmtree(path)


if __name__ == "__main__":
    main()
