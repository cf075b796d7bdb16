#include "contract/text_clauses.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "contract/facts.h"

namespace contract {
namespace {

using base::Money;
using base::Result;
using base::Yaml;

constexpr std::size_t quotes_max = 3;
constexpr std::size_t quote_characters = 200;

Result<ClauseRule> read_rule(const Yaml& node) {
    TRY(node.only_keys(
        {"id", "name", "headings", "cues", "alarms", "facts", "kinds", "required", "cure"}));
    ClauseRule rule;
    rule.id = TRY(TRY(node.required("id")).text());
    rule.name = TRY(base::LocalText::from(TRY(node.required("name"))));
    rule.headings = TRY(node["headings"].texts());
    rule.cues = TRY(node["cues"].texts());
    rule.alarms = TRY(node["alarms"].texts());
    rule.facts = TRY(node["facts"].texts());
    rule.kinds = TRY(node["kinds"].texts());
    rule.required = TRY(node["required"].boolean_or(false));
    if (node["cure"].is_defined()) rule.cure = TRY(base::LocalText::from(node["cure"]));
    for (const std::string& fact : rule.facts) {
        if (!find_fact(fact)) {
            return base::refuse(node.fault("clause_malformed", "no fact is called '" + fact + "'"));
        }
    }
    for (const std::string& kind : rule.kinds) {
        if (!find_value(Fact::kind, kind)) {
            return base::refuse(node.fault("clause_malformed", "no kind is called '" + kind + "'"));
        }
    }
    if (rule.headings.empty() && rule.cues.empty()) {
        return base::refuse(node.fault("clause_malformed", "nothing to look for"));
    }
    return rule;
}

/// The paragraph without its number ("第三条", "3.1", "（二）") and blanks, for comparing headings.
std::string_view without_number(std::string_view text) {
    static constexpr std::array<std::string_view, 27> marks{
        "第", "条", "章", "、", "．", "。", "（", "）", "(",  ")",  ".",  " ",  "　", "一",
        "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "：", "【", "】"};
    for (bool again = true; again;) {
        again = false;
        if (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            text.remove_prefix(1);
            again = true;
            continue;
        }
        for (std::string_view mark : marks) {
            if (!text.starts_with(mark)) continue;
            text.remove_prefix(mark.size());
            again = true;
            break;
        }
    }
    return text;
}

bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != text.npos;
}

/// How much a paragraph speaks for the clause: a heading 10, each word 1.
int weight_of(const ClauseRule& rule, std::string_view folded) {
    int weight = 0;
    std::string_view start = without_number(folded);
    for (const std::string& heading : rule.headings) {
        if (start.starts_with(heading)) weight = 10;
    }
    for (const std::string& cue : rule.cues)
        weight += contains(folded, cue) ? 1 : 0;
    return weight;
}

Quote quote(std::span<const std::string> paragraphs, std::size_t index) {
    std::string text = paragraphs[index];
    // A heading alone proves nothing; what follows it is what it heads.
    if (base::count_characters(text) < 16 && index + 1 < paragraphs.size()) {
        text += " " + paragraphs[index + 1];
    }
    return {index, base::shorten(text, quote_characters)};
}

FoundClause look_for(const ClauseRule& rule, std::span<const std::string> paragraphs,
                     std::span<const std::string> folded) {
    FoundClause found{.rule = &rule};
    std::vector<std::pair<int, std::size_t>> ranked;
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        int weight = weight_of(rule, folded[i]);
        if (weight > 0) ranked.emplace_back(-weight, i);
        bool alarming = std::any_of(rule.alarms.begin(), rule.alarms.end(),
                                    [&](const auto& word) { return contains(folded[i], word); });
        if (alarming && found.alarms.size() < quotes_max) {
            found.alarms.push_back(quote(paragraphs, i));
        }
    }
    std::sort(ranked.begin(), ranked.end());
    for (std::size_t i = 0; i < std::min(ranked.size(), quotes_max); ++i)
        found.quotes.push_back(quote(paragraphs, ranked[i].second));
    return found;
}

/// The next UTF-8 character of `text`; empty at the end.
std::string_view character_at(std::string_view text, std::size_t at) {
    if (at >= text.size()) return {};
    auto lead = static_cast<unsigned char>(text[at]);
    std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return text.substr(at, length);
}

struct Numeral {
    std::string_view character;
    int value;
};

constexpr std::array<Numeral, 22> digits{
    {{"零", 0}, {"〇", 0}, {"壹", 1}, {"一", 1}, {"贰", 2}, {"二", 2}, {"两", 2}, {"叁", 3},
     {"三", 3}, {"肆", 4}, {"四", 4}, {"伍", 5}, {"五", 5}, {"陆", 6}, {"六", 6}, {"柒", 7},
     {"七", 7}, {"捌", 8}, {"八", 8}, {"玖", 9}, {"九", 9}, {"貳", 2}}};
constexpr std::array<Numeral, 6> small_units{
    {{"拾", 10}, {"十", 10}, {"佰", 100}, {"百", 100}, {"仟", 1000}, {"千", 1000}}};

std::optional<int> value_in(std::span<const Numeral> table, std::string_view character) {
    for (const Numeral& row : table) {
        if (row.character == character) return row.value;
    }
    return {};
}

bool is_capital(std::string_view character) {
    return value_in(digits, character) || value_in(small_units, character) || character == "万" ||
           character == "亿" || character == "萬" || character == "億";
}

/// Reads whole yuan up to 元; moves `at` behind it. Nothing when there is no 元.
std::optional<std::int64_t> whole_yuan(std::string_view text, std::size_t& at) {
    std::int64_t hundred_millions = 0, ten_thousands = 0, section = 0, digit = -1;
    bool any = false;
    for (; at < text.size();) {
        std::string_view character = character_at(text, at);
        at += character.size();
        if (auto value = value_in(digits, character)) {
            digit = *value;
            any = true;
        } else if (auto unit = value_in(small_units, character)) {
            section += (digit < 0 ? 1 : digit) * *unit;
            digit = -1;
            any = true;
        } else if (character == "万" || character == "萬") {
            ten_thousands = section + std::max<std::int64_t>(digit, 0);
            section = 0;
            digit = -1;
        } else if (character == "亿" || character == "億") {
            hundred_millions = ten_thousands * 10'000 + section + std::max<std::int64_t>(digit, 0);
            ten_thousands = section = 0;
            digit = -1;
        } else if (character == "元" || character == "圆" || character == "圓") {
            if (!any) return {};
            std::int64_t rest = section + std::max<std::int64_t>(digit, 0);
            if (hundred_millions > 1'000'000) return {};
            return hundred_millions * 100'000'000 + ten_thousands * 10'000 + rest;
        } else {
            return {};
        }
    }
    return {};
}

/// A run of digits, separators and a point that ends before `at`; its unit decides the factor.
std::optional<Money> amount_from(std::string_view number, std::string_view after, bool marked) {
    std::string plain = base::replace_all(std::string(number), ",", "");
    plain = base::replace_all(std::move(plain), "，", "");
    std::int64_t factor = 0;
    after.remove_prefix(std::min(after.find_first_not_of(' '), after.size()));
    if (after.starts_with("亿元")) factor = 100'000'000;
    if (after.starts_with("万元") || after.starts_with("萬元")) factor = 10'000;
    if (after.starts_with("元") || after.starts_with("圆") || after.starts_with("RMB")) factor = 1;
    if (factor == 0 && marked) factor = 1;
    if (factor == 0) return {};
    std::size_t point = plain.find('.');
    std::string fraction = point == plain.npos ? "" : plain.substr(point + 1);
    if (factor == 1 && fraction.size() > 2) return {};
    std::string all = plain.substr(0, point) + fraction;
    if (all.empty() || all.size() > 16 || fraction.size() > 8) return {};
    std::int64_t scaled = std::stoll(all);
    std::int64_t divisor = 1;
    for (std::size_t i = 0; i < fraction.size(); ++i)
        divisor *= 10;
    __int128 fen = static_cast<__int128>(scaled) * factor * 100 / divisor;
    if (fen > Money::minor_max) return {};
    return Money::fen(static_cast<std::int64_t>(fen));
}

/// The capitals that begin at `at`, if they are an amount; `end` is behind it.
std::optional<Money> capitals_at(std::string_view text, std::size_t at, std::size_t& end) {
    end = at;
    auto yuan = whole_yuan(text, end);
    if (!yuan) return {};
    std::int64_t fen = *yuan * 100;
    std::string_view first = character_at(text, end);
    for (int i = 0; i < 2; ++i) {
        auto digit = value_in(digits, first);
        if (!digit) break;
        std::string_view unit = character_at(text, end + first.size());
        if (*digit == 0 && unit != "角" && unit != "分") {
            end += first.size();
            first = unit;
            digit = value_in(digits, first);
            if (!digit) break;
            unit = character_at(text, end + first.size());
        }
        if (unit != "角" && unit != "分") break;
        fen += *digit * (unit == "角" ? 10 : 1);
        end += first.size() + unit.size();
        first = character_at(text, end);
    }
    if (fen > Money::minor_max) return {};
    return Money::fen(fen);
}

/// Capitals of one paragraph. Only the formal characters count: 三元 in prose is no amount.
std::vector<Money> amounts_in_capitals(std::string_view paragraph) {
    static constexpr std::array<std::string_view, 13> formal{
        "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖", "拾", "佰", "仟", "貳"};
    std::vector<Money> found;
    for (std::size_t at = 0; at < paragraph.size();) {
        std::string_view character = character_at(paragraph, at);
        if (!is_capital(character)) {
            at += character.size();
            continue;
        }
        std::size_t stop = at;
        bool is_formal = false;
        while (is_capital(character_at(paragraph, stop))) {
            std::string_view next = character_at(paragraph, stop);
            is_formal |= std::find(formal.begin(), formal.end(), next) != formal.end();
            stop += next.size();
        }
        std::size_t end = at;
        auto amount = capitals_at(paragraph, at, end);
        if (amount && is_formal) found.push_back(*amount);
        at = std::max(stop, amount ? end : stop);
    }
    return found;
}

void compare_amounts(std::span<const std::string> paragraphs, TextFindings& findings) {
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        std::vector<Money> in_digits = amounts_in_digits(paragraphs[i]);
        std::vector<Money> in_capitals = amounts_in_capitals(paragraphs[i]);
        findings.amounts.insert(findings.amounts.end(), in_digits.begin(), in_digits.end());
        if (in_digits.empty() || in_capitals.empty()) continue;
        for (const Money& capitals : in_capitals) {
            if (std::find(in_digits.begin(), in_digits.end(), capitals) != in_digits.end())
                continue;
            // The one that no other capitals explain is what was meant.
            auto other = std::find_if(in_digits.begin(), in_digits.end(), [&](const Money& digit) {
                return std::find(in_capitals.begin(), in_capitals.end(), digit) ==
                       in_capitals.end();
            });
            if (other != in_digits.end()) {
                findings.conflicts.push_back({quote(paragraphs, i), capitals, *other});
            }
        }
    }
}

}  // namespace

Result<ClauseRules> ClauseRules::load(const std::filesystem::path& file) {
    return from(TRY(Yaml::load(file)));
}

Result<ClauseRules> ClauseRules::from(const Yaml& root) {
    TRY(root.only_keys({"clauses"}));
    ClauseRules rules;
    std::set<std::string> ids;
    for (const Yaml& node : TRY(root.required("clauses")).items()) {
        ClauseRule rule = TRY(read_rule(node));
        if (!ids.insert(rule.id).second) {
            return base::refuse(node.fault("clause_malformed", "'" + rule.id + "' occurs twice"));
        }
        rules.rules_.push_back(std::move(rule));
    }
    return rules;
}

std::optional<Money> parse_chinese_capitals(std::string_view text) {
    std::size_t end = 0;
    return capitals_at(text, 0, end);
}

std::vector<Money> amounts_in_digits(std::string_view paragraph) {
    std::vector<Money> found;
    auto is_digit = [&](std::size_t at) { return paragraph[at] >= '0' && paragraph[at] <= '9'; };
    for (std::size_t at = 0; at < paragraph.size();) {
        if (!is_digit(at)) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < paragraph.size() &&
               (is_digit(end) || ((paragraph[end] == ',' || paragraph[end] == '.') &&
                                  end + 1 < paragraph.size() && is_digit(end + 1)))) {
            ++end;
        }
        std::string_view before = paragraph.substr(0, at);
        while (before.ends_with(' '))
            before.remove_suffix(1);
        bool marked = before.ends_with("¥") || before.ends_with("￥");
        if (auto amount =
                amount_from(paragraph.substr(at, end - at), paragraph.substr(end), marked))
            found.push_back(*amount);
        at = end;
    }
    return found;
}

TextFindings find_clauses(const ClauseRules& rules, std::span<const std::string> paragraphs,
                          std::span<const std::string> kinds) {
    TextFindings findings;
    std::vector<std::string> folded;
    folded.reserve(paragraphs.size());
    for (const std::string& paragraph : paragraphs)
        folded.push_back(base::to_simplified(base::fold(paragraph)));
    for (const ClauseRule& rule : rules.all()) {
        findings.clauses.push_back(look_for(rule, paragraphs, folded));
        bool concerns =
            rule.kinds.empty() ||
            std::any_of(kinds.begin(), kinds.end(), [&](const std::string& kind) {
                return std::find(rule.kinds.begin(), rule.kinds.end(), kind) != rule.kinds.end();
            });
        if (rule.required && concerns && !findings.clauses.back().found()) {
            findings.missing.push_back(&rule);
        }
    }
    compare_amounts(paragraphs, findings);
    return findings;
}

}  // namespace contract
