#include "contract/recognition.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/check.h"
#include "base/text.h"

namespace contract {
namespace {

using base::Money;

constexpr std::uint16_t no_class = std::numeric_limits<std::uint16_t>::max();

void put(FactValues& values, Fact fact, bool answer) {
    values[static_cast<std::size_t>(fact)] = answer ? 1 : 0;
}

void sort_and_dedupe(std::vector<std::string>& texts) {
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

/// One evaluation under way. Lives for one call of evaluate().
class Evaluation {
  public:
    Evaluation(const Profile& profile, const Case& facts)
        : profile_(profile), facts_(facts), whole_(facts.facts), found_(facts.parts.size()) {
        put(whole_, Fact::same_city, facts.seat / 100 == facts.office / 100);
        decision_.path.reserve(32 + 24 * facts.parts.size());
        decision_.parts.resize(facts.parts.size());
    }

    Decision run() &&;

  private:
    struct Found {
        std::uint16_t class_index = no_class;
        std::string positive;              ///< its positive code, if it qualifies or is curable
        std::vector<std::string> curable;  ///< codes of defects that a correction cures
        const Absorption* absorbed_by = nullptr;
    };
    using Shares = std::map<std::uint16_t, Money>;  ///< technical price by class

    bool holds(std::uint16_t condition, std::int16_t part);
    bool holds_for_whole(std::uint16_t condition) { return holds(condition, -1); }
    /// False when a gate stopped the case.
    bool run_gates(std::span<const Gate> gates);
    void raise(Outcome severity, const std::string& code);
    void classify(std::size_t part);
    /// The step to go on with, or nothing when the part is judged.
    std::optional<std::uint16_t> judge(const Step& step, std::size_t part);
    void accept(const Step& step, std::size_t part);
    void absorb_supporting_parts();
    bool supports(const Absorption& rule, std::size_t part, std::size_t main) const;
    void sum_amounts();
    /// The class with the largest share; among equals the order of families, then of classes,
    /// decides, so that the order of the parts cannot.
    std::uint16_t largest(const Shares& shares) const;
    /// What only supports a class counts for it: for the largest one that it can belong to.
    void add_absorbed(Shares& shares) const;
    void choose_main_class();
    void derive_facts();
    void collect_part_reasons();
    void set_flags_and_lane();
    void list_unknown_facts();
    bool qualifies(std::size_t part) const {
        PartStatus status = decision_.parts[part].status;
        return status == PartStatus::positive || status == PartStatus::curable;
    }
    bool any_qualifies() const;

    const Profile& profile_;
    const Case& facts_;
    FactValues whole_;
    std::vector<Found> found_;
    Decision decision_;
    Outcome severity_ = Outcome::registered;
    std::vector<std::string> defects_;      ///< codes that speak against registration
    std::vector<std::string> information_;  ///< codes that only explain a registration
};

bool Evaluation::holds(std::uint16_t condition, std::int16_t part) {
    const FactValues& of_part = part < 0 ? default_facts() : facts_.parts[part].facts;
    bool result = profile_.condition(condition).when.holds(whole_, of_part);
    decision_.path.push_back({condition, part, result});
    return result;
}

void Evaluation::raise(Outcome severity, const std::string& code) {
    severity_ = std::max(severity_, severity);
    defects_.push_back(code);
}

bool Evaluation::run_gates(std::span<const Gate> gates) {
    bool stopped = false;
    int round = value_of(whole_, Fact::round);
    for (const Gate& gate : gates) {
        if (!holds_for_whole(gate.condition) || stopped) continue;
        bool refused = gate.escalates && round >= profile_.refuse_from_round();
        raise(refused ? Outcome::not_registered : gate.outcome,
              profile_.condition(gate.condition).code);
        stopped = gate.stops;
    }
    return !stopped;
}

void Evaluation::classify(std::size_t part) {
    decision_.parts[part].id = facts_.parts[part].id;
    auto number = static_cast<std::int16_t>(part);
    std::span<const Step> steps = profile_.steps();
    for (const Step& step : steps) {
        if (!holds(step.takes, number)) continue;
        const Step* current = &step;
        // Steps only move forward (checked at load), so this ends.
        while (auto next = judge(*current, part))
            current = &steps[*next];
        break;
    }
    PartResult& result = decision_.parts[part];
    if (result.status == PartStatus::excluded && result.codes.empty()) {
        result.codes.push_back(profile_.unmatched_code());
    }
}

std::optional<std::uint16_t> Evaluation::judge(const Step& step, std::size_t part) {
    auto number = static_cast<std::int16_t>(part);
    PartResult& result = decision_.parts[part];
    std::vector<std::string> curable;
    std::optional<std::uint16_t> next;
    bool ends = false;
    for (const ExclusionRule& rule : step.exclusions) {
        if (!holds(rule.condition, number)) continue;
        const std::string& code = profile_.condition(rule.condition).code;
        if (rule.effect == Exclusion::returns) {
            curable.push_back(code);
            continue;
        }
        result.codes.push_back(code);
        if (rule.effect == Exclusion::ends) {
            ends = true;
        } else if (!next) {
            next = rule.target;
        }
    }
    if (ends) return std::nullopt;
    if (next) return next;
    bool met = !step.positive.empty();
    for (std::uint16_t criterion : step.criteria)
        met &= holds(criterion, number);
    if (!met) return std::nullopt;
    // Correcting the text only helps a part that qualifies otherwise.
    found_[part].curable = std::move(curable);
    accept(step, part);
    return std::nullopt;
}

void Evaluation::accept(const Step& step, std::size_t part) {
    PartResult& result = decision_.parts[part];
    Found& found = found_[part];
    found.positive = step.positive;
    result.status = found.curable.empty() ? PartStatus::positive : PartStatus::curable;
    result.codes.push_back(step.positive);
    result.codes.insert(result.codes.end(), found.curable.begin(), found.curable.end());
    for (const ClassRule& rule : step.classes) {
        if (!holds(rule.condition, static_cast<std::int16_t>(part))) continue;
        found.class_index = rule.class_index;
        result.class_code = profile_.classes()[rule.class_index].code;
        return;
    }
}

bool Evaluation::supports(const Absorption& rule, std::size_t part, std::size_t main) const {
    auto names = [](const std::vector<std::string>& codes, const std::string& code) {
        return std::find(codes.begin(), codes.end(), code) != codes.end();
    };
    return part != main && qualifies(main) && names(rule.codes, found_[part].positive) &&
           names(rule.into, found_[main].positive);
}

void Evaluation::absorb_supporting_parts() {
    if (facts_.parts.size() < 2) return;
    for (const Absorption& rule : profile_.absorptions()) {
        for (std::size_t part = 0; part < facts_.parts.size(); ++part) {
            if (!qualifies(part)) continue;
            bool supported = false;
            for (std::size_t main = 0; main < facts_.parts.size(); ++main) {
                supported |= supports(rule, part, main);
            }
            if (supported && holds(rule.condition, static_cast<std::int16_t>(part))) {
                decision_.parts[part].status = PartStatus::absorbed;
                found_[part].absorbed_by = &rule;
            }
        }
    }
}

bool Evaluation::any_qualifies() const {
    for (std::size_t part = 0; part < facts_.parts.size(); ++part) {
        if (qualifies(part)) return true;
    }
    return false;
}

void Evaluation::sum_amounts() {
    for (const Line& line : facts_.lines) {
        CHECK(line.part < facts_.parts.size());
        decision_.parts[line.part].amounts.add(line);
    }
    Amounts sum;
    for (const PartResult& part : decision_.parts) {
        if (part.status != PartStatus::excluded) sum.add(part.amounts);
    }
    // A price by formula without any royalty line leaves its amount open as well.
    bool formula = value_of(whole_, Fact::price) == *find_value(Fact::price, "formula");
    sum.pending |= formula && !sum.has_royalty;
    CHECK(!sum.non_technical.is_negative() && sum.total == sum.technical + sum.non_technical);
    CHECK(!sum.technical.is_negative());
    decision_.amounts = sum;
}

std::uint16_t Evaluation::largest(const Shares& shares) const {
    std::uint16_t main = no_class;
    for (const auto& [class_index, share] : shares) {
        bool larger = main == no_class || share > shares.at(main);
        bool earlier = main != no_class && share == shares.at(main) &&
                       profile_.rank_of(class_index) < profile_.rank_of(main);
        if (larger || earlier) main = class_index;
    }
    return main;
}

void Evaluation::add_absorbed(Shares& shares) const {
    const Shares own = shares;
    for (std::size_t part = 0; part < facts_.parts.size(); ++part) {
        const Absorption* rule = found_[part].absorbed_by;
        if (rule == nullptr) continue;
        Shares supported;
        for (std::size_t main = 0; main < facts_.parts.size(); ++main) {
            std::uint16_t class_index = found_[main].class_index;
            if (class_index != no_class && supports(*rule, part, main))
                supported[class_index] = own.at(class_index);
        }
        if (supported.empty()) continue;
        shares[largest(supported)] += decision_.parts[part].amounts.technical;
    }
}

void Evaluation::choose_main_class() {
    Shares shares;
    for (std::size_t part = 0; part < facts_.parts.size(); ++part) {
        std::uint16_t class_index = found_[part].class_index;
        if (!qualifies(part) || class_index == no_class) continue;
        shares[class_index] += decision_.parts[part].amounts.technical;
    }
    add_absorbed(shares);
    std::uint16_t main = largest(shares);
    if (main == no_class) return;
    decision_.class_code = profile_.classes()[main].code;
    decision_.may_be_split = shares.size() > 1;
}

void Evaluation::derive_facts() {
    static const FactValue priced = *find_value(Fact::separately_priced, "yes");
    bool dropped = false;
    bool unpriced = false;
    std::optional<Money> equity;
    for (std::size_t part = 0; part < facts_.parts.size(); ++part) {
        const PartResult& result = decision_.parts[part];
        const FactValues& values = facts_.parts[part].facts;
        dropped |= result.status == PartStatus::excluded;
        unpriced |= result.status != PartStatus::absorbed &&
                    value_of(values, Fact::separately_priced) != priced;
        if (qualifies(part) && kind_of(values) == PartKind::equity) {
            equity = equity.value_or(Money()) + result.amounts.technical;
        }
    }
    decision_.equity = equity;
    put(whole_, Fact::positive_part, any_qualifies());
    put(whole_, Fact::dropped_part, dropped);
    put(whole_, Fact::unpriced_part, unpriced);
    put(whole_, Fact::equity_part, equity.has_value());
    put(whole_, Fact::pending_amount, decision_.amounts->pending);
    put(whole_, Fact::own_contribution, decision_.amounts->has_own_contribution);
    put(whole_, Fact::foreign_currency, decision_.amounts->foreign);
    if (const auto& large = profile_.large()) {
        const Amounts& amounts = *decision_.amounts;
        put(whole_, Fact::large_amount,
            (large->base == LargeBase::technical ? amounts.technical : amounts.total) >=
                large->limit);
    }
    if (facts_.title_class.empty() || decision_.class_code.empty()) return;
    bool agrees = profile_.title_agrees(facts_.title_class, decision_.class_code);
    whole_[static_cast<std::size_t>(Fact::title)] =
        *find_value(Fact::title, agrees ? "agrees" : "differs");
}

void Evaluation::collect_part_reasons() {
    bool registrable = any_qualifies();
    for (std::size_t part = 0; part < facts_.parts.size(); ++part) {
        const PartResult& result = decision_.parts[part];
        if (!registrable) {
            for (const std::string& code : result.codes)
                raise(Outcome::not_registered, code);
        } else if (result.status != PartStatus::absorbed) {
            for (const std::string& code : found_[part].curable)
                raise(Outcome::returned, code);
            information_.insert(information_.end(), result.codes.begin(), result.codes.end());
        }
    }
    if (facts_.parts.empty()) raise(Outcome::not_registered, profile_.unmatched_code());
}

void Evaluation::set_flags_and_lane() {
    for (std::uint16_t flag : profile_.flags()) {
        if (holds_for_whole(flag)) decision_.flags.push_back(profile_.condition(flag).code);
    }
    Lane lane = Lane::standard;
    if (const auto& large = profile_.large(); large && holds_for_whole(large->condition)) {
        decision_.flags.push_back(large->flag);
        lane = Lane::expert;
    }
    sort_and_dedupe(decision_.flags);
    if (decision_.outcome == Outcome::registered) decision_.lane = lane;
}

void Evaluation::list_unknown_facts() {
    auto unknown = [](const FactValues& values, Fact fact) {
        return is_unknown(fact, value_of(values, fact));
    };
    for (const PathStep& step : decision_.path) {
        for (Fact fact : profile_.condition(step.condition).when.facts()) {
            bool of_part = definition_of(fact).scope == FactScope::part;
            const FactValues& values = of_part ? facts_.parts[step.part].facts : whole_;
            if (unknown(values, fact)) {
                decision_.unknown_facts.push_back(qualified_name(fact, facts_, step.part));
            }
        }
    }
    sort_and_dedupe(decision_.unknown_facts);
}

Decision Evaluation::run() && {
    bool goes_on = run_gates(profile_.gates());
    if (goes_on) {
        for (std::size_t part = 0; part < facts_.parts.size(); ++part)
            classify(part);
        absorb_supporting_parts();
        sum_amounts();
        choose_main_class();
        derive_facts();
        collect_part_reasons();
        run_gates(profile_.late_gates());
    } else {
        decision_.parts.clear();
        // Only the code that stopped the case is reported (docs/recognition.md, "Gates").
        defects_ = {defects_.back()};
    }
    decision_.outcome = severity_;
    bool registrable = severity_ <= Outcome::returned;
    if (registrable) {
        set_flags_and_lane();
    } else {
        decision_.class_code.clear();
        decision_.amounts.reset();
        decision_.equity.reset();
        decision_.may_be_split = false;
    }
    decision_.reasons = std::move(severity_ == Outcome::registered ? information_ : defects_);
    sort_and_dedupe(decision_.reasons);
    CHECK(!decision_.reasons.empty());
    if (value_of(whole_, Fact::same_city) == 0) decision_.right_office = facts_.seat / 100 * 100;
    list_unknown_facts();
    return std::move(decision_);
}

}  // namespace

std::string_view name_of(Lane lane) {
    return lane == Lane::expert ? "expert" : "standard";
}

Decision evaluate(const Profile& profile, const Case& facts) {
    return Evaluation(profile, facts).run();
}

std::string qualified_name(Fact fact, const Case& facts, std::int16_t part) {
    std::string name(definition_of(fact).name);
    if (definition_of(fact).scope != FactScope::part || part < 0) return name;
    return facts.parts[static_cast<std::size_t>(part)].id + "." + name;
}

std::vector<std::string> differences(const Decision& decision, const Expectation& expected) {
    std::vector<std::string> result;
    auto compare = [&](const std::string& key, const std::string& wanted, const std::string& got) {
        if (wanted != got) {
            result.push_back(key + ": expected " + (wanted.empty() ? "none" : wanted) + ", got " +
                             (got.empty() ? "none" : got));
        }
    };
    std::map<std::string, std::string> got{{"outcome", std::string(name_of(decision.outcome))},
                                           {"class", decision.class_code}};
    if (decision.lane) got["lane"] = name_of(*decision.lane);
    if (decision.amounts) {
        got["total"] = decision.amounts->total.to_string();
        got["nontech"] = decision.amounts->non_technical.to_string();
        got["tech"] = decision.amounts->technical.to_string();
    }
    for (const auto& [key, wanted] : expected.texts)
        compare(key, wanted, got[key]);
    auto compare_sets = [&](const std::string& key, const std::set<std::string>& wanted,
                            const std::vector<std::string>& codes) {
        compare(key, base::join({wanted.begin(), wanted.end()}, " "), base::join(codes, " "));
    };
    if (expected.reasons) compare_sets("reasons", *expected.reasons, decision.reasons);
    if (expected.flags) compare_sets("flags", *expected.flags, decision.flags);
    return result;
}

}  // namespace contract
