#include "contract/recognition_questions.h"

#include "base/check.h"
#include "contract/contract.h"

namespace contract {
namespace {

/// A fact of the contract or of one part.
struct Open {
    Fact fact;
    std::int16_t part;
};

FactValue& value_at(Case& facts, const Open& open) {
    FactValues& values = open.part < 0 ? facts.facts : facts.parts[open.part].facts;
    return values[static_cast<std::size_t>(open.fact)];
}

/// How many answers there are besides "unknown".
FactValue answers_of(Fact fact) {
    auto count = static_cast<FactValue>(definition_of(fact).values.size());
    CHECK(count > 0);
    return is_unknown(fact, static_cast<FactValue>(count - 1)) ? static_cast<FactValue>(count - 1)
                                                               : count;
}

bool differs(const Decision& one, const Decision& other) {
    if (one.outcome != other.outcome) return true;
    if (one.outcome >= Outcome::not_registered) return false;
    return one.class_code != other.class_code || one.reasons != other.reasons ||
           one.flags != other.flags || one.lane != other.lane || one.amounts != other.amounts;
}

/// One search for the questions that matter.
class Search {
  public:
    Search(const Profile& profile, const Case& facts, const Answered& answered, int evaluations_max)
        : profile_(profile), facts_(facts), left_(evaluations_max) {
        CHECK(answered.parts.size() == facts.parts.size());
        list_open(answered);
    }

    std::vector<Question> run();

  private:
    void list_open(const Answered& answered);
    bool matters(const Open& open);
    /// Whether two answers differ with the other facts as they are now in facts_.
    bool matters_now(const Open& open);
    Decision decide() {
        --left_;
        return evaluate(profile_, facts_);
    }

    const Profile& profile_;
    Case facts_;
    int left_;
    std::vector<Open> open_;
};

void Search::list_open(const Answered& answered) {
    for (const FactDefinition& row : fact_definitions()) {
        auto number = static_cast<std::size_t>(row.fact);
        // The round is counted by the system, never asked.
        if (row.scope == FactScope::contract && row.fact != Fact::round &&
            !answered.whole[number]) {
            open_.push_back({row.fact, -1});
        }
    }
    for (std::size_t part = 0; part < facts_.parts.size(); ++part) {
        auto part_number = static_cast<std::int16_t>(part);
        if (!answered.parts[part][static_cast<std::size_t>(Fact::kind)]) {
            open_.push_back({Fact::kind, part_number});
            continue;
        }
        PartKind kind = kind_of(facts_.parts[part].facts);
        for (const FactDefinition& row : fact_definitions()) {
            if (row.scope != FactScope::part || !belongs_to_kind(row.fact, kind)) continue;
            if (answered.parts[part][static_cast<std::size_t>(row.fact)]) continue;
            open_.push_back({row.fact, part_number});
        }
    }
}

bool Search::matters_now(const Open& open) {
    FactValue& value = value_at(facts_, open);
    FactValue assumed = value;
    value = 0;
    Decision first = decide();
    bool found = false;
    for (FactValue answer = 1; answer < answers_of(open.fact) && !found; ++answer) {
        value = answer;
        found = differs(first, decide());
    }
    value = assumed;
    return found;
}

bool Search::matters(const Open& open) {
    if (matters_now(open)) return true;
    for (const Open& other : open_) {
        bool itself = other.fact == open.fact && other.part == open.part;
        // Facts of another part reach this one only through the whole; the assumption serves.
        bool elsewhere = open.part >= 0 && other.part >= 0 && other.part != open.part;
        if (itself || elsewhere) continue;
        FactValue& value = value_at(facts_, other);
        FactValue assumed = value;
        bool found = false;
        for (FactValue answer = 0; answer < answers_of(other.fact) && !found; ++answer) {
            if (answer == assumed) continue;
            if (left_ <= 0) return true;
            value = answer;
            found = matters_now(open);
        }
        value = assumed;
        if (found) return true;
    }
    return false;
}

std::vector<Question> Search::run() {
    std::vector<Question> questions;
    for (const Open& open : open_) {
        if (!matters(open)) continue;
        std::string key = "recognition.question." + std::string(definition_of(open.fact).name);
        questions.push_back({open.fact, open.part, std::move(key)});
    }
    return questions;
}

}  // namespace

Answered answered_of(const Contract& contract, const Case& facts) {
    Answered answered;
    answered.parts.resize(facts.parts.size());
    for (std::string_view name : {"applicant", "direction", "price"})
        answered.set(*find_fact(name));
    for (const auto& member : contract.answers) {
        if (auto fact = find_fact(member.key())) answered.set(*fact);
    }
    const base::json::object& parts = base::object_at(contract.answers, "parts");
    for (std::size_t i = 0; i < facts.parts.size(); ++i) {
        answered.set(i, Fact::kind);
        for (std::string_view name : {"ip", "licence", "research_by"})
            answered.set(i, *find_fact(name));
        for (const auto& member : base::object_at(parts, facts.parts[i].id)) {
            if (auto fact = find_fact(member.key())) answered.set(i, *fact);
        }
    }
    return answered;
}

std::vector<Question> next_questions(const Profile& profile, const Case& facts,
                                     const Answered& answered, int evaluations_max) {
    return Search(profile, facts, answered, evaluations_max).run();
}

}  // namespace contract
