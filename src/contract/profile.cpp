#include "contract/profile.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "contract/profile_reader.h"

namespace contract {
namespace {

using base::invalid;
using base::refuse;
using base::Result;
using base::Status;
using base::Yaml;

constexpr std::array<std::string_view, 4> outcome_names{"REGISTER", "RETURN", "NOT_REGISTERED",
                                                        "NOT_ACCEPTED"};

/// "CONSULT" is in front of "CONSULT" and of "CONSULT.X", not of "CONSULTING".
bool is_front_of(std::string_view front, std::string_view code) {
    return code.starts_with(front) && (code.size() == front.size() || code[front.size()] == '.');
}

/// At most one rule set per day, exactly one default.
Status check_days(const std::vector<Profile>& profiles, const std::string& folder) {
    auto fault = [&](std::string_view words) {
        return refuse(invalid("rule_sets_overlap").saying(folder + ":1: " + std::string(words)));
    };
    auto defaults = std::count_if(profiles.begin(), profiles.end(),
                                  [](const Profile& profile) { return profile.is_default(); });
    if (defaults != 1) return fault("exactly one rule set must be the default");
    for (std::size_t i = 0; i < profiles.size(); ++i) {
        for (std::size_t j = i + 1; j < profiles.size(); ++j) {
            bool later_of_both = profiles[i].is_in_force(profiles[j].valid_from()) ||
                                 profiles[j].is_in_force(profiles[i].valid_from());
            if (profiles[i].id() == profiles[j].id()) return fault("rule set id occurs twice");
            if (later_of_both) {
                return fault(profiles[i].id() + " and " + profiles[j].id() +
                             " are in force on the same day");
            }
        }
    }
    return {};
}

}  // namespace

std::string_view name_of(Outcome outcome) {
    return outcome_names[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> find_outcome(std::string_view name) {
    auto found = std::find(outcome_names.begin(), outcome_names.end(), name);
    if (found == outcome_names.end()) return std::nullopt;
    return static_cast<Outcome>(found - outcome_names.begin());
}

bool Profile::title_agrees(std::string_view title, std::string_view class_code) const {
    if (is_front_of(title, class_code)) return true;
    for (std::string_view front = title;;) {
        if (auto alias = titles_.find(front); alias != titles_.end()) {
            return std::any_of(
                alias->second.begin(), alias->second.end(),
                [&](const std::string& code) { return is_front_of(code, class_code); });
        }
        std::size_t dot = front.rfind('.');
        if (dot == front.npos) return false;
        front = front.substr(0, dot);
    }
}

bool Profile::knows_title(std::string_view title) const {
    if (titles_.contains(title)) return true;
    return std::any_of(classes_.begin(), classes_.end(),
                       [&](const ContractClass& known) { return is_front_of(title, known.code); });
}

Result<Profile> Profile::from(const Yaml& root, std::vector<ContractClass> classes) {
    return ProfileReader(root, std::move(classes)).read();
}

Result<std::vector<ContractClass>> read_classes(const Yaml& root) {
    std::vector<ContractClass> classes;
    for (const Yaml& item : root.items()) {
        TRY(item.only_keys({"code", "name", "law"}));
        Yaml code = TRY(item.required("code"));
        Yaml name = TRY(item.required("name"));
        Yaml law = TRY(item.required("law"));
        ContractClass row;
        row.code = TRY(code.text());
        row.name = TRY(base::LocalText::from(name));
        row.law = TRY(law.text());
        classes.push_back(std::move(row));
    }
    if (classes.empty())
        return refuse(root.fault("profile_malformed", "expected a list of classes"));
    return classes;
}

Result<RuleSets> RuleSets::load(const std::filesystem::path& folder) {
    Yaml class_file = TRY(Yaml::load(folder / "classes.yaml"));
    std::vector<ContractClass> classes = TRY(read_classes(class_file));
    std::vector<std::filesystem::path> files;
    std::error_code problem;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "profiles", problem)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    RuleSets sets;
    for (const auto& file : files) {
        Yaml root = TRY(Yaml::load(file));
        sets.profiles_.push_back(TRY(Profile::from(root, classes)));
    }
    TRY(check_days(sets.profiles_, (folder / "profiles").string()));
    return sets;
}

Result<const Profile*> RuleSets::find(std::string_view id) const {
    for (const Profile& profile : profiles_) {
        if (profile.id() == id) return &profile;
    }
    return refuse(invalid("rule_set_unknown").with("rule_set", id.substr(0, 60)).at("profile"));
}

Result<const Profile*> RuleSets::in_force(base::Date accepted) const {
    for (const Profile& profile : profiles_) {
        if (profile.is_in_force(accepted)) return &profile;
    }
    return refuse(
        invalid("rule_set_not_in_force").with("day", accepted.to_string()).at("accepted"));
}

Result<const Profile*> RuleSets::choose(std::string_view id,
                                        const std::optional<base::Date>& accepted) const {
    if (!id.empty()) return find(id);
    if (accepted) return in_force(*accepted);
    return &preferred();
}

const Profile& RuleSets::preferred() const {
    auto found = std::find_if(profiles_.begin(), profiles_.end(),
                              [](const Profile& profile) { return profile.is_default(); });
    CHECK(found != profiles_.end());
    return *found;
}

}  // namespace contract
