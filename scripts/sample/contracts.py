"""Two years of sample contracts (December 2024 to November 2026), made from lists by a seeded generator, and the publicly reported deals.
All amounts are whole yuan; nothing here is a real contract. Reported deals were never registered on the platform and do not count."""
import datetime
import random

from common import Calendar, credit_code, read_lines, write_lines, yuan
from entries import CITY, FIELD_OF_CARD, CARD_OF_INDUSTRY, localized
from parties import organisations

SEED = 20261124
COUNT = 600
MARK = "（样例）"

# Share of the cities in percent, invented: large cities first.
CITY_WEIGHTS = [
    ("南宁", 36),
    ("柳州", 17),
    ("桂林", 14),
    ("玉林", 5),
    ("北海", 4),
    ("钦州", 4),
    ("梧州", 3),
    ("百色", 3),
    ("贵港", 3),
    ("河池", 3),
    ("崇左", 3),
    ("来宾", 2),
    ("贺州", 2),
    ("防城港", 1),
]
# Class, weight, lowest and highest amount in thousands of yuan, lowest technical share in percent.
CLASSES = [
    ("SERVICE.GENERAL", 300, 60, 9000, 55),
    ("SERVICE.TRAINING", 12, 20, 300, 90),
    ("SERVICE.INTERMEDIARY", 6, 10, 200, 100),
    ("DEV.COMMISSIONED", 150, 150, 9000, 70),
    ("DEV.COOPERATIVE", 40, 300, 15000, 65),
    ("CONSULT", 40, 20, 500, 100),
    ("TRANSFER.PATENT", 14, 50, 2500, 100),
    ("TRANSFER.PATENT_APPLICATION", 3, 30, 300, 100),
    ("TRANSFER.KNOWHOW", 3, 200, 3000, 95),
    ("TRANSFER.SOFTWARE", 3, 50, 800, 100),
    ("TRANSFER.PLANT", 4, 300, 3000, 100),
    ("TRANSFER.EQUITY", 2, 1000, 9000, 100),
    ("LICENCE.PATENT.EXCLUSIVE", 8, 200, 3000, 100),
    ("LICENCE.PATENT.SOLE", 2, 150, 1500, 100),
    ("LICENCE.PATENT.ORDINARY", 9, 30, 800, 100),
    ("LICENCE.KNOWHOW", 3, 100, 1500, 95),
    ("LICENCE.OTHER", 2, 50, 500, 100),
]
# What each class is judged from: the row of `parts` (kind, and ip, licence, research_by where they apply) and the kind of right.
PART_OF_CLASS = {
    "SERVICE.GENERAL": {"kind": "problem"},
    "SERVICE.TRAINING": {"kind": "training"},
    "SERVICE.INTERMEDIARY": {"kind": "brokering"},
    "CONSULT": {"kind": "analysis"},
    "DEV.COMMISSIONED": {"kind": "rnd", "research_by": "seller"},
    "DEV.COOPERATIVE": {"kind": "rnd", "research_by": "all"},
    "TRANSFER.PATENT": {"kind": "rights", "ip": "patent"},
    "TRANSFER.PATENT_APPLICATION": {"kind": "rights", "ip": "patent_application"},
    "TRANSFER.KNOWHOW": {"kind": "rights", "ip": "knowhow"},
    "TRANSFER.SOFTWARE": {"kind": "rights", "ip": "software"},
    "TRANSFER.PLANT": {"kind": "rights", "ip": "plant"},
    "TRANSFER.EQUITY": {"kind": "equity", "ip": "patent"},
    "LICENCE.PATENT.EXCLUSIVE": {"kind": "use", "ip": "patent", "licence": "exclusive"},
    "LICENCE.PATENT.SOLE": {"kind": "use", "ip": "patent", "licence": "sole"},
    "LICENCE.PATENT.ORDINARY": {"kind": "use", "ip": "patent", "licence": "ordinary"},
    "LICENCE.KNOWHOW": {"kind": "use", "ip": "knowhow", "licence": "ordinary"},
    "LICENCE.OTHER": {"kind": "use", "ip": "software", "licence": "ordinary"},
}
IP_KIND = {
    "patent": "patent_invention",
    "patent_application": "patent_invention",
    "knowhow": "know_how",
    "software": "software",
    "plant": "plant_variety",
}
WORD_OF_CLASS = {
    "SERVICE.GENERAL": "技术服务",
    "SERVICE.TRAINING": "技术培训",
    "SERVICE.INTERMEDIARY": "技术中介",
    "DEV.COMMISSIONED": "委托开发",
    "DEV.COOPERATIVE": "合作开发",
    "CONSULT": "技术咨询",
    "TRANSFER.PATENT": "专利权转让",
    "TRANSFER.PATENT_APPLICATION": "专利申请权转让",
    "TRANSFER.KNOWHOW": "技术秘密转让",
    "TRANSFER.SOFTWARE": "软件著作权转让",
    "TRANSFER.PLANT": "植物新品种权转让",
    "TRANSFER.EQUITY": "技术入股",
    "LICENCE.PATENT.EXCLUSIVE": "专利独占许可",
    "LICENCE.PATENT.SOLE": "专利排他许可",
    "LICENCE.PATENT.ORDINARY": "专利普通许可",
    "LICENCE.KNOWHOW": "技术秘密许可",
    "LICENCE.OTHER": "软件许可",
}

# Technical field → weight, section of GB/T 4754, social and economic goal, subjects of contracts.
FIELDS = {
    "1": (
        26,
        "I",
        "10",
        [
            "园区能耗监测平台",
            "糖厂生产数据看板",
            "多语种客服系统",
            "北斗形变监测系统",
            "质量追溯系统",
            "口岸单证识别系统",
            "无人机巡检系统",
            "车间视觉检测软件",
        ],
    ),
    "3": (
        17,
        "C",
        "10",
        ["装载机液压系统", "焊点检测装置", "螺蛳粉包装线", "驱动电机试验台", "冲压模具优化", "机器人上下料单元", "柴油机台架标定", "变速箱降噪"],
    ),
    "4": (8, "Q", "03", ["罗汉果苷提纯工艺", "壮药制剂质控方法", "六堡茶功效成分分析", "快检试剂", "康复支具", "植物提取中试"]),
    "5": (10, "C", "10", ["铝合金厚板热处理", "磁钢晶界扩散", "水性木器漆树脂", "锰基正极材料", "石墨烯导热膜", "隔震橡胶配方"]),
    "6": (8, "D", "02", ["光伏电站运维", "糖厂蒸汽节能", "余热回收系统", "储能电站调度", "空压机群控"]),
    "7": (11, "N", "01", ["赤泥综合利用", "猪场尾水脱氮", "矿区农田安全利用", "烟气脱硫优化", "河道水质模型", "固废鉴别"]),
    "9": (10, "A", "09", ["甘蔗切种播种机", "柑橘黄龙病检测", "沃柑分选线", "香蕉抗病种苗", "小蚕人工饲料", "水稻新品种", "牡蛎三倍体苗种"]),
    "10": (4, "G", "05", ["边坡预警系统", "内河船舶调度", "收费站交通仿真", "桥梁健康监测"]),
    "11": (6, "E", "05", ["管网漏损检测", "地下空间勘察方法", "智慧工地监管", "城市内涝模型"]),
}
ELSEWHERE = [
    ("440100", "广州"),
    ("440300", "深圳"),
    ("430100", "长沙"),
    ("530100", "昆明"),
    ("510100", "成都"),
    ("310000", "上海"),
    ("110000", "北京"),
    ("320500", "苏州"),
]
ABROAD = [
    ("VN", "越南河内"),
    ("TH", "泰国曼谷"),
    ("MY", "马来西亚吉隆坡"),
    ("ID", "印度尼西亚雅加达"),
    ("PH", "菲律宾马尼拉"),
    ("LA", "老挝万象"),
    ("KH", "柬埔寨金边"),
]
NATURE = {
    "university": "022",
    "institute": "021",
    "hospital": "023",
    "government": "012",
    "other": "180",
}
SELLS = {"university", "institute", "enterprise"}
ABROAD_PLACE = (
    "800000"  # "elsewhere" in the region codes of the old contract form; lies in no region of ours
)


def weighted(generator, rows):
    """One row; the weight is its second value."""
    return generator.choices(rows, weights=[row[1] for row in rows])[0]


def party_of(record):
    return {
        "organisation": record["key"],
        "name": record["name"],
        "credit_code": record["credit_code"],
        "nature": NATURE.get(record["kind"], "150"),
        "place": record["place"],
    }


def seller_in(generator, city, own):
    """An organisation of the city; universities and institutes are drawn three times as often as a company."""
    rows = [
        record
        for record in own.values()
        if record["kind"] in SELLS and record["place"].startswith(CITY[city][:4])
    ]
    return party_of(
        generator.choices(rows, weights=[1 if row["kind"] == "enterprise" else 3 for row in rows])[
            0
        ]
    )


def buyer_for(generator, seller, own):
    draw = generator.randint(1, 100)
    if draw <= 4:
        _, city = generator.choice(ABROAD)
        return {
            "name": f"{city}样例公司{MARK}",
            "credit_code": "境外",
            "nature": "900",
            "place": ABROAD_PLACE,
        }
    number = generator.randint(1, 20)
    if draw <= 22:
        place, city = generator.choice(ELSEWHERE)
        return {
            "name": f"{city}样例科技{number}号有限公司{MARK}",
            "credit_code": credit_code("91", place, 9000 + number),
            "nature": "150",
            "place": place,
        }
    city = weighted(generator, CITY_WEIGHTS)[0]
    rows = [
        record
        for record in own.values()
        if record["kind"] in ("enterprise", "other")
        and record["place"].startswith(CITY[city][:4])
        and record["key"] != seller["organisation"]
    ]
    return party_of(generator.choice(rows))


def amounts(generator, low, high, technical_percent):
    """Total and technical amount in whole yuan: small contracts are common, large ones rare."""
    step = generator.randint(1, 100)
    ceiling = low + (high - low) * (12 if step <= 60 else 40 if step <= 90 else 100) // 100
    total = generator.randint(low, max(low, ceiling)) * 1000
    percent = generator.randint(technical_percent, 100)
    return total, total * percent // 100 // 100 * 100


def registered_days(generator):
    """Working days in order, with more contracts towards the end of a year and in the second year."""
    days = Calendar().working_days(datetime.date(2024, 12, 2), datetime.date(2026, 11, 20))
    weights = [
        (3 if day.month in (11, 12) else 2 if day.month in (6, 9, 10) else 1)
        * (5 if day.year == 2026 else 4)
        for day in days
    ]
    return sorted(generator.choices(days, weights=weights, k=COUNT))


def payments_of(generator, code, total):
    """The mode and its rows; the last one takes the rest, so that the rows add up."""
    if code == "TRANSFER.EQUITY":
        return "EQUITY", [{"due": "办理股权登记后", "amount": yuan(total)}]
    if generator.randint(1, 3) == 1 or total < 100000:
        return "LUMP", [{"due": "验收合格后十日内", "amount": yuan(total)}]
    first, second = total * 3 // 10, total * 4 // 10
    return "INSTALMENT", [
        {"due": "合同生效后十日内", "amount": yuan(first)},
        {"due": "提交中期成果后十日内", "amount": yuan(second)},
        {"due": "验收合格后十日内", "amount": yuan(total - first - second)},
    ]


def body_of(generator, code, seller, buyer, dates):
    rows = [
        (field, *values)
        for field, values in FIELDS.items()
        if not (code == "TRANSFER.PLANT" and field != "9")
    ]
    field, _, section, goal, subjects = weighted(generator, rows)
    subject = "水稻新品种" if code == "TRANSFER.PLANT" else generator.choice(subjects)
    _, _, low, high, technical_percent = next(row for row in CLASSES if row[0] == code)
    total, technical = amounts(generator, low, high, technical_percent)
    mode, payments = payments_of(generator, code, total)
    part = PART_OF_CLASS[code]
    lines = [{"part": "P1", "amount": yuan(technical), "kind": "technical"}]
    if total > technical:
        lines.append(
            {
                "part": "P1",
                "amount": yuan(total - technical),
                "kind": "equipment",
                "note": "外购设备和材料",
            }
        )
    plan = weighted(
        generator, [("outside", 82), ("province", 9), ("city_county", 6), ("key", 2), ("nsfc", 1)]
    )[0]
    body = {
        "title": f"{subject}{WORD_OF_CLASS[code]}",
        "direction": "export" if buyer["place"] == ABROAD_PLACE else "domestic",
        **({"control_class": "free", "licence_no": "样例登记", "use_place": "境外"}
           if buyer["place"] == ABROAD_PLACE else {}),
        "signed_on": dates[0],
        "valid_from": dates[0],
        "valid_to": dates[1],
        "class_claimed": code,
        "field": field,
        "ip_kind": IP_KIND.get(part.get("ip"), "none"),
        "plan_category": plan,
        "industry": section,
        "goal": goal,
    }
    for side, party in (("seller", seller), ("buyer", buyer)):
        body.update(
            {f"{side}_{name}": party[name] for name in ("name", "credit_code", "place", "nature")}
        )
    body.update(
        {
            "subject": f"卖方就{subject}向买方提供{WORD_OF_CLASS[code]}，目标、指标和交付物见附件。样例文本，不是真实合同。",
            "ip_terms": "履行合同形成的知识产权归属和后续改进的归属由双方书面约定，见附件。",
            "acceptance": "按约定指标验收，出具验收单。",
            "total": yuan(total),
            "payment_mode": mode,
            "parts": [{"id": "P1", **part}],
            "lines": lines,
            "payments": payments,
        }
    )
    return body, total, technical


def contract(generator, number, registered, own, calendar):
    city = weighted(generator, CITY_WEIGHTS)[0]
    code = weighted(generator, CLASSES)[0]
    seller = seller_in(generator, city, own)
    buyer = buyer_for(generator, seller, own)
    submitted = calendar.before(registered, generator.randint(2, 13))
    signed = submitted - datetime.timedelta(days=generator.randint(3, 40))
    end = datetime.date(signed.year + generator.randint(1, 3), signed.month, min(signed.day, 28))
    body, total, technical = body_of(
        generator, code, seller, buyer, (signed.isoformat(), end.isoformat())
    )
    point = next(
        key
        for key, record in own.items()
        if record["kind"] == "registration_point" and record["place"] == CITY[city]
    )
    row = {
        "id": f"SC{number:04d}",
        "state": "registered",
        "owner": seller["organisation"],
        "point": point,
        "place": seller["place"],
        "class": code,
        "total": yuan(total),
        "technical": yuan(technical),
        "submitted": submitted.isoformat(),
        "registered": registered.isoformat(),
        "sample": True,
        "body": body,
        "answers": {},
    }
    if "organisation" in buyer:
        row["counterpart"] = buyer["organisation"]
    return row


def generate():
    generator = random.Random(SEED)
    own, calendar = organisations(), Calendar()
    rows = [
        contract(generator, number, day, own, calendar)
        for number, day in enumerate(registered_days(generator), start=1)
    ]
    for row in generator.sample(rows[:500], 6):
        day = datetime.date.fromisoformat(row["registered"]) + datetime.timedelta(days=30)
        last = calendar.working_days(day, day + datetime.timedelta(days=12))[0]
        row.update(
            {"state": "cancelled", "cancelled": last.isoformat(), "cancelled_because": "parties"}
        )
    return rows


def reported_deals():
    """Deals as reported, with their source. A figure is taken as printed; one for several deals together says so."""
    for line in read_lines("reported.jsonl"):
        if line["kind"] != "deal":
            continue
        card = CARD_OF_INDUSTRY.get(line["industry"])
        price = line.get("price_yuan")
        yield localized(
            id=line["id"],
            title=line["title"],
            mode=line["mode"],
            seller=line.get("transferor"),
            buyer=line.get("transferee"),
            price=yuan(price) if price else None,
            pricing=line.get("pricing"),
            payment=line.get("payment"),
            royalty=line.get("royalty"),
            region=line.get("region"),
            field=FIELD_OF_CARD.get(card),
            date=line.get("date"),
            date_kind=line.get("date_kind"),
            summary=line.get("summary"),
            price_note=line.get("price_note"),
            note=line.get("note"),
            aggregate=line.get("aggregate"),
            related_party=line.get("related_party"),
            notice_from=line.get("notice_from"),
            notice_to=line.get("notice_to"),
            status=line.get("status"),
            state="reported",
            source=line["source"],
            source_kind=line["source_kind"],
        )


def write_contracts(folder):
    rows, deals = generate(), list(reported_deals())
    write_lines(folder, "contracts.jsonl", rows)
    write_lines(folder, "deals.jsonl", deals)
    return len(rows), len(deals)
