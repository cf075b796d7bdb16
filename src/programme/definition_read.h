#pragma once

#include "programme/definition.h"

/// Parts of the loader, shared by definition.cpp and definition_read.cpp only.
namespace programme::reading {

base::Result<std::string> code(const base::Yaml& node, std::size_t length_max = 24);
base::Result<base::LocalText> words(const base::Yaml& node, std::string_view key);
base::Result<base::LocalText> words_if(const base::Yaml& node);
base::Result<int> number(const base::Yaml& node, int fallback, int maximum);
base::Result<std::vector<party::Who>> who(const base::Yaml& node);
base::Result<Condition> condition_if(const base::Yaml& node, const Vocabulary&);
base::Result<Level> level(const base::Yaml& node, Level fallback);
base::Result<std::vector<ResultCode>> results(const base::Yaml& list, const Vocabulary&);
base::Result<std::vector<Step>> steps(const base::Yaml& list, const Programme&,
                                      const workflow::Codes&);
base::Result<std::vector<FollowUpRule>> follow_ups(const base::Yaml& list, const Programme&,
                                                   const workflow::Codes&);
base::Status outcomes(const base::Yaml& node, Programme&);
/// Duties of the outcomes: follow-ups that are only to be reported as done.
base::Result<std::vector<FollowUpRule>> duties(const base::Yaml& outcomes, const Programme&);
base::Result<std::vector<FactRule>> facts(const base::Yaml& list, const Programme&);

}  // namespace programme::reading
