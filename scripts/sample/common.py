"""What the sample scripts share: credit codes, the working calendar, writing of lines. No clock, no floating point."""
import datetime
import json
import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = ROOT / "regions" / "guangxi"
OUTPUT = REGION / "sample"
SOURCES = ROOT / "scripts" / "data" / "sample"

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BODY_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def credit_code_check(first_17):
    """The check character of GB 32100-2015: weights 3^i mod 31 over an alphabet of 31 characters."""
    total = sum(CREDIT_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first_17))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def body_check(first_8):
    """The check character of the organisation code inside it (GB 11714)."""
    total = sum(BODY_ALPHABET.index(c) * w for c, w in zip(first_8, (3, 7, 9, 10, 5, 8, 4, 2)))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def credit_code(category, place, number):
    """A well-formed code for a sample: the body 000xxxxx is in no register's range of today."""
    body = f"{number:08d}"
    first_17 = f"{category}{place}{body}{body_check(body)}"
    return first_17 + credit_code_check(first_17)


def read_lines(name):
    with open(SOURCES / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def read_words(name):
    """A table of tab-separated words, keyed by its first column; '-' is empty."""
    rows = {}
    for line in (SOURCES / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            first, *rest = line.split("\t")
            rows[first] = ["" if word == "-" else word for word in rest]
    return rows


def write_text(folder, name, text):
    (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")


def write_lines(folder, name, rows):
    with open(pathlib.Path(folder) / name, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def yuan(amount):
    """Whole yuan as the text that the platform exchanges."""
    return f"{amount}.00"


class Calendar:
    """Working days as the region's calendar files state them; a year without a file is an error."""

    def __init__(self):
        self.years = {}
        for path in sorted((REGION / "calendar").glob("[0-9]*.yaml")):
            table = yaml.safe_load(path.read_text(encoding="utf-8"))
            self.years[table["year"]] = (set(table["holidays"]), set(table["workdays"]))

    def is_working_day(self, day):
        holidays, workdays = self.years[day.year]
        name = day.strftime("%m-%d")
        return name in workdays or (name not in holidays and day.weekday() < 5)

    def working_days(self, first, last):
        days = []
        while first <= last:
            if self.is_working_day(first):
                days.append(first)
            first += datetime.timedelta(days=1)
        return days

    def before(self, day, count):
        """The working day `count` working days before `day`."""
        while count > 0:
            day -= datetime.timedelta(days=1)
            if self.is_working_day(day):
                count -= 1
        return day
