#include "match/learning.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/check.h"
#include "search/checksum.h"
#include "store/write_row.h"

namespace match {
namespace {

constexpr std::size_t examples_min = 30;
constexpr std::size_t of_either_min = 8;
constexpr std::uint64_t held_one_in = 4;
constexpr double pull_to_present = 0.02;
constexpr double step = 0.5;
constexpr int steps = 400;
constexpr double slope = 8;  ///< of the logistic curve over scores, which lie between 0 and 1

double weight_of(EvidenceKind kind) {
    switch (kind) {
        case EvidenceKind::no:
        case EvidenceKind::good:
            return 1;
        case EvidenceKind::reply:
            return 1.5;
        case EvidenceKind::meeting:
            return 2;
        case EvidenceKind::contract:
            return 4;
    }
    return 0;
}

using PartWeights = std::map<std::string, double>;

PartWeights part_weights(const Weights& weights) {
    PartWeights parts;
    for (auto [name, value] : named_weights(weights)) {
        if (is_part(name)) parts.emplace(name, value);
    }
    return parts;
}

double score_of(const Shares& shares, const PartWeights& weights) {
    double sum = 0;
    double known = 0;
    for (const auto& [part, share] : shares) {
        auto weight = weights.find(part);
        if (weight == weights.end()) continue;
        sum += weight->second * share;
        known += weight->second;
    }
    return known > 0 ? sum / known : 0;
}

bool is_held(const Example& example) {
    return search::checksum(example.demand) % held_one_in == 0;
}

/// Logistic loss: its value and its slope in each part's weight.
struct Loss {
    double value = 0;
    PartWeights slopes;
    double offset_slope = 0;
};

Loss loss_of(const std::vector<const Example*>& examples, const PartWeights& weights, double offset,
             const PartWeights& present) {
    Loss loss;
    double total = 0;
    for (const Example* example : examples)
        total += example->weight;
    for (const Example* example : examples) {
        double known = 0;
        for (const auto& [part, share] : example->shares) {
            auto weight = weights.find(part);
            if (weight != weights.end()) known += weight->second;
        }
        if (known <= 0) continue;
        double score = score_of(example->shares, weights);
        double chance = 1 / (1 + std::exp(-slope * (score - offset)));
        double target = example->is_good ? 1 : 0;
        double part_of_all = example->weight / total;
        loss.value -=
            part_of_all * std::log(std::max(1e-9, example->is_good ? chance : 1 - chance));
        double outer = part_of_all * slope * (chance - target);
        for (const auto& [part, share] : example->shares) {
            if (weights.contains(part)) loss.slopes[part] += outer * (share - score) / known;
        }
        loss.offset_slope -= outer;
    }
    for (const auto& [part, weight] : weights) {
        double away = weight - present.at(part);
        loss.value += pull_to_present * away * away;
        loss.slopes[part] += 2 * pull_to_present * away;
    }
    return loss;
}

void keep_sum(PartWeights& weights, double sum) {
    double now = 0;
    for (auto& [part, weight] : weights) {
        weight = std::max(0.0, weight);
        now += weight;
    }
    for (auto& [part, weight] : weights)
        weight *= now > 0 ? sum / now : 0;
}

base::json::object to_json(const Order& order) {
    return {{"value", std::llround(order.value * 1000)}, {"couples", order.couples}};
}

}  // namespace

std::vector<Example> examples_of(const std::vector<Evidence>& evidence) {
    // A pair with deeds counts once, by the strongest; a refusal afterwards does not undo them.
    std::map<std::pair<std::string, std::string>, Example> pairs;
    for (const Evidence& item : evidence) {
        Example& example = pairs[{item.demand, item.achievement}];
        double weight = weight_of(item.kind);
        if (!example.demand.empty() && weight < example.weight) continue;
        example = {item.demand, item.shares, item.kind != EvidenceKind::no, weight};
    }
    std::vector<Example> examples;
    for (auto& [pair, example] : pairs)
        examples.push_back(std::move(example));
    return examples;
}

Order order_of(std::span<const Example> examples, const Weights& weights) {
    PartWeights parts = part_weights(weights);
    Order order;
    double right = 0;
    for (const Example& good : examples) {
        if (!good.is_good) continue;
        double high = score_of(good.shares, parts);
        for (const Example& bad : examples) {
            if (bad.is_good) continue;
            double low = score_of(bad.shares, parts);
            right += high > low ? 1 : high == low ? 0.5 : 0;
            ++order.couples;
        }
    }
    if (order.couples > 0) order.value = right / static_cast<double>(order.couples);
    return order;
}

base::Result<Estimate> estimate_weights(const std::vector<Example>& examples,
                                        const Weights& present) {
    std::vector<Example> used;
    std::vector<Example> held;
    for (const Example& example : examples)
        (is_held(example) ? held : used).push_back(example);
    auto good = static_cast<std::size_t>(std::count_if(
        used.begin(), used.end(), [](const Example& example) { return example.is_good; }));
    if (examples.size() < examples_min || good < of_either_min ||
        used.size() - good < of_either_min) {
        return base::refuse(base::conflict("learning_too_few_examples")
                                .with("min", std::to_string(examples_min))
                                .with("present", std::to_string(examples.size())));
    }
    Estimate estimate;
    estimate.weights = present;
    estimate.examples = used.size();
    estimate.held = held.size();
    PartWeights all = part_weights(present);
    PartWeights weights;
    for (const Example& example : used) {
        for (const auto& [part, share] : example.shares) {
            auto known = all.find(part);
            if (known != all.end()) weights.emplace(*known);
        }
    }
    PartWeights start = weights;
    double sum = 0;
    for (const auto& [part, weight] : start) {
        sum += weight;
        estimate.parts.push_back(part);
    }
    std::vector<const Example*> pointers;
    double offset = 0;
    for (const Example& example : used) {
        pointers.push_back(&example);
        offset += score_of(example.shares, start) / static_cast<double>(used.size());
    }
    for (int i = 0; i < steps; ++i) {
        Loss loss = loss_of(pointers, weights, offset, start);
        for (auto& [part, weight] : weights)
            weight -= step * sum * loss.slopes[part];
        offset -= step * 0.1 * loss.offset_slope;
        keep_sum(weights, sum);
    }
    for (const auto& [part, weight] : weights)
        TRY(set_weight(estimate.weights, part, weight));
    estimate.old_held = order_of(held, present);
    estimate.new_held = order_of(held, estimate.weights);
    estimate.old_used = order_of(used, present);
    estimate.new_used = order_of(used, estimate.weights);
    return estimate;
}

base::json::object to_json(const Weights& weights) {
    base::json::object object;
    // In ten-thousandths, as whole numbers: what is stored and hashed must not depend on how a
    // platform prints a floating value.
    for (auto [name, value] : named_weights(weights))
        object[name] = std::llround(value * 10'000);
    return object;
}

base::Result<Weights> weights_from_json(const base::json::object& object) {
    Weights weights;
    for (const auto& [name, value] : object) {
        if (!value.is_int64() && !value.is_uint64())
            return base::refuse(base::invalid("field_wrong_type").at(std::string(name)));
        TRY(set_weight(weights, name,
                       static_cast<double>(value.to_number<std::int64_t>()) / 10'000));
    }
    return weights;
}

base::json::object to_json(const Estimate& estimate) {
    base::json::array parts;
    for (const std::string& part : estimate.parts)
        parts.emplace_back(part);
    return {{"examples", estimate.examples},
            {"held", estimate.held},
            {"against", estimate.against},
            {"old_held", to_json(estimate.old_held)},
            {"new_held", to_json(estimate.new_held)},
            {"old_used", to_json(estimate.old_used)},
            {"new_used", to_json(estimate.new_used)},
            {"parts", std::move(parts)},
            {"better", estimate.is_better()}};
}

namespace {

#define WEIGHTS_COLUMNS \
    "version, state, weights, measured, made_by, made_at, decided_by, decided_at"

WeightsVersion read_version(const store::Row& row) {
    WeightsVersion item;
    item.version = row.integer(0);
    item.state = row.text(1);
    auto weights = base::parse_json(row.text(2));
    auto measured = base::parse_json(row.text(3));
    CHECK(weights && weights->is_object() && measured && measured->is_object());
    auto read = weights_from_json(weights->get_object());
    CHECK(read.has_value());
    item.weights = *read;
    item.measured = measured->get_object();
    item.made_by = row.text(4);
    item.made_at = row.time(5);
    item.decided_by = row.text(6);
    item.decided_at = row.time_if(7);
    return item;
}

void insert(store::Transaction& transaction, const WeightsVersion& item) {
    store::insert_row(transaction, "match_weights",
                      {{"version", item.version},
                       {"state", item.state},
                       {"weights", base::canonical_json(to_json(item.weights))},
                       {"measured", base::canonical_json(item.measured)},
                       {"made_by", item.made_by},
                       {"made_at", item.made_at},
                       {"decided_by", ""},
                       {"decided_at", nullptr}});
}

base::Result<WeightsVersion> version_of(store::Transaction& transaction, std::int64_t version) {
    auto row =
        transaction.first("SELECT " WEIGHTS_COLUMNS " FROM match_weights WHERE version = :version",
                          {{"version", version}});
    if (row) return read_version(*row);
    if (version != 0) return base::refuse(base::not_found("weights_version_unknown"));
    // What the program comes with has a row once somebody goes back to it.
    WeightsVersion own;
    own.state = "taken";
    own.made_at = transaction.now();
    insert(transaction, own);
    return own;
}

base::Status may_be_decided(const WeightsVersion& item, const WeightsVersion& present,
                            VersionState decision) {
    if (item.state != "proposed") return base::refuse(base::conflict("weights_already_decided"));
    if (decision != VersionState::taken) return {};
    const base::json::value* better = item.measured.if_contains("better");
    if (better == nullptr || !better->is_bool() || !better->get_bool())
        return base::refuse(base::conflict("weights_not_better"));
    const base::json::value* against = item.measured.if_contains("against");
    std::int64_t measured_against =
        against != nullptr && against->is_number() ? against->to_number<std::int64_t>() : 0;
    if (measured_against == present.version) return {};
    return base::refuse(base::conflict("weights_outdated")
                            .with("against", std::to_string(measured_against))
                            .with("present", std::to_string(present.version)));
}

}  // namespace

WeightsVersion WeightsBook::in_force(store::Reader& reader) {
    auto row = reader.first("SELECT " WEIGHTS_COLUMNS
                            " FROM match_weights WHERE state = 'taken'"
                            " ORDER BY decided_at DESC, version DESC LIMIT 1");
    if (row && row->integer(0) != 0) return read_version(*row);
    WeightsVersion own;
    own.state = "taken";
    return own;
}

std::vector<WeightsVersion> WeightsBook::list(store::Reader& reader) {
    std::vector<WeightsVersion> versions;
    for (const store::Row& row :
         reader.query("SELECT " WEIGHTS_COLUMNS " FROM match_weights ORDER BY version DESC"))
        versions.push_back(read_version(row));
    return versions;
}

base::Result<WeightsVersion> WeightsBook::propose(store::Transaction& transaction,
                                                  const party::Actor& actor, const Weights& weights,
                                                  base::json::object measured) const {
    TRY(tuners_.require(actor));
    WeightsVersion item;
    item.version = transaction.number("SELECT MAX(version) FROM match_weights") + 1;
    item.state = "proposed";
    item.weights = weights;
    item.measured = std::move(measured);
    item.made_by = actor.log_name();
    item.made_at = transaction.now();
    insert(transaction, item);
    transaction.append({.actor = actor.log_name(),
                        .place = {},
                        .subject = "match-weights-" + std::to_string(item.version),
                        .action = "match.weights_proposed",
                        .payload = base::canonical_json(to_json(item.weights))});
    return item;
}

base::Result<WeightsVersion> WeightsBook::decide(store::Transaction& transaction,
                                                 const party::Actor& actor, std::int64_t version,
                                                 VersionState decision) const {
    TRY(tuners_.require(actor));
    CHECK(decision != VersionState::proposed);
    WeightsVersion present = in_force(transaction);
    WeightsVersion item = TRY(version_of(transaction, version));
    bool take = decision == VersionState::taken;
    bool goes_back = take && item.state == "taken" && version != present.version;
    if (!goes_back) TRY(may_be_decided(item, present, decision));
    item.state = take ? "taken" : "refused";
    item.decided_by = actor.log_name();
    item.decided_at = transaction.now();
    transaction.execute(
        "UPDATE match_weights SET state = :state, decided_by = :by, decided_at = :at"
        " WHERE version = :version",
        {{"state", item.state},
         {"by", item.decided_by},
         {"at", item.decided_at},
         {"version", version}});
    transaction.append({.actor = actor.log_name(),
                        .place = {},
                        .subject = "match-weights-" + std::to_string(version),
                        .action = "match.weights_" + item.state,
                        .payload = "{}"});
    return item;
}

}  // namespace match
