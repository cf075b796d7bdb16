#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "contract/recognition.h"
#include "contract/recognition_case.h"

namespace contract::recognition_test {

inline const RuleSets& rule_sets() {
    static const RuleSets sets = [] {
        auto loaded = RuleSets::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/contract");
        if (!loaded) {
            ADD_FAILURE() << base::describe(loaded.error());
            std::abort();
        }
        return std::move(*loaded);
    }();
    return sets;
}

inline const Profile& draft() {
    return **rule_sets().find("cn-2026-draft15");
}
inline const Profile& rules_2001() {
    return **rule_sets().find("cn-2001");
}

/// Every case of tests/contract/recognition/*.yaml.
inline const std::vector<CaseEntry>& all_cases() {
    static const std::vector<CaseEntry> entries = [] {
        std::vector<CaseEntry> all;
        for (const auto& file : std::filesystem::directory_iterator(
                 GUIQIAO_SOURCE_DIR "/tests/contract/recognition")) {
            auto loaded = load_cases(file.path());
            if (!loaded) {
                ADD_FAILURE() << base::describe(loaded.error());
                continue;
            }
            all.insert(all.end(), loaded->begin(), loaded->end());
        }
        return all;
    }();
    return entries;
}

inline const Profile& profile_of(const CaseEntry& entry) {
    return **rule_sets().choose(entry.facts.rule_set, entry.facts.accepted);
}

/// The single case in `text` (without id), or a failed test.
inline Case case_of(const std::string& text) {
    auto root = base::Yaml::parse("{id: T, " + text + "}", "test");
    auto entries = parse_cases(*root);
    if (!entries) {
        ADD_FAILURE() << base::describe(entries.error());
        std::abort();
    }
    return entries->front().facts;
}

/// One technical line of `amount` on part P1.
inline std::string priced(const std::string& amount) {
    return ", lines: [{part: P1, amount: \"" + amount + "\", kind: technical}]";
}

}  // namespace contract::recognition_test
