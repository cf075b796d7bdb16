#include "app/recognise.h"

#include <ostream>

#include "base/json.h"
#include "base/text.h"
#include "contract/recognition.h"
#include "contract/recognition_json.h"

namespace app {
namespace {

using contract::Case;
using contract::CaseEntry;
using contract::Decision;
using contract::Profile;

/// One run of the command.
class Recognise {
  public:
    Recognise(const RecogniseOptions& options, std::ostream& out, std::ostream& err)
        : options_(options), out_(out), err_(err) {}

    int run();

  private:
    int refuse(const base::Error& error);
    /// Decides one case and shows, compares or keeps the decision.
    base::Status decide(const base::Result<CaseEntry>& reading);
    base::Status load();
    base::Result<const Profile*> rule_set_of(const CaseEntry& entry) const;
    void show(const Profile& profile, const Case& facts, const Decision& decision) const;
    void show_path(const Profile& profile, const Case& facts, const Decision& decision) const;
    void check(const CaseEntry& entry, const Decision& decision);
    void add_json(const Profile& profile, const CaseEntry& entry, const Decision& decision);
    /// The text of the key, or nothing when the region's texts lack it.
    std::string words(const std::string& key) const;
    std::string class_name(const Profile& profile, const std::string& code) const;

    const RecogniseOptions& options_;
    std::ostream& out_;
    std::ostream& err_;
    contract::RuleSets rule_sets_;
    std::vector<base::Result<CaseEntry>> readings_;
    base::Texts texts_;
    base::json::array json_;
    int checked_ = 0;
    int different_ = 0;
    int refused_ = 0;
};

int Recognise::refuse(const base::Error& error) {
    err_ << base::describe(error) << '\n';
    return 2;
}

base::Status Recognise::load() {
    rule_sets_ = TRY(contract::RuleSets::load(options_.region / "contract"));
    readings_ = TRY(contract::read_each_case(TRY(base::Yaml::load(options_.file))));
    // Decisions stand without words, so missing texts of other modules do not stop the command.
    if (auto texts = base::Texts::load(options_.region / "texts")) texts_ = std::move(*texts);
    return {};
}

base::Result<const Profile*> Recognise::rule_set_of(const CaseEntry& entry) const {
    const std::string& id = options_.rules.empty() ? entry.facts.rule_set : options_.rules;
    const Profile* profile = TRY(rule_sets_.choose(id, entry.facts.accepted));
    const std::string& title = entry.facts.title_class;
    if (!title.empty() && !profile->knows_title(title)) {
        return base::refuse(
            base::invalid("fact_value_unknown")
                .at("facts.title_class")
                .with("value", title)
                .saying(entry.where + ": facts.title_class: no class is called '" + title + "'"));
    }
    return profile;
}

std::string Recognise::words(const std::string& key) const {
    return texts_.has(options_.language, key) ? texts_.get(options_.language, key) : std::string();
}

std::string Recognise::class_name(const Profile& profile, const std::string& code) const {
    for (const contract::ContractClass& known : profile.classes()) {
        if (known.code == code) return known.name.in(options_.language);
    }
    return {};
}

void Recognise::show(const Profile& profile, const Case& facts, const Decision& decision) const {
    out_ << facts.id << "  " << facts.about << "  [" << profile.id() << "]\n";
    out_ << "  outcome  " << name_of(decision.outcome) << '\n';
    if (!decision.class_code.empty()) {
        out_ << "  class    " << decision.class_code << "  "
             << class_name(profile, decision.class_code) << '\n';
    }
    out_ << "  reasons  " << base::join(decision.reasons, " ") << '\n';
    for (const std::string& code : decision.reasons) {
        out_ << "           " << code << "  " << words("reason." + code + ".title");
        auto citation = profile.citations().find(code);
        if (citation != profile.citations().end()) out_ << "  " << citation->second.law;
        out_ << '\n';
        std::string cure = words("reason." + code + ".cure");
        if (decision.outcome != contract::Outcome::registered && !cure.empty()) {
            out_ << "               → " << cure << '\n';
        }
    }
    out_ << "  flags    " << base::join(decision.flags, " ") << '\n';
    if (decision.amounts) {
        out_ << "  total    " << decision.amounts->total.to_string() << "\n  nontech  "
             << decision.amounts->non_technical.to_string() << "\n  tech     "
             << decision.amounts->technical.to_string() << '\n';
    }
    if (decision.lane) out_ << "  lane     " << name_of(*decision.lane) << '\n';
    if (decision.right_office != 0) out_ << "  office   " << decision.right_office << '\n';
    if (!decision.unknown_facts.empty()) {
        out_ << "  unknown  " << base::join(decision.unknown_facts, " ") << '\n';
    }
    show_path(profile, facts, decision);
}

void Recognise::show_path(const Profile& profile, const Case& facts,
                          const Decision& decision) const {
    out_ << "  path\n";
    for (const contract::PathStep& step : decision.path) {
        const contract::ProfileCondition& condition = profile.condition(step.condition);
        out_ << "    " << (step.holds ? "yes " : "no  ");
        if (step.part >= 0) out_ << facts.parts[static_cast<std::size_t>(step.part)].id << ' ';
        out_ << condition.id;
        if (!condition.code.empty()) out_ << " (" << condition.code << ')';
        for (contract::Fact fact : condition.when.facts()) {
            contract::FactScope scope = contract::definition_of(fact).scope;
            if (fact == contract::Fact::same_city) {
                out_ << "  seat=" << facts.seat << "  office=" << facts.office;
            }
            if (scope == contract::FactScope::derived) continue;
            const contract::FactValues& values =
                scope == contract::FactScope::part
                    ? facts.parts[static_cast<std::size_t>(step.part)].facts
                    : facts.facts;
            out_ << "  " << contract::definition_of(fact).name << '='
                 << contract::text_of(fact, contract::value_of(values, fact));
        }
        out_ << '\n';
    }
}

void Recognise::check(const CaseEntry& entry, const Decision& decision) {
    if (!entry.expected) {
        out_ << entry.where << ": " << entry.facts.id << ": nothing expected, not checked\n";
        return;
    }
    ++checked_;
    auto lines = contract::differences(decision, *entry.expected);
    if (lines.empty()) return;
    ++different_;
    for (const std::string& line : lines) {
        out_ << entry.where << ": " << entry.facts.id << ": " << line << '\n';
    }
}

void Recognise::add_json(const Profile& profile, const CaseEntry& entry, const Decision& decision) {
    base::json::object object = contract::to_json(profile, entry.facts, decision);
    if (options_.mode == RecogniseOptions::Mode::check && entry.expected) {
        base::json::array lines;
        for (const std::string& line : contract::differences(decision, *entry.expected)) {
            lines.push_back(base::json::value(line));
        }
        ++checked_;
        different_ += lines.empty() ? 0 : 1;
        object["differences"] = std::move(lines);
    }
    json_.push_back(std::move(object));
}

base::Status Recognise::decide(const base::Result<CaseEntry>& reading) {
    if (!reading) return base::refuse(reading.error());
    const Profile* profile = TRY(rule_set_of(*reading));
    Decision decision = contract::evaluate(*profile, reading->facts);
    if (options_.output == RecogniseOptions::Output::json) {
        add_json(*profile, *reading, decision);
    } else if (options_.mode == RecogniseOptions::Mode::check) {
        check(*reading, decision);
    } else {
        show(*profile, reading->facts, decision);
    }
    return {};
}

int Recognise::run() {
    if (auto loaded = load(); !loaded) return refuse(loaded.error());
    bool as_json = options_.output == RecogniseOptions::Output::json;
    bool checking = options_.mode == RecogniseOptions::Mode::check;
    for (const base::Result<CaseEntry>& reading : readings_) {
        auto decided = decide(reading);
        if (decided) continue;
        ++refused_;
        refuse(decided.error());
    }
    if (as_json) {
        out_ << base::json::serialize(json_) << '\n';
    } else if (checking) {
        out_ << checked_ << " cases checked, " << different_ << " different\n";
    }
    if (refused_ > 0) return 2;
    return checking && different_ > 0 ? 1 : 0;
}

}  // namespace

int recognise(const RecogniseOptions& options, std::ostream& out, std::ostream& err) {
    return Recognise(options, out, err).run();
}

}  // namespace app
