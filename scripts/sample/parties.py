"""Sample organisations and accounts. Real universities and offices stand here only as names of a demonstration: their credit codes,
people and addresses are invented, and every one of them carries the mark of a sample."""
from common import credit_code, read_words, write_text

MARK = "（样例）"
PASSWORD = "Guiqiao-sample-2026"

# The fourteen cities; each has invented companies and a registration point, so that every sample contract has both.
CITIES = [
    ("450100", "南宁", "Nanning"),
    ("450200", "柳州", "Liuzhou"),
    ("450300", "桂林", "Guilin"),
    ("450400", "梧州", "Wuzhou"),
    ("450500", "北海", "Beihai"),
    ("450600", "防城港", "Fangchenggang"),
    ("450700", "钦州", "Qinzhou"),
    ("450800", "贵港", "Guigang"),
    ("450900", "玉林", "Yulin"),
    ("451000", "百色", "Baise"),
    ("451100", "贺州", "Hezhou"),
    ("451200", "河池", "Hechi"),
    ("451300", "来宾", "Laibin"),
    ("451400", "崇左", "Chongzuo"),
]
TRADES = [
    ("信息技术", "Information"),
    ("智能装备", "Equipment"),
    ("新材料", "Materials"),
    ("环保科技", "Environment"),
]


def table_of_organisations(name="organisations.tsv"):
    """The rows of such a table: key, category, kind, public or not, place, names, introduction."""
    rows = []
    for key, (category, kind, public, *rest) in read_words(name).items():
        rows.append((key, category, kind, public == "yes", *rest))
    return rows


def quoted(text):
    return '"' + text.replace('"', '\\"') + '"'


def of_cities():
    """Rows like organisations.tsv: companies and, where there is none yet, the registration point of each city."""
    rows, there = [], set(read_words("organisations.tsv"))
    for place, city, english in CITIES:
        key = english.lower()
        for number, (trade, trade_english) in enumerate(TRADES, start=1):
            rows.append(
                (
                    f"co-{key}-{number}",
                    "91",
                    "enterprise",
                    False,
                    place,
                    f"{city}样例{trade}有限公司",
                    f"{english} Sample {trade_english} Co., Ltd.",
                    "虚构的企业。",
                )
            )
        if f"point-{key}" not in there:
            rows.append(
                (
                    f"point-{key}",
                    "12",
                    "registration_point",
                    True,
                    place,
                    f"{city}样例技术合同登记点",
                    f"{english} Sample Registration Point",
                    "虚构的登记点。",
                )
            )
    return rows


def organisations():
    """Key → record, in the order of the table."""
    records = {}
    rows = table_of_organisations() + of_cities() + table_of_organisations("organisations-factors.tsv")
    for number, row in enumerate(rows, start=1):
        key, category, kind, public, place, name, english, introduction = row
        code = credit_code(category, place, number) if category else ""
        records[key] = {
            "key": key,
            "credit_code": code,
            "kind": kind,
            "is_public_body": public,
            "place": place,
            "name": name + MARK,
            "name_en": english + " (sample)",
            "introduction": introduction,
        }
    return records


def write_accounts(folder):
    lines = [
        "# Sample organisations and people. Nothing here is real: the credit codes are well-formed but invented, the people do not exist,",
        "# and the universities and offices named did not take part. Every organisation is imported with the mark of a sample.",
        "# Made by scripts/make_sample.py; change scripts/data/sample and run it again.",
        "# The password is public. `./run --empty` and a production site never load this file.",
        "sample: yes",
        f"password: {PASSWORD}",
        "organisations:",
    ]
    for record in organisations().values():
        lines += [
            f"  - key: {record['key']}",
            f"    credit_code: {quoted(record['credit_code'])}",
            f"    name: {record['name']}",
            f"    name_en: {quoted(record['name_en'])}",
            f"    kind: {record['kind']}",
            f"    is_public_body: {'yes' if record['is_public_body'] else 'no'}",
            f"    place: {quoted(record['place'])}",
            f"    introduction: {record['introduction']}",
        ]
    lines.append("accounts:")
    people = read_words("accounts.tsv")
    for login, (name, language, organisation, role, place) in people.items():
        email = login.replace("@", ".") + "@sample.example"
        lines += [
            f"  - login: {login}",
            f"    name: {name}",
            f"    email: {email}",
            f"    language: {language}",
            f'    memberships: [{{organisation: {organisation}, role: {role}, place: "{place}"}}]',
        ]
    write_text(folder, "accounts.yaml", "\n".join(lines) + "\n")
    return len(organisations()), len(people)
