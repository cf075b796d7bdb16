#include "bench/support/generator.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "base/yaml.h"
#include "bench/support/figures.h"

namespace bench {
namespace {

constexpr std::array things{
    "甘蔗混合汁", "木薯淀粉",   "罗非鱼鱼鳞",   "铝土矿赤泥", "稀土永磁体", "松脂",
    "八角油",     "桑蚕丝",     "沃柑果实",     "红树林底泥", "锰矿尾渣",   "石墨烯浆料",
    "铟锡靶材",   "柴油机缸盖", "工程机械臂",   "海水淡化",   "香蕉茎秆",   "茉莉花茶",
    "水牛奶",     "钙基碳酸盐", "电动汽车电池", "边境口岸",   "螺蛳粉",     "巴马火麻",
    "珍珠贝",     "铜阳极泥",   "桉树人工林",   "芒果采后",   "喀斯特水源", "壮药",
    "糖蜜酒精",   "铝合金型材", "竹纤维",       "剑麻",       "天然橡胶",
};
constexpr std::array means{
    "陶瓷膜",     "超声波",   "微波辅助",     "酶法",         "机器视觉", "深度学习",
    "低温等离子", "纳米材料", "膜生物反应器", "超临界萃取",   "激光熔覆", "物联网",
    "无人机遥感", "光催化",   "电化学",       "生物炭",       "区块链",   "数字孪生",
    "真空冷冻",   "高压均质", "固态发酵",     "基因编辑",     "吸附分离", "粉末冶金",
    "北斗定位",   "红外光谱", "微胶囊",       "连续离子交换", "搅拌摩擦", "自适应控制",
    "余热回收",   "干法制粒", "多传感器融合",
};
constexpr std::array doings{
    "澄清工艺", "提取方法", "检测装置", "分选系统",   "回收技术",     "改性方法",
    "保鲜技术", "监测平台", "制备工艺", "修复方法",   "分级设备",     "溯源系统",
    "焊接工艺", "净化装置", "脱硫工艺", "干燥生产线", "控制系统",     "育种方法",
    "评价模型", "预警方法", "调度软件", "成型模具",   "表面处理技术", "养殖模式",
};
constexpr std::array remarks{
    "在用户现场连续运行", "能耗下降",           "收率提高",     "设备投资",
    "每吨成本减少",       "残留未检出",         "寿命延长",     "可替代进口产品",
    "适用于中小企业",     "已通过第三方检测",   "废水排放减少", "人工减少",
    "误差不超过",         "处理量达到每小时",   "回收期约",     "已申请发明专利",
    "在两家企业示范",     "需要进一步放大验证",
};

/// The codes of a list in a region's file that `keep` wants.
template <class Keep>
std::vector<std::string> codes_in(const char* file, const char* list, Keep keep) {
    auto document = must(base::Yaml::load(file));
    std::vector<std::string> codes;
    for (const base::Yaml& item : document[list].items()) {
        if (keep(item)) codes.push_back(item["code"].text_or(""));
    }
    return codes;
}

std::string number_text(Chance& chance) {
    return " " + std::to_string(2 + chance.below(400)) + "." + std::to_string(chance.below(10)) +
           (chance.below(2) == 0 ? " 个百分点" : " 万元");
}

}  // namespace

std::size_t Chance::skewed(std::size_t bound) {
    double uniform = static_cast<double>(below(1'000'000)) / 1e6;
    double value = std::exp(uniform * std::log(static_cast<double>(bound) + 1)) - 1;
    return std::min(bound - 1, static_cast<std::size_t>(value));
}

std::vector<std::string> county_codes() {
    return codes_in("regions/guangxi/places.yaml", "places",
                    [](const base::Yaml& item) { return item["level"].text_or("") == "county"; });
}

std::vector<std::string> contract_class_codes() {
    std::vector<std::string> all = codes_in("regions/guangxi/codes/contract_classes.yaml", "codes",
                                            [](const base::Yaml&) { return true; });
    std::vector<std::string> leaves;
    for (const std::string& code : all) {
        bool has_children = std::any_of(all.begin(), all.end(), [&](const std::string& other) {
            return other.starts_with(code + ".");
        });
        if (!has_children) leaves.push_back(code);
    }
    return leaves;
}

std::vector<std::string> technical_field_codes() {
    return codes_in("regions/guangxi/codes/technical_fields.yaml", "codes",
                    [](const base::Yaml&) { return true; });
}

ContractFact ContractFacts::next() {
    ContractFact fact;
    fact.place = places_[chance_.skewed(places_.size())];
    fact.class_code = classes_[chance_.skewed(classes_.size())];
    fact.field = fields_[chance_.skewed(fields_.size())];
    fact.day = base::Date{2018, 1, 1}.plus_days(static_cast<std::int64_t>(chance_.below(3'287)));
    fact.amount_fen = 100 * static_cast<std::int64_t>(1'000 + chance_.skewed(30'000'000));
    return fact;
}

std::string Texts::title() {
    std::string title = "基于";
    title += means[chance_.below(means.size())];
    title += "的";
    title += things[chance_.below(things.size())];
    title += means[chance_.below(means.size())];
    title += doings[chance_.below(doings.size())];
    return title;
}

std::string Texts::paragraph(std::size_t characters) {
    std::string text;
    for (std::size_t length = 0; length < characters;) {
        std::string sentence = std::string("用") + means[chance_.below(means.size())] + "处理" +
                               things[chance_.below(things.size())] + "，" +
                               remarks[chance_.below(remarks.size())] + number_text(chance_) +
                               "，" + remarks[chance_.below(remarks.size())] + "。";
        length += base::count_characters(sentence);
        text += sentence;
    }
    return text;
}

}  // namespace bench
