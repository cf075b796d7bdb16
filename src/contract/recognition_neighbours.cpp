#include "contract/recognition_neighbours.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <tuple>

#include "base/check.h"
#include "base/text.h"

namespace contract {
namespace {

using base::Date;
using base::Money;

std::vector<std::string> characters_of(std::string_view utf8) {
    std::vector<std::string> characters;
    for (char byte : utf8) {
        bool continues = (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
        if (!continues || characters.empty()) characters.emplace_back();
        characters.back() += byte;
    }
    return characters;
}

std::vector<std::string> sorted_pairs(std::string_view title) {
    std::vector<std::string> characters = characters_of(base::fold(title));
    std::vector<std::string> pairs;
    if (characters.size() == 1) pairs = characters;
    for (std::size_t i = 0; i + 1 < characters.size(); ++i) {
        pairs.push_back(characters[i] + characters[i + 1]);
    }
    std::sort(pairs.begin(), pairs.end());
    return pairs;
}

/// The body's own eight characters in a unified social credit code (GB 32100, places 9 to 16).
std::string body_of(const std::string& credit_code) {
    return credit_code.size() == 18 ? credit_code.substr(8, 8) : std::string();
}

bool same_text(const std::string& one, const std::string& other) {
    return !one.empty() && base::fold(one) == base::fold(other);
}

bool same_body(const NeighbourParty& one, const NeighbourParty& other) {
    return !one.credit_code.empty() && one.credit_code == other.credit_code;
}

bool belong_together(const NeighbourParty& one, const NeighbourParty& other,
                     const NeighbourSettings& settings) {
    return same_body(one, other) || !relation(one, other, settings).empty();
}

/// Whether the two days are at most that many calendar months apart.
bool within_months(Date one, Date other, int months) {
    Date early = std::min(one, other);
    Date late = std::max(one, other);
    int last = early.year * 12 + early.month - 1 + months;
    return std::tuple(late.year * 12 + late.month - 1, late.day) <= std::tuple(last, early.day);
}

bool within_percent(const Money& one, const Money& other, int percent) {
    Money larger = std::max(one, other);
    Money gap = larger - std::min(one, other);
    return gap <= larger.scaled(percent, 100);
}

const Money& measured(const NeighbourContract& contract, const LargeContract& large) {
    return large.base == LargeBase::technical ? contract.technical : contract.total;
}

std::optional<NeighbourQuestion> ask_split(const Profile& profile,
                                           const NeighbourContract& contract,
                                           const std::vector<NeighbourContract>& others) {
    const auto& large = profile.large();
    if (!large || measured(contract, *large) >= large->limit) return std::nullopt;
    const NeighbourSettings& settings = profile.neighbours();
    NeighbourQuestion question{.code = "Q-SPLIT", .contracts = {}, .evidence = {}};
    Money sum = measured(contract, *large);
    for (const NeighbourContract& other : others) {
        std::int64_t days =
            std::abs(contract.signed_on.days_since_epoch() - other.signed_on.days_since_epoch());
        int alike = same_text(contract.text_hash, other.text_hash)
                        ? 1000
                        : likeness(contract.title, other.title);
        bool beside = other.id != contract.id && measured(other, *large) < large->limit &&
                      days <= settings.split_days && alike >= settings.split_likeness &&
                      belong_together(contract.seller, other.seller, settings) &&
                      belong_together(contract.buyer, other.buyer, settings);
        if (!beside) continue;
        sum += measured(other, *large);
        question.contracts.push_back(other.id);
        question.evidence.emplace_back(other.id, measured(other, *large).to_string() + ", " +
                                                     other.signed_on.to_string() + ", likeness " +
                                                     std::to_string(alike));
    }
    if (question.contracts.empty() || sum < large->limit) return std::nullopt;
    question.evidence.emplace_back("sum", sum.to_string());
    question.evidence.emplace_back("limit", large->limit.to_string());
    return question;
}

std::optional<NeighbourQuestion> ask_related(const Profile& profile,
                                             const NeighbourContract& contract) {
    auto signs = relation(contract.seller, contract.buyer, profile.neighbours());
    if (signs.empty()) return std::nullopt;
    return NeighbourQuestion{"Q-RELATED", {}, std::move(signs)};
}

std::optional<NeighbourQuestion> ask_circular(const Profile& profile,
                                              const NeighbourContract& contract,
                                              const std::vector<NeighbourContract>& others) {
    const NeighbourSettings& settings = profile.neighbours();
    NeighbourQuestion question{.code = "Q-CIRCULAR", .contracts = {}, .evidence = {}};
    for (const NeighbourContract& other : others) {
        bool reverse =
            same_body(contract.seller, other.buyer) && same_body(contract.buyer, other.seller);
        if (other.id == contract.id || !reverse ||
            !within_months(contract.signed_on, other.signed_on, settings.circular_months) ||
            !within_percent(contract.total, other.total, settings.circular_percent)) {
            continue;
        }
        question.contracts.push_back(other.id);
        question.evidence.emplace_back(
            other.id, other.total.to_string() + ", " + other.signed_on.to_string());
    }
    if (question.contracts.empty()) return std::nullopt;
    return question;
}

std::optional<NeighbourQuestion> ask_duplicate(const NeighbourContract& contract,
                                               const std::vector<NeighbourContract>& others) {
    NeighbourQuestion question{.code = "Q-DUPLICATE", .contracts = {}, .evidence = {}};
    for (const NeighbourContract& other : others) {
        if (other.id == contract.id || !same_body(contract.seller, other.seller) ||
            !same_body(contract.buyer, other.buyer)) {
            continue;
        }
        std::vector<std::string> same;
        if (contract.signed_on == other.signed_on) same.emplace_back("signed_on");
        if (contract.total == other.total) same.emplace_back("total");
        if (same_text(contract.text_hash, other.text_hash)) same.emplace_back("text");
        if (same.size() < 2) continue;
        question.contracts.push_back(other.id);
        question.evidence.emplace_back(other.id, base::join(same, ", "));
    }
    if (question.contracts.empty()) return std::nullopt;
    return question;
}

}  // namespace

int likeness(std::string_view one, std::string_view other) {
    std::vector<std::string> left = sorted_pairs(one);
    std::vector<std::string> right = sorted_pairs(other);
    if (left.empty() || right.empty()) return 0;
    std::vector<std::string> shared;
    std::set_intersection(left.begin(), left.end(), right.begin(), right.end(),
                          std::back_inserter(shared));
    return static_cast<int>(shared.size() * 2000 / (left.size() + right.size()));
}

std::vector<std::pair<std::string, std::string>> relation(const NeighbourParty& one,
                                                          const NeighbourParty& other,
                                                          const NeighbourSettings& settings) {
    std::vector<std::pair<std::string, std::string>> signs;
    std::string body = body_of(one.credit_code);
    if (!body.empty() && body == body_of(other.credit_code))
        signs.emplace_back("credit_code", body);
    if (same_text(one.legal_representative, other.legal_representative)) {
        signs.emplace_back("legal_representative", one.legal_representative);
    }
    if (same_text(one.address, other.address)) signs.emplace_back("address", one.address);
    for (const Shareholder& mine : one.shareholders) {
        for (const Shareholder& theirs : other.shareholders) {
            bool large = mine.percent >= settings.shareholder_percent &&
                         theirs.percent >= settings.shareholder_percent;
            if (large && same_text(mine.name, theirs.name)) {
                signs.emplace_back("shareholder", mine.name + " " + std::to_string(mine.percent) +
                                                      " % / " + std::to_string(theirs.percent) +
                                                      " %");
            }
        }
    }
    return signs;
}

std::vector<NeighbourQuestion> neighbour_questions(const Profile& profile,
                                                   const NeighbourContract& contract,
                                                   const std::vector<NeighbourContract>& others) {
    // Evidence is listed by id, so that the order in which neighbours are found does not show.
    std::vector<NeighbourContract> sorted = others;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& one, const auto& other) { return one.id < other.id; });
    std::vector<NeighbourQuestion> questions;
    auto add = [&](std::optional<NeighbourQuestion> question) {
        if (question) questions.push_back(std::move(*question));
    };
    add(ask_split(profile, contract, sorted));
    add(ask_related(profile, contract));
    add(ask_circular(profile, contract, sorted));
    add(ask_duplicate(contract, sorted));
    return questions;
}

}  // namespace contract
