#include "app/figure_words.h"

#include <array>

#include <fmt/format.h>

namespace app {
namespace {

struct Step {
    std::int64_t fen;      ///< from this amount on
    std::int64_t divisor;  ///< that brings the unit to 10,000 yuan
    const char* unit;
};

// Chinese counts in ten thousands, the other languages in thousands.
constexpr std::array<Step, 2> chinese_steps = {
    {{10'000'000'000, 10'000, "unit.hundred_million_yuan"},
     {1'000'000, 1, "unit.ten_thousand_yuan"}}};
constexpr std::array<Step, 2> other_steps = {
    {{100'000'000'000, 100'000, "unit.billion_yuan"}, {100'000'000, 100, "unit.million_yuan"}}};

}  // namespace

std::string amount_text(const base::Texts& texts, base::Language language,
                        const base::Money& amount, Amounts form) {
    if (form == Amounts::brief) {
        const bool is_chinese = base::tag_of(language).starts_with("zh");
        for (const Step& step : is_chinese ? chinese_steps : other_steps) {
            if (amount.minor < step.fen) continue;
            return amount.scaled(1, step.divisor).to_wan_string() + " " +
                   texts.get(language, step.unit);
        }
    }
    return amount.to_grouped_string() + " " + texts.get(language, "unit.yuan");
}

std::string figure_text(const base::Texts& texts, base::Language language,
                        const indicator::Value& value, Amounts form) {
    if (!value.has_data) return texts.get(language, "page.state_no_data");
    switch (value.unit) {
        case indicator::Unit::money:
            return amount_text(texts, language, base::Money::fen(value.number), form);
        case indicator::Unit::share: {
            std::int64_t per_mille = value.whole == 0 ? 0 : value.number * 1000 / value.whole;
            return fmt::format("{}.{} %", per_mille / 10, per_mille % 10);
        }
        case indicator::Unit::count:
            break;
    }
    return std::to_string(value.number);
}

}  // namespace app
