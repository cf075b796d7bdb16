#!/usr/bin/env python3
"""Prints the figures of a bench/run as a table: what, value, yardstick, ratio, budget, gap.

A ratio is ours ÷ yardstick. The gap is how far a figure is from its budget: "held, 2.1× inside" or
"missed by 1.4×"; figures without a budget have none.
"""
import json
import sys
import unicodedata


def number(value):
    for bound, digits in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= bound:
            return f"{value:,.{digits}f}"
    return f"{value:.3f}"


def gap(value, budget, better):
    if value <= 0 or budget <= 0:
        return "not comparable"
    inside = value / budget if better == "higher" else budget / value
    return f"held, {inside:.1f}× inside" if inside >= 1 else f"missed by {1 / inside:.1f}×"


def row(figure):
    better, value = figure["better"], figure["value"]
    sign = "≥" if better == "higher" else "≤"
    yardstick = ratio = budget = verdict = ""
    if figure.get("yardstick_value"):
        yardstick = f"{figure['yardstick']} {number(figure['yardstick_value'])}"
        times = value / figure["yardstick_value"]
        ratio = f"{times:.2f}×"
        if figure.get("budget_ratio"):
            budget = f"{sign} {figure['budget_ratio']:g}×"
            verdict = gap(times, figure["budget_ratio"], better)
    if figure.get("budget_value"):
        budget = f"{sign} {number(figure['budget_value'])} {figure['unit'].split()[0]}"
        verdict = gap(value, figure["budget_value"], better)
    return [figure["what"], f"{number(value)} {figure['unit']}", yardstick, ratio, budget, verdict,
            figure.get("note", "")]


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def main():
    figures = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    rows = [["what", "value", "yardstick", "ratio", "budget", "gap", "remark"]] + [row(f) for f in figures]
    widths = [max(width(r[i]) for r in rows) for i in range(len(rows[0]))]
    for index, cells in enumerate(rows):
        print("| " + " | ".join(c + " " * (w - width(c)) for c, w in zip(cells, widths)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")


if __name__ == "__main__":
    main()
