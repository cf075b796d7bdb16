"""Reads what `bench_search --export` wrote, and says what a yardstick took. Shared by the yardsticks."""
import json
import pathlib
import time

CARDS = ("C1", "C6")
PLACES = (450100, 450299)
ASKED_MAX = 100


def entries(folder):
    """Terms, card, kind, place of each entry; terms are split by blanks already."""
    with open(pathlib.Path(folder) / "entries.tsv", encoding="utf-8") as lines:
        for line in lines:
            terms, card, kind, place = line.rstrip("\n").split("\t")
            yield terms, card, kind, int(place)


def questions(folder):
    """Terms, and whether the question filters by card and by place."""
    result = []
    with open(pathlib.Path(folder) / "questions.tsv", encoding="utf-8") as lines:
        for line in lines:
            terms, filters = line.rstrip("\n").split("\t")
            unique = list(dict.fromkeys(terms.split()))
            result.append((unique, "card" in filters, "place" in filters))
    return result[:ASKED_MAX]


def quantile(values, share):
    return sorted(values)[int(share * (len(values) - 1))]


def say(name, build_seconds, all_words, any_word):
    """One line of JSON: milliseconds of the questions with all words, and with any."""
    print(json.dumps({"yardstick": name, "build_s": round(build_seconds, 1),
                      "and_p50": quantile(all_words, 0.5), "and_p99": quantile(all_words, 0.99),
                      "or_p50": quantile(any_word, 0.5), "or_p99": quantile(any_word, 0.99)}))


class Watch:
    def __init__(self):
        self.start = time.perf_counter()

    def seconds(self):
        return time.perf_counter() - self.start
