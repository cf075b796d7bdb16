#!/usr/bin/env python3
"""Checks a thesaurus folder: python3 scripts/check_lexicon.py [regions/guangxi/lexicon] [--list]

Errors (exit 1): malformed rows, a concept without a Chinese and an English term, links that lead nowhere.
Notes: terms that are exact in several concepts (--list names them), concepts and terms per card and language.
"""
import collections
import pathlib
import sys
import unicodedata


def fold(term):
    return unicodedata.normalize("NFKC", term).strip().lower()


def read(folder):
    rows, faults = [], []
    for path in sorted(folder.glob("*.tsv")):
        if path.name == "common_words.tsv":
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if number == 1 or not line or line.startswith("#"):
                continue
            cells = line.split("\t")
            if len(cells) < 4 or "." not in cells[0] or not cells[2].strip():
                faults.append(f"{path.name}:{number}: malformed row")
                continue
            rows.append((f"{path.name}:{number}", *(cells + ["", ""])[:5]))
    return rows, faults


def main():
    arguments = [one for one in sys.argv[1:] if not one.startswith("--")]
    rows, faults = read(pathlib.Path(arguments[0] if arguments else "regions/guangxi/lexicon"))
    languages, cards = collections.defaultdict(set), {}
    uses = collections.defaultdict(set)
    for place, concept, language, term, relation, card in rows:
        cards.setdefault(concept, card)
        if term.startswith("@"):
            continue
        languages[concept].add(language)
        if relation == "exact":
            uses[fold(term)].add(concept)
    for place, concept, language, term, relation, card in rows:
        if term.startswith("@") and term[1:] not in cards:
            faults.append(f"{place}: no concept {term[1:]}")
    for concept in sorted(cards):
        lacking = [one for one in ("zh", "en") if one not in languages[concept]]
        if lacking:
            faults.append(f"{concept}: no term in {', '.join(lacking)}")
    shared = {term: concepts for term, concepts in uses.items() if len(concepts) > 1}
    print(f"{len(cards)} concepts, {len(uses)} exact terms, {len(shared)} of them exact in several concepts")
    print("by card:", dict(sorted(collections.Counter(cards.values()).items())))
    count = collections.Counter(one for known in languages.values() for one in known)
    print("concepts with a term in:", dict(count.most_common()))
    if "--list" in sys.argv:
        for term, concepts in sorted(shared.items()):
            print(f"ambiguous: {term}: {', '.join(sorted(concepts))}")
    for fault in faults[:200]:
        print("fault:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
