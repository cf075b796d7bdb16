#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "contract/profile.h"

namespace contract {

/// Builds one Profile from its file, section by section. Used once, then thrown away. Every refusal
/// names file:line. Checks across sections: ids are unique, every code has a citation and every
/// citation is used, steps only move forward, classes exist and their families are ranked.
class ProfileReader {
  public:
    ProfileReader(const base::Yaml& root, std::vector<ContractClass> classes);
    base::Result<Profile> read();

  private:
    base::Status read_head();
    base::Status read_dates();
    base::Status read_clock();
    base::Status read_large();
    base::Status read_unconfirmed();
    base::Status read_neighbours();
    base::Status read_citations();
    base::Status read_order();
    base::Status read_titles();
    base::Status read_gates(std::string_view section, std::initializer_list<FactScope> scopes,
                            std::vector<Gate>& into);
    base::Status read_steps();
    base::Status read_step(const base::Yaml& node, Step& step);
    base::Status read_exclusions(const base::Yaml& node, Step& step);
    base::Status read_criteria(const base::Yaml& node, Step& step);
    base::Status read_class_rules(const base::Yaml& node, Step& step);
    base::Status read_absorptions();
    base::Status read_flags();
    base::Status check_codes();

    /// Compiles a condition and gives it its number.
    base::Result<std::uint16_t> add_condition(const base::Yaml& rule, const std::string& id,
                                              const std::string& code, const std::string& text_key,
                                              std::initializer_list<FactScope> scopes,
                                              std::string_view key = "when");
    base::Result<std::string> text_of(const base::Yaml& node, std::string_view key) const;
    base::Result<int> number_of(const base::Yaml& node, std::string_view key, int low,
                                int high) const;

    base::Yaml root_;
    Profile profile_;
    std::map<std::string, std::uint16_t, std::less<>> step_numbers_;
    std::set<std::string> ids_;
    std::map<std::string, std::string> used_codes_;  ///< code → where it is used first
};

}  // namespace contract
