#include "trade/listing_rules.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

namespace trade {
namespace {

constexpr int whole_bp = 10'000;

std::optional<int> read_count(std::string_view text, int least, int most) {
    if (text.empty() || text.size() > 7) return std::nullopt;
    int value = 0;
    for (char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    if (value < least || value > most) return std::nullopt;
    return value;
}

/// One parameter: how it is read into the rules and written from them.
struct Field {
    std::string_view name;
    std::function<bool(ListingRules&, const std::string&)> read;
    std::function<std::string(const ListingRules&)> write;
};

Field term_field(std::string_view name, Term ListingRules::* member) {
    return {name,
            [member](ListingRules& rules, const std::string& text) {
                const auto term = read_term(text);
                if (term) rules.*member = *term;
                return term.has_value();
            },
            [member](const ListingRules& rules) { return (rules.*member).to_text(); }};
}

Field count_field(std::string_view name, int ListingRules::* member, int least, int most) {
    return {name,
            [=](ListingRules& rules, const std::string& text) {
                const auto count = read_count(text, least, most);
                if (count) rules.*member = *count;
                return count.has_value();
            },
            [member](const ListingRules& rules) { return std::to_string(rules.*member); }};
}

Field payment_count(std::string_view name, int PaymentRules::* member, int most) {
    return {name,
            [=](ListingRules& rules, const std::string& text) {
                const auto count = read_count(text, 0, most);
                if (count) rules.payment.*member = *count;
                return count.has_value();
            },
            [member](const ListingRules& rules) { return std::to_string(rules.payment.*member); }};
}

bool read_amount_into(base::Money& target, const std::string& text) {
    const auto amount = base::Money::parse(text, target.currency);
    if (!amount || amount->is_negative()) return false;
    target = *amount;
    return true;
}

Field money_field(std::string_view name, base::Money ListingRules::* member) {
    return {name,
            [member](ListingRules& rules, const std::string& text) {
                (rules.*member).currency = rules.price.currency;
                return read_amount_into(rules.*member, text);
            },
            [member](const ListingRules& rules) { return (rules.*member).to_string(); }};
}

Field payment_money(std::string_view name, base::Money PaymentRules::* member) {
    return {name,
            [member](ListingRules& rules, const std::string& text) {
                (rules.payment.*member).currency = rules.price.currency;
                return read_amount_into(rules.payment.*member, text);
            },
            [member](const ListingRules& rules) { return (rules.payment.*member).to_string(); }};
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (const std::string& word : base::split(text, ',')) {
        if (!base::trim(word).empty()) words.push_back(base::trim(word));
    }
    return words;
}

bool read_forms(ListingRules& rules, const std::string& text) {
    constexpr std::array<std::string_view, 5> known = {"money", "instalments", "royalty", "equity",
                                                       "deferred"};
    std::vector<std::string> forms = words_of(text);
    for (const std::string& form : forms) {
        if (std::ranges::find(known, form) == known.end()) return false;
    }
    rules.payment.forms = std::move(forms);
    return !rules.payment.forms.empty();
}

/// "T:inventors:1,K:coowner:2"
bool read_priorities(ListingRules& rules, const std::string& text) {
    constexpr std::array<std::string_view, 5> known = {"inventors", "commissioner", "codeveloper",
                                                       "coowner", "shareholder"};
    rules.priorities.clear();
    for (const std::string& word : words_of(text)) {
        const std::vector<std::string> parts = base::split(word, ':');
        if (parts.size() < 2 || parts.size() > 3 || parts[0].empty()) return false;
        if (std::ranges::find(known, parts[1]) == known.end()) return false;
        const auto rank = parts.size() == 3 ? read_count(parts[2], 1, 99) : std::optional(1);
        if (!rank) return false;
        rules.priorities.push_back({parts[0], parts[1], *rank});
    }
    return true;
}

std::string write_priorities(const ListingRules& rules) {
    std::vector<std::string> words;
    for (const PriorityBasis& holder : rules.priorities)
        words.push_back(holder.party + ":" + holder.basis + ":" + std::to_string(holder.rank));
    return base::join(words, ",");
}

std::vector<Field> choice_fields() {
    return {
        {"mode",
         [](ListingRules& rules, const std::string& text) {
             rules.mode = text == "agreement" ? SaleMode::agreement : SaleMode::listing;
             return text == "agreement" || text == "listing";
         },
         [](const ListingRules& rules) {
             return std::string(rules.mode == SaleMode::listing ? "listing" : "agreement");
         }},
        {"single_party",
         [](ListingRules& rules, const std::string& text) {
             rules.single_party = text == "fail" ? SingleParty::fail : SingleParty::agreement;
             return text == "fail" || text == "agreement";
         },
         [](const ListingRules& rules) {
             return std::string(rules.single_party == SingleParty::fail ? "fail" : "agreement");
         }},
        {"joint",
         [](ListingRules& rules, const std::string& text) {
             rules.joint = text == "yes" ? JointBidders::allowed : JointBidders::refused;
             return text == "yes" || text == "no";
         },
         [](const ListingRules& rules) {
             return std::string(rules.joint == JointBidders::allowed ? "yes" : "no");
         }},
        {"agents",
         [](ListingRules& rules, const std::string& text) {
             rules.agents = text == "yes" ? BidAgents::allowed : BidAgents::refused;
             return text == "yes" || text == "no";
         },
         [](const ListingRules& rules) {
             return std::string(rules.agents == BidAgents::allowed ? "yes" : "no");
         }},
        {"next",
         [](ListingRules& rules, const std::string& text) {
             rules.next_type = text;
             return true;
         },
         [](const ListingRules& rules) { return rules.next_type; }},
        {"criteria",
         [](ListingRules& rules, const std::string& text) {
             rules.criteria = words_of(text);
             return true;
         },
         [](const ListingRules& rules) { return base::join(rules.criteria, ","); }},
        {"priority", read_priorities, write_priorities},
        {"forms", read_forms,
         [](const ListingRules& rules) { return base::join(rules.payment.forms, ","); }},
        {"appraisal",
         [](ListingRules& rules, const std::string& text) {
             if (text.empty()) {
                 rules.appraisal.reset();
                 return true;
             }
             base::Money amount{0, rules.price.currency};
             if (!read_amount_into(amount, text)) return false;
             rules.appraisal = amount;
             return true;
         },
         [](const ListingRules& rules) {
             return rules.appraisal ? rules.appraisal->to_string() : std::string();
         }},
    };
}

const std::vector<Field>& fields() {
    static const std::vector<Field> all = [] {
        std::vector<Field> table = choice_fields();
        const Field more[] = {
            money_field("price", &ListingRules::price),
            money_field("deposit", &ListingRules::deposit),
            term_field("disclosure", &ListingRules::disclosure),
            term_field("notice", &ListingRules::notice),
            term_field("extension", &ListingRules::extension),
            term_field("confirm_term", &ListingRules::confirm),
            term_field("qualify_term", &ListingRules::qualify),
            term_field("agree_term", &ListingRules::agree),
            term_field("announce_term", &ListingRules::announce),
            term_field("priority_term", &ListingRules::priority),
            term_field("decide_term", &ListingRules::decide),
            term_field("sign_term", &ListingRules::sign),
            term_field("pay_term", &ListingRules::pay),
            term_field("hearing_term", &ListingRules::hearing),
            term_field("choose_term", &ListingRules::choose),
            term_field("answer_term", &ListingRules::answer),
            term_field("refund_term", &ListingRules::refund),
            term_field("suspension_term", &ListingRules::suspension),
            count_field("extensions", &ListingRules::extensions_max, 0, 99),
            count_field("lowers", &ListingRules::lowers_max, 0, 9),
            count_field("lower_free_bp", &ListingRules::lower_free_bp, 1, whole_bp),
            count_field("resume_min", &ListingRules::resume_min, 0, 99),
            count_field("objection_rest", &ListingRules::objection_rest, 0, 99),
            count_field("runner_up_depth", &ListingRules::runner_up_depth, 0, 9),
            count_field("bidders_min", &ListingRules::bidders_min, 2, 99),
            count_field("deposit_max_bp", &ListingRules::deposit_max_bp, 0, whole_bp),
            payment_count("discount_bp", &PaymentRules::discount_bp, whole_bp),
            payment_count("first_payment_min_bp", &PaymentRules::first_payment_min_bp, whole_bp),
            payment_count("instalment_days_max", &PaymentRules::instalment_days_max, 36'500),
            payment_count("royalty_years_max", &PaymentRules::royalty_years_max, 50),
            payment_count("deferred_days_max", &PaymentRules::deferred_days_max, 36'500),
            payment_money("royalty_sales", &PaymentRules::royalty_sales),
            payment_money("equity_valuation", &PaymentRules::equity_valuation),
        };
        table.insert(table.end(), std::begin(more), std::end(more));
        return table;
    }();
    return all;
}

std::unexpected<base::Error> inconsistent(std::string_view field, std::string_view words) {
    return base::refuse(base::invalid("rules_inconsistent").at(field).saying(words));
}

base::Status check(const ListingRules& rules) {
    if (rules.price.minor <= 0) return inconsistent("price", "a price above zero is asked for");
    const __int128 most = static_cast<__int128>(rules.price.minor) * rules.deposit_max_bp;
    if (static_cast<__int128>(rules.deposit.minor) * whole_bp > most)
        return inconsistent("deposit", "the deposit is above its share of the price");
    if (rules.payment.takes("royalty") &&
        (rules.payment.royalty_sales.is_zero() || rules.payment.royalty_years_max == 0))
        return inconsistent("royalty_sales", "royalties are valued on stated sales and years");
    if (rules.payment.takes("equity") && rules.payment.equity_valuation.is_zero())
        return inconsistent("equity_valuation", "equity is valued at a stated valuation");
    if (rules.payment.takes("deferred") && rules.payment.deferred_days_max == 0)
        return inconsistent("deferred_days_max", "paying later has a latest day");
    for (const PriorityBasis& holder : rules.priorities) {
        if (std::ranges::count(rules.priorities, holder.party, &PriorityBasis::party) > 1)
            return inconsistent("priority", "a holder is named twice");
    }
    return {};
}

}  // namespace

std::string Term::to_text() const {
    return std::to_string(count) + (unit == Unit::working_days ? "wd" : "d");
}

std::optional<Term> read_term(std::string_view text) {
    Term term;
    if (text.ends_with("wd")) {
        text.remove_suffix(2);
    } else if (text.ends_with('d')) {
        text.remove_suffix(1);
        term.unit = Term::Unit::calendar_days;
    } else {
        return std::nullopt;
    }
    const auto count = read_count(text, 1, 3650);
    if (!count) return std::nullopt;
    term.count = *count;
    return term;
}

base::Time term_end(const base::WorkCalendar& calendar, base::Time from, const Term& term) {
    const base::Date day = base::date_in_shanghai(from);
    if (term.unit == Term::Unit::working_days)
        return base::end_of_day(calendar.add_working_days(day, term.count));
    return base::end_of_day(calendar.next_working_day(day.plus_days(term.count)));
}

base::Result<ListingRules> read_listing_rules(const Parameters& parameters, ListingRules rules) {
    Parameters left = parameters;
    if (auto found = left.extract("currency")) {
        const base::Currency currency = TRY(read_sale_currency(found.mapped()));
        for (base::Money* amount : {&rules.price, &rules.deposit, &rules.payment.royalty_sales,
                                    &rules.payment.equity_valuation})
            amount->currency = currency;
    }
    for (const Field& field : fields()) {
        auto found = left.extract(std::string(field.name));
        if (found && !field.read(rules, found.mapped())) {
            return base::refuse(
                base::invalid("parameter_invalid").with("value", found.mapped()).at(field.name));
        }
    }
    if (!left.empty())
        return base::refuse(base::invalid("parameter_unknown").at(left.begin()->first));
    TRY(check(rules));
    return rules;
}

base::Status check_within(const ListingRules& set, const ListingRules& rules) {
    struct Bound {
        std::string_view name;
        Term ListingRules::* term;
        enum class Side { at_least, at_most } side;
    };
    using Side = Bound::Side;
    const Bound terms[] = {{"disclosure", &ListingRules::disclosure, Side::at_least},
                           {"notice", &ListingRules::notice, Side::at_least},
                           {"extension", &ListingRules::extension, Side::at_least},
                           {"confirm_term", &ListingRules::confirm, Side::at_least},
                           {"priority_term", &ListingRules::priority, Side::at_least},
                           {"hearing_term", &ListingRules::hearing, Side::at_least},
                           {"answer_term", &ListingRules::answer, Side::at_least},
                           {"refund_term", &ListingRules::refund, Side::at_most},
                           {"suspension_term", &ListingRules::suspension, Side::at_most}};
    const auto undercut = [](std::string_view name, const std::string& limit) {
        return base::refuse(base::invalid("rule_set_undercut").with("limit", limit).at(name));
    };
    for (const Bound& bound : terms) {
        const Term& asked = set.*bound.term;
        const Term& given = rules.*bound.term;
        const bool keeps =
            asked.unit == given.unit && (bound.side == Side::at_least ? given.count >= asked.count
                                                                      : given.count <= asked.count);
        if (!keeps) return undercut(bound.name, asked.to_text());
    }
    struct Number {
        std::string_view name;
        int asked, given;
        Side side;
    };
    const Number numbers[] = {
        {"lowers", set.lowers_max, rules.lowers_max, Side::at_most},
        {"lower_free_bp", set.lower_free_bp, rules.lower_free_bp, Side::at_least},
        {"resume_min", set.resume_min, rules.resume_min, Side::at_least},
        {"objection_rest", set.objection_rest, rules.objection_rest, Side::at_least},
        {"deposit_max_bp", set.deposit_max_bp, rules.deposit_max_bp, Side::at_most},
        {"first_payment_min_bp", set.payment.first_payment_min_bp,
         rules.payment.first_payment_min_bp, Side::at_least},
        {"instalment_days_max", set.payment.instalment_days_max, rules.payment.instalment_days_max,
         Side::at_most}};
    for (const Number& number : numbers) {
        const bool keeps = number.side == Side::at_least ? number.given >= number.asked
                                                         : number.given <= number.asked;
        if (!keeps) return undercut(number.name, std::to_string(number.asked));
    }
    // A price that is agreed already has a notice of its own kind (Notices), with a period of its own.
    if (rules.mode != set.mode) return undercut("mode", "listing");
    return {};
}

Parameters write_listing_rules(const ListingRules& rules) {
    Parameters written{{"currency", std::string(rules.price.currency.code())}};
    for (const Field& field : fields())
        written[std::string(field.name)] = field.write(rules);
    return written;
}

std::string terms_hash(const ListingRules& rules) {
    base::json::object body;
    for (const auto& [name, value] : write_listing_rules(rules))
        body[name] = value;
    return base::to_hex(base::sha256(base::canonical_json(body)));
}

}  // namespace trade
