#include "catalog/coach.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/money.h"
#include "base/text.h"
#include "catalog/body.h"

namespace catalog {
namespace {

enum class Answer { none, unfit, given };

bool has_digit(std::string_view text) {
    constexpr std::string_view chinese[] = {"一", "二", "三", "四", "五", "六", "七",
                                            "八", "九", "十", "百", "千", "万", "半"};
    if (text.find_first_of("0123456789") != text.npos) return true;
    return std::any_of(std::begin(chinese), std::end(chinese),
                       [&](std::string_view digit) { return text.find(digit) != text.npos; });
}

Answer judge(const std::string& text, Needs needs) {
    if (base::trim(text).empty()) return Answer::none;
    bool fits = true;
    switch (needs) {
        case Needs::any:
            break;
        case Needs::number:
            fits = has_digit(text);
            break;
        case Needs::date:
            fits = base::Date::parse(text).has_value();
            break;
        case Needs::money: {
            auto amount = base::Money::parse(text);
            fits = amount && amount->minor > 0;
            break;
        }
    }
    return fits ? Answer::given : Answer::unfit;
}

/// The best answer that any field of the group gives.
Answer answer_of(const Kind& kind, const base::json::object& body, const CoachQuestion& question,
                 std::vector<std::string>& fields) {
    Answer best = Answer::none;
    for (const base::FieldSpec& field : kind.form.fields) {
        if (field.coach != question.group) continue;
        fields.push_back(field.name);
        best = std::max(best, judge(plain_text(body, field), question.needs));
    }
    return best;
}

bool is_long_term(const Kind& kind, const base::json::object& body, base::Date today) {
    const CoachRule& rule = kind.coach;
    if (rule.long_term_months > 0 && !kind.columns.deadline.empty()) {
        auto deadline = base::Date::parse(base::text_at(body, kind.columns.deadline));
        if (deadline && *deadline > plus_months(today, rule.long_term_months)) return true;
    }
    if (rule.long_term_level > 0) {
        auto level = level_of(kind, body);
        if (level && *level <= rule.long_term_level) return true;
    }
    return false;
}

}  // namespace

std::string_view to_string(CoachClass value) {
    switch (value) {
        case CoachClass::clear:
            return "clear";
        case CoachClass::to_refine:
            return "to_refine";
        case CoachClass::long_term:
            return "long_term";
    }
    CHECK(false);
    return {};
}

CoachAdvice coach(const Kind& kind, const base::json::object& body, base::Date today) {
    CoachAdvice advice;
    int optional_missing = 0;
    bool essential_missing = false;
    for (const CoachQuestion& question : kind.coach.questions) {
        ++advice.total;
        CoachAsk ask{question.group, {}, "coach." + question.group, question.essential};
        Answer answer = answer_of(kind, body, question, ask.fields);
        if (answer == Answer::given) {
            ++advice.answered;
            continue;
        }
        if (answer == Answer::unfit) ask.reason += "_unfit";
        if (question.essential) {
            essential_missing = true;
        } else {
            ++optional_missing;
        }
        advice.asks.push_back(std::move(ask));
    }
    bool clear = !essential_missing && optional_missing <= kind.coach.optional_missing_max;
    if (advice.total > 0 && is_long_term(kind, body, today)) {
        advice.coach_class = CoachClass::long_term;
    } else {
        advice.coach_class = clear ? CoachClass::clear : CoachClass::to_refine;
    }
    advice.rule = "coach.class_" + std::string(to_string(advice.coach_class));
    return advice;
}

}  // namespace catalog
