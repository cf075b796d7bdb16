"""Sample organisations and accounts. Real universities and offices stand here only as names of a demonstration: their credit codes,
people and addresses are invented, and every one of them carries the mark of a sample."""
from common import credit_code, write_text

MARK = "（样例）"
PASSWORD = "Guiqiao-sample-2026"

# key, category of the credit code, kind, public body, place, Chinese name, English name, introduction
ORGANISATIONS = [
    ("kjt", "11", "government", True, "450000", "广西壮族自治区科学技术厅", "Department of Science and Technology of Guangxi", "自治区科技主管部门。"),
    ("kjj-nanning", "11", "government", True, "450100", "南宁市科学技术局", "Nanning Bureau of Science and Technology", "市级科技主管部门。"),
    ("kjj-liuzhou", "11", "government", True, "450200", "柳州市科学技术局", "Liuzhou Bureau of Science and Technology", "市级科技主管部门。"),
    ("kjj-guilin", "11", "government", True, "450300", "桂林市科学技术局", "Guilin Bureau of Science and Technology", "市级科技主管部门。"),
    ("kjj-yulin", "11", "government", True, "450900", "玉林市科学技术局", "Yulin Bureau of Science and Technology", "市级科技主管部门。"),
    ("kjj-hechi", "11", "government", True, "451200", "河池市科学技术局", "Hechi Bureau of Science and Technology", "市级科技主管部门。"),
    ("kjj-hengzhou", "11", "government", True, "450181", "横州市科技工业和信息化局", "Hengzhou Bureau of Science, Industry and Information", "县级科技主管部门。"),
    ("gxu", "12", "university", True, "450107", "广西大学", "Guangxi University", "综合性大学，设成果转化部门。"),
    ("guet", "12", "university", True, "450305", "桂林电子科技大学", "Guilin University of Electronic Technology", "以电子信息为主的大学。"),
    ("glut", "12", "university", True, "450300", "桂林理工大学", "Guilin University of Technology", "以材料、环境、资源为主的大学。"),
    ("gxust", "12", "university", True, "450200", "广西科技大学", "Guangxi University of Science and Technology", "以汽车和工程机械为主的大学。"),
    ("gxaas", "12", "institute", True, "450107", "广西农业科学院", "Guangxi Academy of Agricultural Sciences", "农业科研机构。"),
    ("bbwu", "12", "university", True, "450700", "北部湾大学", "Beibu Gulf University", "以海洋和港口为主的大学。"),
    ("inst-baise", "12", "institute", True, "451000", "百色样例铝产业研究院", "Baise Sample Aluminium Research Institute", "虚构的研究机构。"),
    ("inst-west", "12", "institute", True, "451200", "河池样例生态与蚕桑研究所", "Hechi Sample Institute of Ecology and Sericulture", "虚构的研究机构。"),
    ("inst-forest", "12", "institute", True, "450400", "梧州样例林产化工研究所", "Wuzhou Sample Institute of Forest Chemicals", "虚构的研究机构。"),
    ("inst-cane", "12", "institute", True, "451400", "崇左样例甘蔗研究所", "Chongzuo Sample Sugarcane Institute", "虚构的研究机构。"),
    ("inst-fruit", "12", "institute", True, "450300", "桂林样例柑橘研究所", "Guilin Sample Citrus Institute", "虚构的研究机构。"),
    ("inst-sea", "12", "institute", True, "450700", "钦州样例海洋水产研究所", "Qinzhou Sample Institute of Fisheries", "虚构的研究机构。"),
    ("hospital", "12", "hospital", True, "450100", "南宁样例民族医医院", "Nanning Sample Hospital of Ethnic Medicine", "虚构的医院。"),
    ("lz-machine", "91", "enterprise", False, "450200", "柳州样例工程机械有限公司", "Liuzhou Sample Machinery Co., Ltd.", "虚构的工程机械企业。"),
    ("lz-auto", "91", "enterprise", False, "450200", "柳州样例汽车零部件有限公司", "Liuzhou Sample Auto Parts Co., Ltd.", "虚构的汽车零部件企业。"),
    ("lz-noodle", "91", "enterprise", False, "450200", "柳州样例螺蛳粉食品有限公司", "Liuzhou Sample Rice Noodle Co., Ltd.", "虚构的食品企业。"),
    ("nn-tech", "91", "enterprise", False, "450100", "南宁样例智能科技有限公司", "Nanning Sample Intelligence Co., Ltd.", "虚构的软件企业。"),
    ("nn-alu", "91", "enterprise", False, "450100", "南宁样例航空铝材有限公司", "Nanning Sample Aviation Aluminium Co., Ltd.", "虚构的铝加工企业。"),
    ("yl-engine", "91", "enterprise", False, "450900", "玉林样例动力机器有限公司", "Yulin Sample Engine Co., Ltd.", "虚构的发动机企业。"),
    ("yl-farm", "91", "enterprise", False, "450900", "玉林样例生态养殖有限公司", "Yulin Sample Farming Co., Ltd.", "虚构的养殖企业。"),
    ("cz-sugar", "91", "enterprise", False, "451400", "崇左样例糖业有限公司", "Chongzuo Sample Sugar Co., Ltd.", "虚构的制糖企业。"),
    ("bs-alu", "91", "enterprise", False, "451000", "百色样例铝业有限公司", "Baise Sample Aluminium Co., Ltd.", "虚构的铝业企业。"),
    ("px-trade", "91", "enterprise", False, "451481", "凭祥样例跨境贸易有限公司", "Pingxiang Sample Trade Co., Ltd.", "虚构的跨境贸易企业。"),
    ("lb-cell", "91", "enterprise", False, "451300", "来宾样例储能材料有限公司", "Laibin Sample Storage Materials Co., Ltd.", "虚构的电池材料企业。"),
    ("wz-wood", "91", "enterprise", False, "450400", "梧州样例家居有限公司", "Wuzhou Sample Furniture Co., Ltd.", "虚构的家具企业。"),
    ("bh-sea", "91", "enterprise", False, "450500", "北海样例海洋装备有限公司", "Beihai Sample Marine Equipment Co., Ltd.", "虚构的海洋装备企业。"),
    ("qz-oyster", "93", "other", False, "450700", "钦州样例蚝业专业合作社", "Qinzhou Sample Oyster Cooperative", "虚构的合作社。"),
    ("gg-home", "91", "enterprise", False, "450800", "贵港样例家居材料有限公司", "Guigang Sample Home Materials Co., Ltd.", "虚构的家具材料企业。"),
    ("gl-food", "91", "enterprise", False, "450300", "桂林样例健康食品有限公司", "Guilin Sample Health Food Co., Ltd.", "虚构的食品企业。"),
    ("hc-road", "91", "enterprise", False, "451200", "河池样例高速公路养护有限公司", "Hechi Sample Motorway Maintenance Co., Ltd.", "虚构的公路企业。"),
    ("nn-orchard", "93", "other", False, "450100", "南宁样例沃柑专业合作社", "Nanning Sample Orah Cooperative", "虚构的合作社。"),
    ("cz-banana", "93", "other", False, "451400", "崇左样例香蕉专业合作社", "Chongzuo Sample Banana Cooperative", "虚构的合作社。"),
    ("broker", "91", "transfer_institution", False, "450100", "南宁样例技术转移中心有限公司", "Nanning Sample Technology Transfer Center", "虚构的技术转移机构。"),
    ("digest", "12", "transfer_institution", True, "450000", "公开信息整理组", "Desk for Public Reports", "整理公开报道的样例条目，来源逐条注明；不代表报道中的单位。"),
    ("point-region", "12", "registration_point", True, "450000", "广西样例技术合同登记点", "Guangxi Sample Registration Point", "虚构的登记点，受理自治区直属单位。"),
    ("point-nanning", "12", "registration_point", True, "450100", "南宁样例技术合同登记点", "Nanning Sample Registration Point", "虚构的登记点。"),
    ("point-liuzhou", "12", "registration_point", True, "450200", "柳州样例技术合同登记点", "Liuzhou Sample Registration Point", "虚构的登记点。"),
    ("point-guilin", "12", "registration_point", True, "450300", "桂林样例技术合同登记点", "Guilin Sample Registration Point", "虚构的登记点。"),
    ("market", "91", "market_operator", False, "450100", "广西样例技术交易有限公司", "Guangxi Sample Technology Exchange", "虚构的技术交易机构。"),
    ("vn-sugar", "", "foreign", False, "450000", "越南清化样例糖厂", "Thanh Hoa Sample Sugar Mill (Viet Nam)", "虚构的境外企业。"),
    ("vn-plant", "", "foreign", False, "450000", "越南河内样例植物保护研究所", "Ha Noi Sample Plant Protection Institute (Viet Nam)", "虚构的境外机构。"),
    ("th-cane", "", "foreign", False, "450000", "泰国孔敬样例蔗农联合体", "Khon Kaen Sample Cane Growers (Thailand)", "虚构的境外组织。"),
    ("ph-banana", "", "foreign", False, "450000", "菲律宾达沃样例蕉农合作社", "Davao Sample Banana Cooperative (Philippines)", "虚构的境外组织。"),
    ("my-palm", "", "foreign", False, "450000", "马来西亚柔佛样例棕榈环保公司", "Johor Sample Palm Environment (Malaysia)", "虚构的境外企业。"),
    ("id-road", "", "foreign", False, "450000", "印度尼西亚西爪哇样例公路管理处", "West Java Sample Road Office (Indonesia)", "虚构的境外机构。"),
]

# The fourteen cities; each has invented companies and a registration point, so that every sample contract has both.
CITIES = [("450100", "南宁", "Nanning"), ("450200", "柳州", "Liuzhou"), ("450300", "桂林", "Guilin"), ("450400", "梧州", "Wuzhou"), ("450500", "北海", "Beihai"),
          ("450600", "防城港", "Fangchenggang"), ("450700", "钦州", "Qinzhou"), ("450800", "贵港", "Guigang"), ("450900", "玉林", "Yulin"), ("451000", "百色", "Baise"),
          ("451100", "贺州", "Hezhou"), ("451200", "河池", "Hechi"), ("451300", "来宾", "Laibin"), ("451400", "崇左", "Chongzuo")]
TRADES = [("信息技术", "Information"), ("智能装备", "Equipment"), ("新材料", "Materials"), ("环保科技", "Environment")]

# login, name, language, organisation, role, place of the role
ACCOUNTS = [
    ("admin@guiqiao", "韦明远", "zh-CN", "kjt", "administrator", "450000"),
    ("officer@region", "黄素琴", "zh-CN", "kjt", "officer", "450000"),
    ("officer@nanning", "覃立新", "zh-CN", "kjj-nanning", "officer", "450100"),
    ("officer@liuzhou", "蓝晓峰", "zh-CN", "kjj-liuzhou", "officer", "450200"),
    ("officer@guilin", "莫雨晴", "zh-CN", "kjj-guilin", "officer", "450300"),
    ("officer@yulin", "梁伟东", "zh-CN", "kjj-yulin", "officer", "450900"),
    ("officer@hechi", "罗秀芳", "zh-CN", "kjj-hechi", "officer", "451200"),
    ("officer@hengzhou", "甘志强", "zh-CN", "kjj-hengzhou", "officer", "450181"),
    ("officer@gxu", "陆思远", "zh-CN", "gxu", "transfer_officer", "450107"),
    ("researcher@gxu", "农嘉怡", "zh-CN", "gxu", "researcher", "450107"),
    ("officer@guet", "唐文博", "zh-CN", "guet", "transfer_officer", "450305"),
    ("officer@glut", "秦若兰", "zh-CN", "glut", "transfer_officer", "450300"),
    ("officer@gxust", "石建国", "zh-CN", "gxust", "transfer_officer", "450200"),
    ("officer@gxaas", "谭春华", "zh-CN", "gxaas", "transfer_officer", "450107"),
    ("officer@hospital", "班静", "zh-CN", "hospital", "transfer_officer", "450100"),
    ("engineer@liuzhou", "周海涛", "zh-CN", "lz-machine", "enterprise_member", "450200"),
    ("manager@liuzhou", "杨柳青", "zh-CN", "lz-auto", "enterprise_member", "450200"),
    ("manager@chongzuo", "何永福", "zh-CN", "cz-sugar", "enterprise_member", "451400"),
    ("manager@nanning", "李佳宁", "zh-CN", "nn-tech", "enterprise_member", "450100"),
    ("broker@nanning", "宁小雨", "zh-CN", "broker", "broker", "450100"),
    ("digest@guiqiao", "钟文", "zh-CN", "digest", "broker", "450000"),
    ("registrar@nanning", "卢慧敏", "zh-CN", "point-nanning", "registrar", "450100"),
    ("head@nanning", "邓国平", "zh-CN", "point-nanning", "point_head", "450100"),
    ("registrar@liuzhou", "吴桂香", "zh-CN", "point-liuzhou", "registrar", "450200"),
    ("registrar@guilin", "蒋文清", "zh-CN", "point-guilin", "registrar", "450300"),
    ("registrar@region", "廖志成", "zh-CN", "point-region", "registrar", "450000"),
    ("operator@market", "苏敏", "zh-CN", "market", "market_operator", "450100"),
    ("partner@asean", "Nguyen Van Mau", "en", "vn-sugar", "enterprise_member", "450000"),
]


def quoted(text):
    return '"' + text.replace('"', '\\"') + '"'


def of_cities():
    """Rows like ORGANISATIONS: companies and, where there is none yet, the registration point of each city."""
    rows, there = [], {row[0] for row in ORGANISATIONS}
    for place, city, english in CITIES:
        key = english.lower()
        for number, (trade, trade_english) in enumerate(TRADES, start=1):
            rows.append((f"co-{key}-{number}", "91", "enterprise", False, place, f"{city}样例{trade}有限公司",
                         f"{english} Sample {trade_english} Co., Ltd.", "虚构的企业。"))
        if f"point-{key}" not in there:
            rows.append((f"point-{key}", "12", "registration_point", True, place, f"{city}样例技术合同登记点",
                         f"{english} Sample Registration Point", "虚构的登记点。"))
    return rows


def organisations():
    """Key → record, in the order of the table."""
    records = {}
    for number, row in enumerate(ORGANISATIONS + of_cities(), start=1):
        key, category, kind, public, place, name, english, introduction = row
        code = credit_code(category, place, number) if category else ""
        records[key] = {"key": key, "credit_code": code, "kind": kind, "is_public_body": public, "place": place,
                        "name": name + MARK, "name_en": english + " (sample)", "introduction": introduction}
    return records


def write_accounts(folder):
    lines = [
        "# Sample organisations and people. Nothing here is real: the credit codes are well-formed but invented, the people do not exist,",
        "# and the universities and offices named did not take part. Every organisation is imported with the mark of a sample.",
        "# Made by scripts/make_sample.py; change scripts/sample/parties.py and run it again.",
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
    for login, name, language, organisation, role, place in ACCOUNTS:
        email = login.replace("@", ".") + "@sample.example"
        lines += [
            f"  - login: {login}",
            f"    name: {name}",
            f"    email: {email}",
            f"    language: {language}",
            f"    memberships: [{{organisation: {organisation}, role: {role}, place: \"{place}\"}}]",
        ]
    write_text(folder, "accounts.yaml", "\n".join(lines) + "\n")
    return len(organisations()), len(ACCOUNTS)
