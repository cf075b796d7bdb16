#!/usr/bin/env python3
"""Goal: the files of a region agree with each other and with what the plan asks for, and the sample data can be made again.

Loading with closed keys is tested in C++ (`guiqiao check`); here stands what no loader can know: counts, references between files,
completeness in two languages, check characters, sums. Prints one line per fault and exits with 1 if there is any."""
import filecmp
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from decimal import Decimal

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = ROOT / "regions" / "guangxi"
SAMPLE = REGION / "sample"
sys.path.insert(0, str(ROOT / "scripts" / "sample"))
from common import body_check, credit_code_check  # noqa: E402

faults = []


def check(holds, words):
    if not holds:
        faults.append(words)


def load(name):
    return yaml.safe_load((REGION / name).read_text(encoding="utf-8"))


def lines(name):
    return [json.loads(line) for line in (SAMPLE / name).read_text(encoding="utf-8").splitlines()]


def bilingual(text, place):
    check(
        isinstance(text, dict) and text.get("zh") and text.get("en"), f"{place}: not in zh and en"
    )
    check(
        not re.search("[\u4e00-\u9fff]", re.sub("[〔〕]|桂政发|号|[0-9]", "", str(text.get("en", "")))),
        f"{place}: Chinese in the English text",
    )


def check_places():
    places = load("places.yaml")["places"]
    levels = [place["level"] for place in places]
    check(
        (levels.count("region"), levels.count("city"), levels.count("county")) == (1, 14, 111),
        "places.yaml: not 1 + 14 + 111",
    )
    codes = [place["code"] for place in places]
    check(len(set(codes)) == len(codes), "places.yaml: a code twice")
    for place in places:
        bilingual(place["name"], f"places.yaml {place['code']}")
        parent = {
            "region": None,
            "city": place["code"][:2] + "0000",
            "county": place["code"][:4] + "00",
        }[place["level"]]
        check(parent is None or parent in codes, f"places.yaml: {place['code']} has no parent")
    names = [place["name"]["en"] for place in places]
    check(len(set(names)) == len(names), "places.yaml: an English name twice")
    for overlay in load("overlays.yaml")["overlays"]:
        for member in overlay["places"]:
            check(
                member["code"] in codes, f"overlays.yaml: {overlay['code']} names an unknown place"
            )
    return set(codes)


def check_calendar():
    """The two holidays that every year has, no day both off and worked, make-up days only on weekends."""
    import datetime

    for path in sorted((REGION / "calendar").glob("[0-9]*.yaml")):
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        check(path.stem == str(table["year"]), f"{path.name}: year differs")
        check(
            {"01-01", "10-01", "05-01"} <= set(table["holidays"]),
            f"{path.name}: a fixed holiday is missing",
        )
        check(
            not set(table["holidays"]) & set(table["workdays"]),
            f"{path.name}: a day both off and worked",
        )
        for day in table["workdays"]:
            weekday = datetime.date.fromisoformat(f"{table['year']}-{day}").weekday()
            check(weekday >= 5, f"{path.name}: make-up day {day} is not on a weekend")


def check_codes():
    codes = {}
    for path in sorted((REGION / "codes").glob("*.yaml")):
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        codes[path.stem] = [row["code"] for row in table["codes"]]
        check(
            len(set(codes[path.stem])) == len(codes[path.stem]), f"codes/{path.name}: a code twice"
        )
        for row in table["codes"]:
            bilingual(row["label"], f"codes/{path.name} {row['code']}")
    expected = {
        "cards": 9,
        "technical_fields": 11,
        "industry_sections": 20,
        "social_economic_goals": 13,
        "countries": 12,
        "maturity_levels": 10,
    }
    for name, count in expected.items():
        check(len(codes.get(name, [])) == count, f"codes/{name}.yaml: not {count} codes")
    return codes


def check_indicators(places):
    table = load("indicators/indicators.yaml")["indicators"]
    codes = {row["code"] for row in table}
    for row in table:
        bilingual(row["title"], f"indicator {row['code']}")
        bilingual(row["caliber"], f"caliber of {row['code']}")
        for name in (
            row.get("plus", [])
            + row.get("minus", [])
            + [row[key] for key in ("part", "whole") if key in row]
        ):
            check(name in codes, f"indicator {row['code']} rests on unknown {name}")
    targets = load("indicators/targets.yaml")
    policies = {policy["code"] for policy in targets["policies"]}
    unit = {row["code"]: row["unit"] for row in table}
    for target in targets["targets"]:
        name = f"target {target['policy']} {target['indicator']} {target['period']}"
        check(
            target["policy"] in policies
            and target.get("superseded_by", target["policy"]) in policies,
            f"{name}: unknown policy",
        )
        check(
            unit.get(target["indicator"]) == target["unit"],
            f"{name}: unknown indicator or other unit",
        )
        check(target["place"] in places, f"{name}: unknown place")
        check(
            target["unit"] != "money" or re.fullmatch(r"\d+\.\d\d", target["value"]),
            f"{name}: money is text with two decimals",
        )
    wanted = {
        ("contracts_registered", "2020"): "3000",
        ("contracts_registered", "2025"): "5000",
        ("demonstration_institutions", "2020"): "100",
        ("contract_value_total", "2020"): "10000000000.00",
        ("contract_value_total", "2025"): "16000000000.00",
        ("demonstration_institutions", "2025"): "150",
        ("registration_points", "2020"): "20",
        ("registration_points", "2025"): "30",
        ("conversion_zones", "2020"): "2",
    }
    found = {
        (t["indicator"], t["period"]): t["value"]
        for t in targets["targets"]
        if t["policy"] == "plan-2017"
    }
    check(found == wanted, "targets.yaml: the targets of 桂政发〔2017〕64号 differ")
    return codes


def check_plan(indicators):
    plan = load("plan.yaml")
    services, parts = {row["code"] for row in plan["services"]}, {
        row["code"] for row in plan["parts"]
    }
    departments = {row["code"] for row in plan["departments"]}
    for row in plan["services"] + plan["parts"] + plan["departments"]:
        bilingual(row["name"], f"plan.yaml {row['code']}")
    ids = [clause["id"] for clause in plan["clauses"]]
    check(
        len(ids) == 92 and len(set(ids)) == 92, f"plan.yaml: {len(set(ids))} clauses instead of 92"
    )
    per_part = {
        "1": 9,
        "2.1": 9,
        "2.2": 15,
        "2.3": 14,
        "2.4": 8,
        "2.5": 5,
        "2.6": 6,
        "3": 13,
        "4": 13,
    }
    for part, count in per_part.items():
        check(
            sum(clause["part"] == part for clause in plan["clauses"]) == count,
            f"plan.yaml: part {part} has not {count} clauses",
        )
    used = set()
    for clause in plan["clauses"]:
        bilingual(clause["title"], f"plan.yaml {clause['id']} title")
        bilingual(clause["figure"], f"plan.yaml {clause['id']} figure")
        check(
            clause["part"] in parts and clause["id"].startswith(clause["part"] + "."),
            f"plan.yaml {clause['id']}: wrong part",
        )
        check(clause["department"] in departments, f"plan.yaml {clause['id']}: unknown department")
        for code in clause["rests_on"]:
            used.add(code)
            kind, _, name = code.partition(":")
            check(
                code in services
                or (kind == "indicator" and name in indicators)
                or (kind == "programme" and (REGION / "programmes" / f"{name}.yaml").is_file()),
                f"plan.yaml {clause['id']}: unknown {code}",
            )
    check(
        services <= used, f"plan.yaml: services that no clause rests on: {sorted(services - used)}"
    )


def check_texts():
    for area in ("app", "base", "plan", "places"):
        keys = {}
        for tag in ("zh-CN", "en", "zh-TW"):

            def flat(node, prefix=""):
                for key, value in node.items():
                    yield from flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [
                        (prefix + key, value)
                    ]

            keys[tag] = dict(flat(load(f"texts/{tag}/{area}.yaml")))
        for tag in ("en", "zh-TW"):
            check(
                keys[tag].keys() == keys["zh-CN"].keys(),
                f"texts/{tag}/{area}.yaml: other keys than zh-CN",
            )
            for key, text in keys["zh-CN"].items():
                names = sorted(re.findall(r"\{\w+\}", text))
                check(
                    sorted(re.findall(r"\{\w+\}", keys[tag].get(key, ""))) == names,
                    f"texts/{tag}/{area}.yaml {key}: other parameters",
                )


def check_accounts(places):
    accounts = load("sample/accounts.yaml")
    roles = {row["code"]: row for row in load("roles.yaml")["roles"]}
    organisations = {row["key"]: row for row in accounts["organisations"]}
    seen = set()
    for key, row in organisations.items():
        code = row["credit_code"]
        check(row["place"] in places, f"organisation {key}: unknown place")
        check(
            "样例" in row["name"] and "sample" in row["name_en"].lower(),
            f"organisation {key}: not marked as a sample",
        )
        check(row["kind"] == "foreign" or code, f"organisation {key}: no credit code")
        if code:
            check(
                code not in seen and len(code) == 18,
                f"organisation {key}: credit code twice or of wrong length",
            )
            check(
                credit_code_check(code[:17]) == code[17] and body_check(code[8:16]) == code[16],
                f"organisation {key}: wrong check character",
            )
            seen.add(code)
    logins = [row["login"] for row in accounts["accounts"]]
    check(len(set(logins)) == len(logins), "accounts.yaml: a login twice")
    held = set()
    for row in accounts["accounts"]:
        for membership in row["memberships"]:
            role, organisation = roles.get(membership["role"]), organisations.get(
                membership["organisation"]
            )
            check(
                role and organisation and membership["place"] in places,
                f"account {row['login']}: unknown role, organisation or place",
            )
            kinds = role.get("organisation_kinds") if role else None
            check(
                not kinds or organisation["kind"] in kinds,
                f"account {row['login']}: role does not fit the organisation",
            )
            held.add(membership["role"])
    check(
        set(roles) - held <= {"applicant", "expert"},
        f"accounts.yaml: nobody is {sorted(set(roles) - held)}",
    )
    cities = {
        row["place"] for row in accounts["organisations"] if row["kind"] == "registration_point"
    }
    check(
        {code for code in places if code.endswith("00") and not code.endswith("0000")} <= cities,
        "accounts.yaml: a city without registration point",
    )
    return organisations


def check_numbers():
    """Serials run per title, so two titles with the same series would give one number twice."""
    held = {}
    for path in sorted((REGION / "programmes").glob("*.yaml")):
        outcome = yaml.safe_load(path.read_text(encoding="utf-8")).get("outcomes") or {}
        for title in outcome.get("titles") or []:
            other = held.setdefault(title["number"], title["code"])
            check(
                other == title["code"],
                f"{path.name}: {title['code']} numbers like {other}: {title['number']}",
            )


def check_walks():
    """A demand counts as live only when a case walks it and says so in its line `# plan:`."""
    plan = yaml.safe_load((REGION / "plan.yaml").read_text(encoding="utf-8"))
    for clause in plan["clauses"]:
        for name in clause.get("walked_by") or []:
            path = ROOT / name
            check(path.is_file(), f"plan.yaml {clause['id']}: no file {name}")
            words = path.read_text(encoding="utf-8") if path.is_file() else ""
            said = re.search(r"^# plan: (.*)$", words, re.M)
            check(
                said and clause["id"] in said[1].split(),
                f"plan.yaml {clause['id']}: {name} does not say that it walks it",
            )


def check_entries(places, codes, organisations):
    entries, sources = lines("entries.jsonl"), lines_of_sources()
    check(
        len({row["id"] for row in entries}) == len(entries) > 150,
        "entries.jsonl: an id twice or too few lines",
    )
    for row in entries:
        body, name = row["body"], f"entry {row['id']}"
        check(
            row["owner"] in organisations and row["place"] in places,
            f"{name}: unknown owner or place",
        )
        paired = row["kind"] in ("achievement", "demand")
        check(
            (body.get("card", "C1") in codes["cards"])
            and (not paired or body["field"] in codes["technical_fields"]),
            f"{name}: unknown card or field",
        )
        check(set(body.get("modes", [])) <= set(codes["transfer_modes"]), f"{name}: unknown mode")
        check(
            body.get("price_mode", "negotiable") in codes["price_modes"],
            f"{name}: unknown price mode",
        )
        check(
            all(
                right["kind"] in codes["ip_kinds"] and right["state"] in codes["ip_states"]
                for right in body.get("ip", [])
            ),
            f"{name}: unknown right",
        )
        check(
            body["title"].get("en") and body["source_note"],
            f"{name}: no English title or no note",
        )
        check(re.fullmatch(r"2026-\d\d-\d\d", row["published"]), f"{name}: published outside 2026")
        check(
            (row["state"] == "closed") == ("closed_because" in row),
            f"{name}: closed without a reason",
        )
        check(
            row.get("closed_because", "solved") in codes["withdrawal_reasons"],
            f"{name}: unknown reason",
        )
        if row["origin"] == "reported":
            check(
                body["source"] == "public_report"
                and "来源：" in body["source_note"]
                and sources[row["id"]] not in ("mirror", "no-address"),
                f"{name}: no source that may be shown",
            )
            check(
                "price" not in body and (("trl" in body) <= ("stage_evidence" in body)),
                f"{name}: says more than its report",
            )


def lines_of_sources():
    path = ROOT / "scripts" / "data" / "sample" / "reported.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: row["source_kind"] for row in rows}


def check_amounts(row, name):
    body = row["body"]
    total, technical = Decimal(row["total"]), Decimal(row["technical"])
    check(0 < technical <= total == Decimal(body["total"]), f"{name}: amounts out of order")
    check(
        sum(Decimal(line["amount"]) for line in body["lines"]) == total,
        f"{name}: lines do not add up",
    )
    check(
        sum(Decimal(line["amount"]) for line in body["lines"] if line["kind"] == "technical")
        == technical,
        f"{name}: technical lines",
    )
    check(
        sum(Decimal(line["amount"]) for line in body["payments"]) == total,
        f"{name}: payments do not add up",
    )


def check_lists(body, codes, name):
    for field, table in (
        ("field", "technical_fields"),
        ("ip_kind", "ip_kinds"),
        ("plan_category", "plan_categories"),
        ("goal", "social_economic_goals"),
        ("industry", "industry_sections"),
        ("payment_mode", "payment_modes"),
        ("seller_nature", "party_natures"),
    ):
        check(body[field] in codes[table], f"{name}: {field} {body[field]} is not in {table}")


def check_contracts(places, codes, organisations):
    rows = lines("contracts.jsonl")
    leaves = set(codes["contract_classes"])
    check(len(rows) == 600, "contracts.jsonl: not 600 lines")
    cities, parents = set(), {code.rpartition(".")[0] for code in leaves}
    for row in rows:
        body, name = row["body"], f"contract {row['id']}"
        check(
            row["class"] in leaves - parents and body["class_claimed"] == row["class"],
            f"{name}: class is unknown or has forms below it",
        )
        check_amounts(row, name)
        check(
            body["signed_on"] <= row["submitted"] <= row["registered"] <= "2026-11-20",
            f"{name}: days out of order",
        )
        check(
            row["registered"] >= "2024-12-01" and body["valid_to"] > row["registered"],
            f"{name}: outside the two years or its validity",
        )
        check(
            row["owner"] in organisations and row["place"] == organisations[row["owner"]]["place"],
            f"{name}: unknown owner",
        )
        check(
            organisations[row["point"]]["place"] == row["place"][:4] + "00",
            f"{name}: point of another city",
        )
        check(
            organisations[row["owner"]]["credit_code"]
            == body["seller_credit_code"]
            != body["buyer_credit_code"],
            f"{name}: parties",
        )
        check_lists(body, codes, name)
        code = body["buyer_credit_code"]
        check(
            body["direction"] == "export" or credit_code_check(code[:17]) == code[17],
            f"{name}: buyer's credit code",
        )
        cities.add(row["place"][:4])
        if row["state"] == "cancelled":
            check(
                row["cancelled"] > row["registered"]
                and row["cancelled_because"] in codes["contract_cancellation_reasons"],
                f"{name}: cancellation",
            )
    check(len(cities) == 14, "contracts.jsonl: not all cities")
    check(
        all(
            deal["state"] == "reported" and deal["source"] and "sample" not in deal
            for deal in lines("deals.jsonl")
        ),
        "deals.jsonl: a deal without source",
    )


def check_made_again():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "make_sample.py"), folder],
            check=True,
            capture_output=True,
        )
        for path in sorted(pathlib.Path(folder).iterdir()):
            check(
                filecmp.cmp(path, SAMPLE / path.name, shallow=False),
                f"sample/{path.name} is not what scripts/make_sample.py makes",
            )


if __name__ == "__main__":
    known_places = check_places()
    check_calendar()
    known_codes = check_codes()
    check_plan(check_indicators(known_places))
    check_texts()
    known_organisations = check_accounts(known_places)
    check_numbers()
    check_walks()
    check_entries(known_places, known_codes, known_organisations)
    check_contracts(known_places, known_codes, known_organisations)
    check_made_again()
    print("\n".join(faults) or "region guangxi: all files agree")
    sys.exit(1 if faults else 0)
