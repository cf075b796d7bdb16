#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "base/texts.h"
#include "base/yaml.h"

namespace contract {

/// One clause to look for, from clauses.yaml: words that head it, words that show it, the facts it
/// supports. Rules of the region, no learning: what they miss is said to be not found.
struct ClauseRule {
    std::string id;  ///< "price"
    base::LocalText name;
    std::vector<std::string> headings;  ///< a paragraph that starts with one counts most
    std::vector<std::string> cues;      ///< words that occur in it
    std::vector<std::string> alarms;    ///< words that call for a closer look (restrictions)
    std::vector<std::string> facts;     ///< names of facts that it supports
    std::vector<std::string> kinds;     ///< kinds of part that need it; empty: all
    bool required = false;              ///< missing: on the supplement list
    base::LocalText cure;               ///< what to add when it is missing
};

class ClauseRules {
  public:
    /// Closed keys, known facts, unique ids; else a refusal with file:line (`clause_malformed`).
    static base::Result<ClauseRules> load(const std::filesystem::path& file);
    static base::Result<ClauseRules> from(const base::Yaml& root);
    std::span<const ClauseRule> all() const { return rules_; }

  private:
    std::vector<ClauseRule> rules_;
};

/// A place in the text, quoted as it stands there.
struct Quote {
    std::size_t paragraph = 0;  ///< from 0
    std::string text;           ///< shortened to 200 characters
    bool operator==(const Quote&) const = default;
};

struct FoundClause {
    const ClauseRule* rule = nullptr;
    std::vector<Quote> quotes;  ///< best first, at most 3; empty: not found
    std::vector<Quote> alarms;  ///< paragraphs with a word that calls for a closer look
    bool found() const { return !quotes.empty(); }
};

/// An amount in capitals beside one in digits that says something else.
struct AmountConflict {
    Quote quote;
    base::Money in_capitals;
    base::Money in_digits;
};

struct TextFindings {
    std::vector<FoundClause> clauses;  ///< one per rule, in their order
    std::vector<AmountConflict> conflicts;
    std::vector<base::Money> amounts;        ///< every amount in digits with its unit, as found
    std::vector<const ClauseRule*> missing;  ///< required for these kinds and not found
};

/// Looks for every clause. Pure; the same text gives the same findings. `kinds` are those of the
/// contract's parts and decide which clauses are required.
TextFindings find_clauses(const ClauseRules& rules, std::span<const std::string> paragraphs,
                          std::span<const std::string> kinds);

/// 壹佰零伍万元整 → 1,050,000.00; also the everyday characters (一百零五万元). Nothing for what is no
/// amount or ends before 元/圆.
std::optional<base::Money> parse_chinese_capitals(std::string_view text);

/// Amounts in digits with 元, 万元 or 亿元 (or ¥/￥ in front) in one paragraph, in order.
std::vector<base::Money> amounts_in_digits(std::string_view paragraph);

}  // namespace contract
