#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/yaml.h"
#include "contract/amounts.h"
#include "contract/facts.h"

namespace contract {

/// One part of a contract (P1, P2 …) with its established facts.
struct Part {
    std::string id;
    FactValues facts = default_facts();
};

/// What recognition is decided from: established facts, parts and price lines. A plain value;
/// whatever the setters and the reader let through leads to an outcome.
struct Case {
    std::string id;
    std::string about;
    std::string rule_set;                ///< named in the case; empty = chosen by day or default
    std::optional<base::Date> accepted;  ///< acceptance day, when known
    FactValues facts = default_facts();
    int seat = 450100;        ///< GB/T 2260 code of the registering party's seat
    int office = 450100;      ///< and of the registration point
    std::string title_class;  ///< class that the title suggests, or empty
    std::vector<Part> parts;
    std::vector<Line> lines;

    /// Sets a fact of the whole contract by name, also seat, office and title_class. Errors:
    /// `fact_unknown`, `fact_value_unknown`, with the field and the allowed values.
    base::Status set_fact(std::string_view name, std::string_view value);
    /// Adds a part of the kind. Errors: `part_duplicate`, `part_kind_unknown`.
    base::Result<Part*> add_part(std::string_view part_id, std::string_view kind);
    /// Index of the part, if there is one of that id.
    std::optional<std::size_t> find_part(std::string_view part_id) const;
    /// Adds a line of an existing part. Errors: `line_part_unknown`, and `amount_out_of_range` when
    /// all lines together exceed 10^14 yuan. A reduction follows what it reduces: `reduction_exceeds`
    /// when it takes more than the part has of that kind, `reduction_of_open_line` for carriers,
    /// royalties and frameworks, whose amount is stated anew instead.
    base::Status add_line(Line line);
    /// Adds lines written in any order: reductions after all that they can reduce. `placed` gives a
    /// refusal the place of the line with that index.
    using Placed = std::function<base::Error(std::size_t, base::Error)>;
    base::Status add_lines(const std::vector<Line>& written, const Placed& placed);

  private:
    base::Status check_reduction(const Line& line) const;
};

/// Sets a fact of one part. Errors: `fact_unknown`, `fact_not_of_kind`, `fact_value_unknown`.
base::Status set_part_fact(Part& part, std::string_view name, std::string_view value);

/// What a case file says should come out. Only what is written is compared.
struct Expectation {
    std::map<std::string, std::string> texts;  ///< outcome, class, total, nontech, tech, lane
    std::optional<std::set<std::string>> reasons;
    std::optional<std::set<std::string>> flags;
};

struct CaseEntry {
    Case facts;
    std::optional<Expectation> expected;
    std::string where;  ///< file:line
};

/// Reads a list of cases (or one case) in the format described in docs/recognition.md. Keys, values
/// and kinds are closed; every refusal names file:line and field. Errors: those of Case, and
/// `case_duplicate`, `key_unknown`, `key_missing`, `yaml_unreadable`.
base::Result<std::vector<CaseEntry>> load_cases(const std::filesystem::path& file);
base::Result<std::vector<CaseEntry>> parse_cases(const base::Yaml& root);
/// The same, each case for itself: one that cannot be read does not keep the others from being decided.
base::Result<std::vector<base::Result<CaseEntry>>> read_each_case(const base::Yaml& root);

}  // namespace contract
