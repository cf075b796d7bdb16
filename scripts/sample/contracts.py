"""Two years of sample contracts (December 2024 to November 2026), made from lists by a seeded generator, and the publicly reported deals.
All amounts are whole yuan; nothing here is a real contract. Reported deals were never registered on the platform and do not count."""
import datetime
import random

from common import Calendar, read_lines, write_lines, yuan
from entries import CITY, FIELD_OF_CARD, CARD_OF_INDUSTRY, localized
from parties import organisations

SEED = 20261124
COUNT = 600
MARK = "（样例）"

# Share of the cities in percent, invented: large cities first.
CITY_WEIGHTS = [("南宁", 36), ("柳州", 17), ("桂林", 14), ("玉林", 5), ("北海", 4), ("钦州", 4), ("梧州", 3), ("百色", 3), ("贵港", 3), ("河池", 3), ("崇左", 3),
                ("来宾", 2), ("贺州", 2), ("防城港", 1)]
POINTS = {"450100": "point-nanning", "450200": "point-liuzhou", "450300": "point-guilin"}

# Class, weight, lowest and highest amount in thousands of yuan, lowest technical share in percent.
CLASSES = [
    ("SERVICE.GENERAL", 300, 60, 6000, 55), ("SERVICE.TRAINING", 12, 20, 300, 90), ("SERVICE.INTERMEDIARY", 6, 10, 200, 100),
    ("DEV.COMMISSIONED", 150, 150, 5000, 70), ("DEV.COOPERATIVE", 40, 300, 8000, 65), ("CONSULT", 40, 20, 500, 100),
    ("TRANSFER.PATENT", 14, 50, 2500, 100), ("TRANSFER.PATENT_APPLICATION", 3, 30, 300, 100), ("TRANSFER.KNOWHOW", 3, 200, 3000, 95),
    ("TRANSFER.SOFTWARE", 3, 50, 800, 100), ("TRANSFER.PLANT", 4, 300, 3000, 100), ("TRANSFER.EQUITY", 2, 1000, 9000, 100),
    ("LICENCE.PATENT.EXCLUSIVE", 8, 200, 3000, 100), ("LICENCE.PATENT.SOLE", 2, 150, 1500, 100), ("LICENCE.PATENT.ORDINARY", 9, 30, 800, 100),
    ("LICENCE.KNOWHOW", 3, 100, 1500, 95), ("LICENCE.OTHER", 2, 50, 500, 100),
]
IP_OF_CLASS = {"TRANSFER.PATENT": "patent_invention", "TRANSFER.PATENT_APPLICATION": "patent_invention", "TRANSFER.KNOWHOW": "know_how",
               "TRANSFER.SOFTWARE": "software", "TRANSFER.PLANT": "plant_variety", "LICENCE.PATENT.EXCLUSIVE": "patent_invention",
               "LICENCE.PATENT.SOLE": "patent_invention", "LICENCE.PATENT.ORDINARY": "patent_utility", "LICENCE.KNOWHOW": "know_how",
               "LICENCE.OTHER": "software", "TRANSFER.EQUITY": "patent_invention"}
WORD_OF_CLASS = {"SERVICE.GENERAL": "技术服务", "SERVICE.TRAINING": "技术培训", "SERVICE.INTERMEDIARY": "技术中介", "DEV.COMMISSIONED": "委托开发",
                 "DEV.COOPERATIVE": "合作开发", "CONSULT": "技术咨询", "TRANSFER.PATENT": "专利权转让", "TRANSFER.PATENT_APPLICATION": "专利申请权转让",
                 "TRANSFER.KNOWHOW": "技术秘密转让", "TRANSFER.SOFTWARE": "软件著作权转让", "TRANSFER.PLANT": "植物新品种权转让", "TRANSFER.EQUITY": "技术入股",
                 "LICENCE.PATENT.EXCLUSIVE": "专利独占许可", "LICENCE.PATENT.SOLE": "专利排他许可", "LICENCE.PATENT.ORDINARY": "专利普通许可",
                 "LICENCE.KNOWHOW": "技术秘密许可", "LICENCE.OTHER": "软件许可"}

# Technical field → weight, section of GB/T 4754, social and economic goal, subjects of contracts.
FIELDS = {
    "1": (26, "I", "10", ["园区能耗监测平台", "糖厂生产数据看板", "多语种客服系统", "北斗形变监测系统", "质量追溯系统", "口岸单证识别系统", "无人机巡检系统", "车间视觉检测软件"]),
    "3": (17, "C", "10", ["装载机液压系统", "焊点检测装置", "螺蛳粉包装线", "驱动电机试验台", "冲压模具优化", "机器人上下料单元", "柴油机台架标定", "变速箱降噪"]),
    "4": (8, "Q", "03", ["罗汉果苷提纯工艺", "壮药制剂质控方法", "六堡茶功效成分分析", "快检试剂", "康复支具", "植物提取中试"]),
    "5": (10, "C", "10", ["铝合金厚板热处理", "磁钢晶界扩散", "水性木器漆树脂", "锰基正极材料", "石墨烯导热膜", "隔震橡胶配方"]),
    "6": (8, "D", "02", ["光伏电站运维", "糖厂蒸汽节能", "余热回收系统", "储能电站调度", "空压机群控"]),
    "7": (11, "N", "01", ["赤泥综合利用", "猪场尾水脱氮", "矿区农田安全利用", "烟气脱硫优化", "河道水质模型", "固废鉴别"]),
    "9": (10, "A", "09", ["甘蔗切种播种机", "柑橘黄龙病检测", "沃柑分选线", "香蕉抗病种苗", "小蚕人工饲料", "水稻新品种", "牡蛎三倍体苗种"]),
    "10": (4, "G", "05", ["边坡预警系统", "内河船舶调度", "收费站交通仿真", "桥梁健康监测"]),
    "11": (6, "E", "05", ["管网漏损检测", "地下空间勘察方法", "智慧工地监管", "城市内涝模型"]),
}
TRADES = ["科技", "装备", "材料", "农业", "环保", "信息", "制药", "能源", "食品", "工程"]
ELSEWHERE = [("440100", "广州"), ("440300", "深圳"), ("430100", "长沙"), ("530100", "昆明"), ("510100", "成都"), ("310000", "上海"), ("110000", "北京"), ("320500", "苏州")]
ABROAD = [("VN", "越南河内"), ("TH", "泰国曼谷"), ("MY", "马来西亚吉隆坡"), ("ID", "印度尼西亚雅加达"), ("PH", "菲律宾马尼拉"), ("LA", "老挝万象"), ("KH", "柬埔寨金边")]
SELLERS = {"南宁": ["gxu", "gxaas", "nn-tech", "hospital"], "桂林": ["guet", "glut", "inst-fruit"], "柳州": ["gxust", "lz-machine", "lz-auto"],
           "钦州": ["bbwu", "inst-sea"], "百色": ["inst-baise"], "河池": ["inst-west"], "崇左": ["inst-cane"], "梧州": ["inst-forest"],
           "玉林": ["yl-engine"], "来宾": ["lb-cell"], "北海": ["bh-sea"]}
PUBLIC = {"university": "022", "institute": "021", "hospital": "023"}


def weighted(generator, rows):
    """One row; the weight is its second value."""
    return generator.choices(rows, weights=[row[1] for row in rows])[0]


def invented(generator, city, place):
    """A party that exists only here."""
    number = generator.randint(1, 40)
    name = f"{city}样例{generator.choice(TRADES)}{number}号有限公司{MARK}"
    return {"name": name, "nature": ("150", "170", "160", "110")[number % 4], "country": "CN", "place": place}


def known(record):
    nature = PUBLIC.get(record["kind"], "150")
    return {"organisation": record["key"], "name": record["name"], "credit_code": record["credit_code"], "nature": nature, "country": "CN",
            "place": record["place"]}


def seller_in(generator, city, own):
    keys = SELLERS.get(city, [])
    if keys and generator.randint(1, 100) <= 45:
        return known(own[generator.choice(keys)])
    return invented(generator, city, CITY[city])


def buyer_for(generator, seller, own):
    draw = generator.randint(1, 100)
    if draw <= 4:
        country, city = generator.choice(ABROAD)
        return {"name": f"{city}样例{generator.choice(TRADES)}公司{MARK}", "nature": "900", "country": country, "place": ""}
    if draw <= 22:
        place, city = generator.choice(ELSEWHERE)
        return invented(generator, city, place)
    city = weighted(generator, CITY_WEIGHTS)[0]
    enterprises = [record for record in own.values() if record["kind"] == "enterprise" and record["place"].startswith(CITY[city][:4])
                   and record["name"] != seller["name"]]
    if enterprises and generator.randint(1, 100) <= 30:
        return known(generator.choice(enterprises))
    return invented(generator, city, CITY[city])


def amounts(generator, low, high, technical_percent):
    """Total and technical amount in whole yuan: small contracts are common, large ones rare."""
    step = generator.randint(1, 100)
    ceiling = low + (high - low) * (12 if step <= 60 else 40 if step <= 92 else 100) // 100
    total = generator.randint(low, max(low, ceiling)) * 1000
    percent = generator.randint(technical_percent, 100)
    return total, total * percent // 100 // 100 * 100


def registered_days(generator):
    """Working days in order, with more contracts towards the end of a year and in the second year."""
    days = Calendar().working_days(datetime.date(2024, 12, 2), datetime.date(2026, 11, 20))
    weights = [(3 if day.month in (11, 12) else 2 if day.month in (6, 9, 10) else 1) * (5 if day.year == 2026 else 4) for day in days]
    return sorted(generator.choices(days, weights=weights, k=COUNT))


def payment_of(generator, code):
    if code == "TRANSFER.EQUITY":
        return "EQUITY"
    if code.startswith("LICENCE"):
        return generator.choice(["LUMP", "INSTALMENT", "ROYALTY_ENTRY"])
    return generator.choice(["LUMP", "INSTALMENT", "INSTALMENT"])


def contract(generator, number, registered, own, calendar):
    city = weighted(generator, CITY_WEIGHTS)[0]
    code, _, low, high, technical_percent = weighted(generator, CLASSES)
    rows = [(field, *values) for field, values in FIELDS.items() if not (code == "TRANSFER.PLANT" and field != "9")]
    field, _, section, goal, subjects = weighted(generator, rows)
    subject = "水稻新品种" if code == "TRANSFER.PLANT" else generator.choice(subjects)
    seller = seller_in(generator, city, own)
    buyer = buyer_for(generator, seller, own)
    total, technical = amounts(generator, low, high, technical_percent)
    submitted = calendar.before(registered, generator.randint(2, 13))
    signed = submitted - datetime.timedelta(days=generator.randint(3, 40))
    end = datetime.date(signed.year + generator.randint(1, 3), signed.month, min(signed.day, 28))
    plan = weighted(generator, [("outside", 82), ("province", 9), ("city_county", 6), ("key", 2), ("nsfc", 1)])[0]
    return {
        "id": f"SC{number:04d}", "title": f"{subject}{WORD_OF_CLASS[code]}", "class": code, "state": "registered",
        "seller": seller, "buyer": buyer, "signed": signed.isoformat(), "valid_from": signed.isoformat(), "valid_until": end.isoformat(),
        "submitted": submitted.isoformat(), "registered": registered.isoformat(), "currency": "CNY", "total": yuan(total),
        "technical": yuan(technical), "payment": payment_of(generator, code), "field": field, "ip": IP_OF_CLASS.get(code, "none"),
        "plan": plan, "industry": section, "goal": goal, "point": POINTS.get(seller["place"][:4] + "00", "point-region"), "sample": True,
    }


def generate():
    generator = random.Random(SEED)
    own, calendar = organisations(), Calendar()
    rows = [contract(generator, number, day, own, calendar) for number, day in enumerate(registered_days(generator), start=1)]
    for row in generator.sample(rows[:500], 6):
        day = datetime.date.fromisoformat(row["registered"]) + datetime.timedelta(days=30)
        last = calendar.working_days(day, day + datetime.timedelta(days=12))[0]
        row.update({"state": "cancelled", "cancelled": last.isoformat(), "cancelled_because": "parties"})
    return rows


def reported_deals():
    """Deals as reported, with their source. A figure is taken as printed; one for several deals together says so."""
    for line in read_lines("reported.jsonl"):
        if line["kind"] != "deal":
            continue
        card = CARD_OF_INDUSTRY.get(line["industry"])
        price = line.get("price_yuan")
        yield localized(
            id=line["id"], title=line["title"], mode=line["mode"], seller=line.get("transferor"), buyer=line.get("transferee"),
            price=yuan(price) if price else None, pricing=line.get("pricing"), payment=line.get("payment"), royalty=line.get("royalty"),
            region=line.get("region"), field=FIELD_OF_CARD.get(card), date=line.get("date"), date_kind=line.get("date_kind"),
            summary=line.get("summary"), price_note=line.get("price_note"), note=line.get("note"), aggregate=line.get("aggregate"),
            related_party=line.get("related_party"), notice_from=line.get("notice_from"), notice_to=line.get("notice_to"),
            status=line.get("status"), state="reported", source=line["source"], source_kind=line["source_kind"])


def write_contracts(folder):
    rows, deals = generate(), list(reported_deals())
    write_lines(folder, "contracts.jsonl", rows)
    write_lines(folder, "deals.jsonl", deals)
    return len(rows), len(deals)
