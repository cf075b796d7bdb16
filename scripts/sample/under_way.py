"""What is under way on the day the sample is loaded: requests that its people made in the last three weeks, oldest first. The loader
performs each by the site's own rules (src/app/sample_requests.h), so the file holds wishes, never results."""
from common import write_lines

NOTE = "为演示编写的样例，不是真实成果或需求。"
BASIS = "参照近三年两份可比许可合同和研发投入成本。"


class Course:
    def __init__(self):
        self.lines = []

    def ask(self, days_ago, at, who, path, body=None, **more):
        """A request; `keep` names members of its answer for later lines, `if_match` whose version it knows."""
        line = {"days_ago": days_ago, "at": at}
        if who:
            line["as"] = who
        line["get" if more.pop("looks", False) else "post"] = path
        if body is not None:
            line["body"] = body
        self.lines.append({**line, **more})

    def step(self, days_ago, at, who, record, transition, body=None):
        self.ask(days_ago, at, who, f"{record}/{transition}", body or {}, if_match=record)


def submitted(course, days_ago, at, who, kind, name, body):
    """An entry written and sent to the officer of its place."""
    body = {"source": "self", "source_note": NOTE, **body}
    course.ask(days_ago, at, who, "/api/entries", {"kind": kind, "body": body}, keep={name: "id"})
    course.step(days_ago, at, who, f"/api/entries/${name}", "submit")


def achievement(title, summary, problem, advantage, present, card, field, words, price, trl="6"):
    zh, en = title
    return {
        "title": {"zh": zh, "en": en}, "summary": {"zh": summary}, "problem": {"zh": problem}, "advantage": {"zh": advantage},
        "present_solution": {"zh": present}, "trl": trl, "trl_method": "self", "stage_evidence": {"zh": "样例：中试记录三批。"},
        "ip": [{"kind": "patent_invention", "number": f"样例-{words[0]}", "state": "granted"}], "rights": "sole", "card": card,
        "field": field, "keywords": {"zh": words}, "modes": ["licence_ordinary", "cooperation"], "price_mode": "negotiable",
        "price": price,
    }


def entries_in_review(course):
    submitted(course, 6, "10:20", "officer@gxu", "achievement", "PULP", achievement(
        ("木薯渣固态发酵制备饲料蛋白", "Feed protein from cassava pulp by solid-state fermentation"),
        "以木薯渣为底料，用复合菌种固态发酵，提高粗蛋白并降解氰苷，替代部分豆粕。", "木薯渣堆放发臭，饲料厂又缺蛋白原料",
        "粗蛋白由 3% 提高到 14%，氰苷低于检出限", "直接堆肥或填埋", "C7", "9", ["木薯渣", "固态发酵", "饲料蛋白"], "900000.00"))
    submitted(course, 4, "15:40", "officer@gxu", "achievement", "DROSS", achievement(
        ("铝灰无害化处理与耐火材料利用", "Making aluminium dross harmless and using it in refractories"),
        "水解脱氮除氟后与高岭土配料烧结，得到可用于电解槽的耐火砖。", "二次铝灰属危险废物，外运处置费高",
        "浸出毒性达标，每吨铝灰产砖 0.8 吨", "委托填埋", "C6", "7", ["铝灰", "危险废物", "耐火材料"], "1500000.00"))
    submitted(course, 3, "09:15", "officer@gxu", "achievement", "JASMINE", achievement(
        ("茉莉花茶窨制数字化", "Digital scenting of jasmine tea"), "用香气传感与模型判断窨制次数，减少鲜花用量。",
        "窨制次数靠老师傅判断", "少用鲜花一成", "人工经验", "C1", "9", ["茉莉花茶", "窨制", "香气传感"], "400000.00"))
    course.step(2, "11:05", "officer@nanning", "/api/entries/$JASMINE", "return",
                {"reason": "maturity_unproved", "text": "请写明中试批次、每批用量和对照，并附检测报告。"})
    submitted(course, 2, "14:10", "manager@liuzhou", "demand", "TRAY", {
        "title": {"zh": "铝合金电池托盘搅拌摩擦焊变形控制", "en": "Less distortion in friction stir welding of battery trays"},
        "summary": {"zh": "托盘焊后平面度超差，需要降低变形并保持焊速。"}, "pain": {"zh": "校平占一半工时，返工率高"}, "visibility": "public", "present_solution": {"zh": "焊后人工校平，每件二十分钟"},
        "card": "C2", "field": "3", "keywords": {"zh": ["电池托盘", "搅拌摩擦焊", "变形"]}})
    submitted(course, 1, "16:30", "manager@nanning", "achievement", "GATE", achievement(
        ("北部湾港集装箱箱号与残损识别", "Reading container numbers and damage at the port gate"),
        "闸口相机识别箱号、箱型和残损，结果进入码头系统。", "人工验箱慢，残损责任说不清", "单箱识别 1.2 秒，残损检出九成以上",
        "人工登记", "C3", "1", ["集装箱", "箱号识别", "残损"], "650000.00", "8"))


def questions_unanswered(course):
    course.ask(3, "10:00", "manager@liuzhou", "/api/contacts", {
        "entry": "$A12", "from_entry": "$D10",
        "message": "我们的驱动电机在 180 摄氏度下退磁，想了解晶界扩散后的矫顽力数据和每公斤成本，能否寄样。"})
    course.ask(1, "17:20", "broker@nanning", "/api/contacts", {
        "entry": "$A12", "message": "我机构服务的两家电机企业想了解许可条件，请问能否安排一次线上说明？"})


def talk(course, days_ago, buyer, seller, room, entry, need, question, answer):
    course.ask(days_ago, "09:30", buyer, "/api/contacts", {"entry": f"${entry}", "from_entry": f"${need}", "message": question},
               keep={room: "id"})
    course.step(days_ago - 1, "10:00", seller, f"/api/contacts/${room}", "accept")
    course.ask(days_ago - 1, "10:30", seller, f"/api/rooms/${room}/messages", {"text": answer})
    course.ask(days_ago - 2, "14:00", buyer, f"/api/rooms/${room}/messages",
               {"text": "收到。我们先按中试规模估算，下周带工艺工程师过来看设备。"})


def terms(course, days_ago, seller, room, result, price):
    course.ask(days_ago, "09:10", seller, f"/api/rooms/${room}/files", file={
        "name": "集体决策纪要（样例）", "text": "样例：同意以协议定价方式许可实施本成果，价格和公示办法按本单位成果转化管理办法执行。",
        "fields": {"tier": "open", "kind": "decision_minutes"}})
    course.ask(days_ago, "09:30", seller, f"/api/rooms/${room}/agreement", {
        "result_name": result, "seller_side": "entry_owner", "mode": "licence_ordinary", "scope": "广西境内，三年。",
        "price_mode": "negotiable", "price": price, "price_currency": "CNY", "payment_mode": "INSTALMENT",
        "payment_terms": "签约付三成，验收付七成。", "ip_terms": "原有知识产权归卖方，双方各自作出的改进归各自所有。",
        "pricing_basis": BASIS, "related_party": "none"}, keep={f"{room}_TERMS": "id"})


def notice(course, days_ago, buyer, seller, room):
    """Confirmed the day before, published ten days at most ago: the public sees the countdown."""
    agreement = f"/api/agreements/${room}_TERMS"
    course.step(days_ago + 1, "16:00", buyer, agreement, "confirm")
    course.ask(days_ago, "10:00", seller, f"{agreement}/diligence", looks=True, keep={f"{room}_RULES": "rules.hash"})
    course.ask(days_ago, "10:05", seller, f"{agreement}/notice", {
        "basis": BASIS, "related_party": "none", "rights_check": "专利有效，年费已缴，无质押和许可冲突。", "rules": f"${room}_RULES"},
        keep={f"{room}_NOTICE": "id"})


def deals(course):
    talk(course, 16, "manager@chongzuo", "officer@gxu", "SUGAR", "A01", "D01", "我厂日榨一万吨，想取消硫熏，请介绍膜的寿命、通量和改造投资。",
         "您好，膜组件在两个榨季后通量保持八成以上，改造投资与处理量有关，我把中试报告放在房间里。")
    terms(course, 8, "officer@gxu", "SUGAR", "甘蔗混合汁陶瓷膜超滤澄清与无硫制糖成套工艺", "3000000.00")
    notice(course, 6, "manager@chongzuo", "officer@gxu", "SUGAR")
    talk(course, 20, "engineer@liuzhou", "officer@gxust", "LOADER", "A05", "D04", "我们的电动挖掘机动臂下降能量全变成热，想看装载机方案能否移植。",
         "可以移植，蓄能器容量要按动臂质量重算，我们有仿真模型。")
    terms(course, 12, "officer@gxust", "LOADER", "纯电动装载机工作装置势能回收液压系统", "4200000.00")
    notice(course, 10, "engineer@liuzhou", "officer@gxust", "LOADER")
    course.ask(3, "20:15", "", "/api/notices/$LOADER_NOTICE/objections", {
        "ground": "price", "facts": "样例：同类势能回收方案在外省许可费低三成，请说明定价依据。", "wish": "公布评估报告摘要。",
        "name": "样例异议人", "contact": "objector@sample.example"})
    talk(course, 9, "manager@liuzhou", "officer@gxust", "WELD", "A07", "D05", "我们要在焊装线上逐点评价焊点，想了解节拍和误判率。",
         "单点 0.8 秒，误判率在验收时按贵公司样件测定。")
    terms(course, 2, "officer@gxust", "WELD", "白车身电阻焊点相控阵在线无损评价装置", "1800000.00")


def filed(course, days_ago, at, name, title, subject, buyer, total, **more):
    """A contract of the Nanning company, waiting at its registration point."""
    body = {
        "title": title, "direction": "domestic", "signed_on": f"$DAY_{days_ago + 12}", "valid_from": f"$DAY_{days_ago + 12}",
        "valid_to": "$YEAR_ON",
        "class_claimed": "SERVICE.GENERAL", "field": "1", "ip_kind": "none", "plan_category": "outside", "industry": "I", "goal": "10",
        "seller_name": "南宁样例智能科技有限公司（样例）", "seller_credit_code": "91450100000000246A", "seller_place": "450100",
        "seller_nature": "150", "buyer_name": buyer[0], "buyer_credit_code": buyer[1], "buyer_place": buyer[2], "buyer_nature": "150",
        "subject": subject, "ip_terms": "履行合同形成的知识产权归卖方，买方在本项目内使用。", "acceptance": "按附件指标验收，出具验收单。",
        "total": total, "payment_mode": "LUMP", "parts": [{"id": "P1", "kind": "problem"}],
        "lines": [{"part": "P1", "amount": total, "kind": "technical"}], "payments": [{"due": "验收合格后十日内", "amount": total}], **more,
    }
    course.ask(days_ago, at, "manager@nanning", "/api/contracts", {"body": body}, keep={name: "id"})
    course.step(days_ago, at, "manager@nanning", f"/api/contracts/${name}", "submit")


def contracts(course):
    parts = ("柳州样例汽车零部件有限公司（样例）", "9145020000000022XL", "450200")
    baise = ("百色样例信息技术有限公司（样例）", "91451000000000959K", "451000")
    filed(course, 4, "09:40", "DESK_1", "语音质检模型技术服务", "卖方为买方客服中心建立语音质检模型，识别率按附件测试集验收。样例文本。", parts, "480000.00")
    filed(course, 2, "11:20", "DESK_2", "设备预测性维护技术服务", "卖方对买方冲压线的振动数据建模，给出故障预警，误报率按附件验收。样例文本。", parts,
          "1260000.00", lines=[{"part": "P1", "amount": "1010000.00", "kind": "technical"},
                               {"part": "P1", "amount": "250000.00", "kind": "equipment", "note": "外购传感器"}])
    filed(course, 1, "15:10", "DESK_3", "政务数据治理平台开发", "卖方为买方开发数据治理平台，功能和性能指标见附件。样例文本。", baise, "860000.00",
          class_claimed="DEV.COMMISSIONED", parts=[{"id": "P1", "kind": "rnd", "research_by": "seller"}])


def write_under_way(folder):
    course = Course()
    for part in (entries_in_review, questions_unanswered, deals, contracts):
        part(course)
    # Oldest first; what one moment holds stays in its order.
    lines = sorted(course.lines, key=lambda line: (-line["days_ago"], line["at"]))
    write_lines(folder, "under_way.jsonl", lines)
    return len(lines)
