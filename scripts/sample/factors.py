"""Sample entries of the kinds beside achievement and demand, from scripts/data/sample/factors.yaml."""
import yaml

from common import SOURCES

# Fields whose text has languages in regions/guangxi/kinds; a list of two is Chinese and English.
LOCALIZED = {
    "title", "summary", "who", "cost", "how", "materials", "focus", "past", "wants", "offers", "expertise", "area", "steps", "needs",
    "deliverables", "archive", "satisfaction", "qualification", "issuer", "plain_who", "plain_what", "plain_how", "plain_ask", "capability",
    "capacity", "hours", "booking", "venue", "organiser", "enrol_how", "after",
}  # fmt: skip
OWN = {"id", "owner", "place", "n", "origin", "note", "supersedes"}
COMPOSED_NOTE = "为演示编写的样例，不是真实信息。"


def texts(value):
    zh, *more = value if isinstance(value, list) else [value]
    return {"zh": zh, **({"en": more[0]} if more else {})}


def plain(value):
    """YAML reads days as dates; the platform exchanges texts."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value.isoformat() if hasattr(value, "isoformat") else value


def body_of(kind, row, origin):
    body = {}
    for key, value in row.items():
        if key in OWN:
            continue
        if key == "keywords":
            body[key] = {"zh": value}
        else:
            body[key] = texts(value) if key in LOCALIZED else plain(value)
    if kind == "talent":
        body["consent"], body["consent_on"] = "agreed", "2026-01-04"
    body["source"] = "public_report" if origin == "document" else "self"
    body["source_note"] = row.get("note", COMPOSED_NOTE)
    return body


def factors(days):
    """All rows; `days` are the working days that `n` counts."""
    table = yaml.safe_load((SOURCES / "factors.yaml").read_text(encoding="utf-8"))
    for kind, rows in table.items():
        for row in rows:
            origin = row.get("origin", "composed")
            record = {
                "id": row["id"],
                "kind": kind,
                "owner": row["owner"],
                "place": row["place"],
                "origin": origin,
                "state": "published",
                "body": body_of(kind, row, origin),
                "published": days[row["n"]].isoformat(),
            }
            if "supersedes" in row:
                record["supersedes"] = row["supersedes"]
            yield record
