"""Sample entries of the catalogue: composed ones (with the words added in scripts/data/sample/*.tsv) and ones taken from public reports,
whose source stands in the entry. What a report does not say is left out, never filled in."""
import datetime
import re

from common import Calendar, read_lines, read_words, write_lines
from factors import factors

CITY = {
    "南宁": "450100",
    "柳州": "450200",
    "桂林": "450300",
    "梧州": "450400",
    "北海": "450500",
    "防城港": "450600",
    "钦州": "450700",
    "贵港": "450800",
    "玉林": "450900",
    "百色": "451000",
    "贺州": "451100",
    "河池": "451200",
    "来宾": "451300",
    "崇左": "451400",
    "凭祥": "451481",
}

# Technical field (codes/technical_fields.yaml) that a card usually belongs to.
FIELD_OF_CARD = {
    "C1": "3",
    "C2": "3",
    "C3": "1",
    "C4": "1",
    "C5": "5",
    "C6": "7",
    "C7": "9",
    "C8": "9",
    "C9": "4",
}

CARD_OF_INDUSTRY = {
    "海洋仪器": "C8",
    "农产品加工": "C7",
    "现代种业": "C7",
    "装备制造": "C2",
    "生物医药": "C9",
    "绿色农业": "C7",
    "新材料": "C5",
    "高端装备": "C2",
    "生态环保": "C6",
    "特种车辆": "C2",
    "茶叶加工": "C1",
    "智能检测": "C2",
    "环境监测": "C6",
    "新能源汽车": "C2",
    "低空经济": "C2",
    "交通物流": "C4",
    "制糖": "C1",
    "食品": "C1",
    "人工智能": "C3",
    "智能制造": "C2",
    "桑蚕": "C7",
    "电子信息": "C3",
    "医疗器械": "C9",
    "养殖装备": "C7",
    "工程机械": "C2",
    "建材": "C1",
    "有色金属": "C5",
    "现代渔业": "C8",
    "体外诊断": "C9",
    "机器人": "C2",
    "纺织": "C1",
    "未来产业": "C3",
    "食品加工": "C1",
    "food processing": "C1",
    "wood processing": "C5",
    "agriculture": "C7",
    "construction materials": "C5",
    "rubber": "C5",
    "disaster monitoring": "C3",
    "agricultural machinery": "C7",
    "biomass": "C6",
    "bioenergy": "C6",
    "low carbon": "C6",
    "sericulture": "C7",
    "seed": "C7",
    "现代农业": "C7",
    "sugar": "C1",
    "新能源": "C6",
    "联合平台": "C3",
    "cross-sector": "C3",
    "advanced materials": "C5",
}

MODES = {
    "许可": "licence_ordinary",
    "转让": "transfer",
    "合作开发": "cooperation",
    "作价入股": "equity",
    "技术服务": "cooperation",
    "产学研合作": "cooperation",
    "联合研发": "cooperation",
    "政产学研合作": "cooperation",
    "联合攻关": "cooperation",
    "licence": "licence_ordinary",
    "lisensi": "licence_ordinary",
    "joint R&D": "cooperation",
    "riset bersama": "cooperation",
}

# A level is entered only where the report states the stage of use; the entry says that it was read off the report.
LEVEL_OF_STAGE = {"已推广应用": 9, "已上市": 9, "commercial plant": 9, "已应用": 8, "应用": 8, "小批应用": 7}

TAKEN = {
    "已转让": "transferred",
    "已独家许可": "transferred",
    "已成交": "transferred",
    "已转化": "transferred",
    "met": "solved",
    "已部分解决": "solved",
    "已揭榜": "solved",
    "已中榜": "solved",
}

RIGHTS = {"发明专利": "patent_invention", "软件著作权": "software", "植物新品种权": "plant_variety"}
STATES = {
    "已授权": "granted",
    "granted": "granted",
    "已登记": "registered",
    "实质审查": "pending",
    "pending": "pending",
}

# Who owns a composed entry: by kind of owner and place; else by kind alone.
OWNERS = {
    ("高校", "南宁"): "gxu",
    ("高校", "桂林"): "guet",
    ("高校", "柳州"): "gxust",
    ("高校", "崇左"): "gxu",
    ("高校", "来宾"): "glut",
    ("高校", "钦州"): "bbwu",
    ("科研院所", "百色"): "inst-baise",
    ("科研院所", "崇左"): "inst-cane",
    ("科研院所", "梧州"): "inst-forest",
    ("科研院所", "河池"): "inst-west",
    ("科研院所", "桂林"): "inst-fruit",
    ("科研院所", "南宁"): "gxaas",
    ("科研院所", "钦州"): "inst-sea",
    ("医疗机构", "南宁"): "hospital",
    ("企业", "玉林"): "yl-engine",
    ("企业", "南宁"): "nn-tech",
    ("企业", "凭祥"): "px-trade",
    ("企业", "北海"): "bh-sea",
    ("企业", "崇左"): "cz-sugar",
    ("企业", "百色"): "bs-alu",
    ("企业", "柳州"): "lz-machine",
    ("企业", "来宾"): "lb-cell",
    ("企业", "梧州"): "wz-wood",
    ("企业", "钦州"): "bbwu",
    ("企业", "桂林"): "gl-food",
    ("企业", "贵港"): "gg-home",
    ("企业", "河池"): "hc-road",
    ("政府部门", "河池"): "kjj-hechi",
    ("农业经营主体", "南宁"): "nn-orchard",
    ("农业经营主体", "崇左"): "cz-banana",
    ("农业经营主体", "钦州"): "qz-oyster",
}
OWNER_OF = {
    "A03": "nn-alu",
    "A15": "yl-farm",
    "A11": "lz-noodle",
    "D03": "nn-alu",
    "D05": "lz-auto",
    "D09": "lz-noodle",
    "D10": "lz-auto",
    "D13": "yl-farm",
    "X05": "lz-auto",
    "X09": "lz-noodle",
    "X10": "lz-auto",
    "X11": "qz-oyster",
    "X15": "nn-tech",
    "E01": "vn-sugar",
    "E02": "th-cane",
    "E03": "ph-banana",
    "E04": "my-palm",
    "E05": "id-road",
    "E06": "vn-plant",
}
PUBLIC_OWNERS = {
    "gxu",
    "guet",
    "glut",
    "gxust",
    "gxaas",
    "bbwu",
    "inst-baise",
    "inst-west",
    "inst-forest",
    "inst-cane",
    "inst-fruit",
    "inst-sea",
    "hospital",
}

# Chinese and English of what the composed foreign entries say; the original stands first.
FOREIGN = {
    "E01": (
        "甘蔗糖厂取消硫熏工序",
        "日榨 4000 吨甘蔗的糖厂希望用过滤方法澄清蔗汁，不用二氧化硫，向饮料客户供应白糖。",
        "A mill crushing 4,000 tonnes of cane a day wants to clarify juice by filtration, without sulphur dioxide, and sell white sugar to drink makers.",
    ),
    "E02": (
        "坡地甘蔗种植机",
        "蔗农联合体需要自动切种和种植的机具，少伤芽、少用工。",
        "A group of growers needs a machine that cuts setts and plants cane on sloping land with less bud damage and less labour.",
    ),
    "E03": ("在枯萎病 4 号小种土壤上继续种植香蕉", "八百公顷蕉园感染枯萎病热带 4 号小种，合作社寻求耐病种苗和小农户可用的生物改良剂。", ""),
    "E04": ("棕榈油厂废水覆膜厌氧消化与沼气提纯", "两级消化处理化学需氧量 40 g/L 的废水，收集甲烷发电 1 MW，下游湿地除氮，八家油厂在运行。", ""),
    "E05": (
        "山区公路滑坡预警系统",
        "公路管理处需要用卫星导航自动监测边坡，太阳能供电，手机分级预警。",
        "A road office needs automatic monitoring of slopes by satellite navigation, solar powered, with graded warnings by telephone.",
    ),
    "E06": (
        "柑橘黄龙病快速检测试剂盒",
        "果园内等温扩增，四十五分钟肉眼判读，成本低，已在产区试用。",
        "Isothermal amplification in the orchard, read by eye after 45 minutes, low cost, tried in growing areas.",
    ),
}

COMPOSED_NOTE = {
    "zh": "为演示编写的样例，不是真实成果或需求。",
    "en": "Composed for demonstration, not a real offer or need.",
}


def place_of(region):
    """The code for a region named in a source; the whole region where it lies outside or is not a city."""
    return next(
        (code for name, code in CITY.items() if region and region.startswith(name)), "450000"
    )


def localized(**texts):
    return {language: text for language, text in texts.items() if text}


def modes_of(names):
    return list(dict.fromkeys(MODES[name] for name in names if name in MODES))


def tidy(text):
    """Full-width punctuation between Chinese characters; the sources use half-width."""
    return re.sub(
        r"(?<=[\u4e00-\u9fff”%\d])[,;:](?=[\u4e00-\u9fff“])",
        lambda found: {",": "，", ";": "；", ":": "："}[found[0]],
        text,
    )


def owner_of(line):
    city = next((name for name in CITY if line["region"].startswith(name)), "")
    return OWNER_OF.get(line["id"]) or OWNERS[(line["owner_type"], city)]


def later(deadline):
    """The deadlines of the composed needs, one year on, so that they lie ahead of the sample's last day."""
    year, rest = deadline.split("-", 1)
    return f"{int(year) + 1}-{rest}" if deadline < "2026-12-31" else deadline


def composed_texts(line, english, summaries):
    """Title and summary in all languages that there are."""
    language, title, text = line["lang"], line["title"], line["abstract"]
    if line["id"] not in FOREIGN:
        return localized(zh=title, en=english), localized(
            zh=tidy(text), en=summaries.get(line["id"], [""])[0]
        )
    chinese_title, chinese_text, english_text = FOREIGN[line["id"]]
    titles, texts = {"zh": chinese_title, "en": english}, {"zh": chinese_text, "en": english_text}
    titles[language], texts[language] = title, text
    return localized(**titles), localized(**texts)


def composed_achievement(line, words, summaries):
    english, problem, present, advantage = words
    titles, texts = composed_texts(line, english, summaries)
    right, owner = line["ip"], owner_of(line)
    body = {
        "title": titles,
        "summary": texts,
        "problem": {"zh": problem},
        "advantage": {"zh": advantage},
        "present_solution": {"zh": present},
        "trl": line["trl"],
        "trl_method": "self",
        "ip": [
            {
                "kind": RIGHTS[right["type"]],
                "number": f"样例-{line['id']}-{number}",
                "state": STATES[right["state"]],
            }
            for number in range(1, right["count"] + 1)
        ],
        "rights": "sole",
        "card": line["card"],
        "field": FIELD_OF_CARD[line["card"]],
        "keywords": line["keywords"],
        "modes": modes_of(line["modes"]),
        "price_mode": "negotiable" if owner in PUBLIC_OWNERS or not line["price_wan"] else "fixed",
        "price": f"{line['price_wan'] * 10000}.00" if line["price_wan"] else None,
        "source_note": COMPOSED_NOTE,
    }
    return owner, body


def composed_demand(line, words, summaries):
    english, present, present_number, wanted, scale, limits, test = words
    titles, texts = composed_texts(line, english, summaries)
    fields = {
        "present_solution": present,
        "present_number": present_number,
        "wanted_number": wanted,
        "limits": limits,
        "scale": scale,
        "acceptance_test": test,
    }
    body = {"title": titles, "summary": texts, "pain": texts}
    body.update({name: {"zh": text} for name, text in fields.items() if text})
    body.update(
        {
            "deadline": later(line["deadline"]),
            "budget": f"{line['budget_wan'] * 10000}.00",
            "modes": modes_of(line["modes"]),
            "min_trl": line["min_trl"],
            "card": line["card"],
            "field": FIELD_OF_CARD[line["card"]],
            "keywords": line["keywords"],
            "visibility": "public",
            "source_note": COMPOSED_NOTE,
        }
    )
    return owner_of(line), body


def as_form(body, language, source):
    """The body as the forms of regions/guangxi/kinds want it: codes as texts, words by language, the address of a report in the note."""
    result = {key: value for key, value in body.items() if value}
    for name in ("trl", "min_trl"):
        if name in result:
            result[name] = str(result[name])
    result["keywords"] = {language: body["keywords"]}
    note = result["source_note"]["zh"]
    if "source" in result:
        note += f"来源：{result['source']}"
        if len(note) > 500:
            raise ValueError(f"the note is too long: {note}")
    result["source_note"] = note
    result["source"] = source
    return result


def composed():
    achievements, demands = read_words("achievement-words.tsv"), read_words("demand-words.tsv")
    summaries = read_words("summaries-en.tsv")
    for line in read_lines("composed.jsonl"):
        if line["kind"] == "achievement":
            owner, body = composed_achievement(line, achievements[line["id"]], summaries)
        else:
            owner, body = composed_demand(line, demands[line["id"]], summaries)
        yield {
            "id": line["id"],
            "kind": line["kind"],
            "owner": owner,
            "place": place_of(line["region"]),
            "origin": "composed",
            "state": "published",
            "body": as_form(body, line["lang"], "self"),
        }


def reported_right(text):
    """The rights that a report names; the number only where the report prints it."""
    if not text:
        return None
    kind = "plant_variety" if "新品种" in text else "patent_invention" if "发明" in text else "patent"
    number = text[text.index("ZL") : text.index("(")] if "ZL" in text else ""
    return [localized(kind=kind, number=number, state="granted")]


def reported_note(line):
    """Who is named in the report, when, and what it says about the state of the thing."""
    chinese = ["整理自公开报道，未经报道中的单位确认。"]
    english = ["Taken from a public report, not confirmed by the organisation named."]
    for key, name_zh, name_en in (
        ("owner", "权利人", "Owner"),
        ("org", "单位", "Organisation"),
        ("country", "国家", "Country"),
        ("date", "日期", "Date"),
        ("award", "获奖", "Award"),
        ("status", "报道所述状态", "State as reported"),
        ("royalty", "提成", "Royalty"),
        ("note", "说明", "Note"),
    ):
        if line.get(key):
            chinese.append(f"{name_zh}：{line[key]}。")
            english.append(f"{name_en}: {line[key]}.")
    if line.get("region"):
        chinese.append(f"地区：{line['region']}。")
        english.append(f"Region: {line['region']}.")
    return {"zh": "".join(chinese), "en": " ".join(english)}


def reported_body(line, kind, english):
    language = line["lang"]
    titles = localized(**{"zh": None, "en": english, language: line["title"]})
    texts = {language: tidy(line["summary"])}
    card = CARD_OF_INDUSTRY[line["industry"]]
    body = {
        "title": titles,
        "summary": texts,
        "card": card,
        "field": FIELD_OF_CARD[card],
        "keywords": line["keywords"],
        "modes": modes_of([line.get("mode", "")]),
        "source": line["source"],
        "source_note": reported_note(line),
    }
    if kind == "demand":
        body.update({"pain": texts, "visibility": "public"})
        return body
    stage = line.get("stage", "")
    level = LEVEL_OF_STAGE.get(stage)
    evidence = "；".join(text for text in (stage and f"报道所述阶段：{stage}", line.get("award")) if text)
    body.update(
        {
            "price_mode": "negotiable",
            "rights": "unclear",
            "ip": reported_right(line.get("ip")),
            "trl": level,
            "trl_method": "self" if level else None,
            "stage_evidence": {"zh": evidence + ("。成熟度按报道所述阶段推定。" if level else "。")}
            if evidence
            else None,
            "owners_note": line.get("owner") or line.get("org"),
        }
    )
    return body


def reported():
    english = read_words("reported-titles.tsv")
    kinds = {
        "achievement": "achievement",
        "demand": "demand",
        "asean-offer": "achievement",
        "asean-need": "demand",
    }
    for line in read_lines("reported.jsonl"):
        if line["kind"] not in kinds:
            continue
        kind = kinds[line["kind"]]
        body = reported_body(line, kind, english.get(line["id"], [""])[0])
        taken = TAKEN.get(line.get("status", ""))
        record = {
            "id": line["id"],
            "kind": kind,
            "owner": "digest",
            "place": place_of(line.get("region", "")),
            "origin": "reported",
            "state": "closed" if taken else "published",
        }
        if taken:
            record["closed_because"] = taken
        record["body"] = as_form(body, line["lang"], "public_report")
        yield record


def write_entries(folder):
    """All entries, published on working days of 2026, composed and reported ones mixed."""
    first, last = datetime.date(2026, 1, 5), datetime.date(2026, 11, 20)
    days = Calendar().working_days(first, last)
    one, two = list(composed()), list(reported())
    mixed = sorted(
        one + two, key=lambda record: (int(record["id"].strip("ADEXRS")) * 7919 % 101, record["id"])
    )
    for position, record in enumerate(mixed):
        record["published"] = days[position * (len(days) - 1) // (len(mixed) - 1)].isoformat()
    others = list(factors(days))
    write_lines(folder, "entries.jsonl", mixed + others)
    return len(one) + len(others), len(two)
