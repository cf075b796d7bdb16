#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fields.h"
#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"
#include "base/yaml.h"
#include "programme/number.h"

namespace programme {

/// A figure that a region may change, or has still to set: `parameters` of a programme file.
struct Parameter {
    std::string code;
    std::optional<Number> value;  ///< absent: not set yet, whatever rests on it stays open
    base::LocalText title, unit;
    bool to_be_set = false;  ///< the value is unconfirmed; pages say so
    std::string source;
};

/// Steps of a scale, in falling order: the first whose bound is reached gives the value, else 0.
struct ScaleStep {
    Number from, gives;
};
using Scale = std::vector<ScaleStep>;

/// What expressions of a file may name; everything else is refused with file:line.
struct Vocabulary {
    std::map<std::string, Parameter, std::less<>> parameters;
    std::map<std::string, Scale, std::less<>> scales;
    const std::vector<base::FieldSpec>* form = nullptr;
    std::vector<std::string> records;                   ///< names declared under `records`
    const std::vector<base::FieldSpec>* row = nullptr;  ///< columns, within `where`
    const base::FieldSpec* path_field(std::string_view path) const;
};

/// What is known when a rule is judged. Sections are objects: form, applicant, record, score,
/// title. Held by reference: must outlive the call.
struct Situation {
    base::json::object facts;
    base::Date today;
    const Vocabulary* vocabulary = nullptr;
    const base::json::object* row = nullptr;
};

/// The outcome of an expression: a number, a text, a list of texts, yes/no, or nothing (not known).
struct Known {
    std::optional<Number> number;
    std::optional<std::string> text;
    std::optional<bool> flag;
    std::optional<std::vector<std::string>> list;
    bool is_known() const { return number || text || flag || list; }
    /// For people and for comparison as text.
    std::string to_string() const;
};

/// A value computed from facts; the vocabulary is closed (docs/formats/programme.md, "Values").
/// Immutable, shareable, pure.
class Expression {
  public:
    Expression() = default;
    /// Errors: value_malformed, path_unknown, parameter_unknown, scale_unknown, key_unknown.
    static base::Result<Expression> from(const base::Yaml& node, const Vocabulary&);
    Known of(const Situation&) const;
    bool is_defined() const { return operation_ != Operation::none; }
    /// As written, for explanations and the designer: "form.staff", "total(form.deals.amount)".
    std::string to_string() const;
    /// The parameters it rests on.
    std::vector<std::string> parameters() const;

  private:
    friend class Condition;
    enum class Operation {
        none,
        path,
        literal,
        parameter,
        sum,
        difference,
        product,
        ratio,
        smallest,
        largest,
        count,
        total,
        years_since,
        months_since,
        days_since,
        scale,
        choose
    };
    struct Choice;
    base::Status read_map(const base::Yaml& node, const Vocabulary&);
    base::Status read_table(const base::Yaml& node, const base::Yaml& path, const Vocabulary&);
    Known fold(const Situation&) const;
    Known over_rows(const Situation&) const;
    Known since(const Situation&) const;

    Operation operation_ = Operation::none;
    std::string name_;    ///< path, parameter, scale, or the table
    std::string column_;  ///< of `total`
    Known literal_;
    std::vector<Expression> parts_;
    std::vector<std::shared_ptr<const Choice>>
        choices_;  ///< of `choose`; `where` is the only one else
};

enum class Verdict { met, not_met, open };
std::string_view to_string(Verdict);

/// One comparison as it came out: "form.staff = 2, at_least 3".
struct Finding {
    std::string value, actual, comparison, wanted;
    Verdict verdict = Verdict::open;
};

/// A condition over facts (docs/formats/programme.md, "Conditions"). Three-valued: what rests on
/// something unknown or unset is open, never guessed. Immutable, shareable, pure.
class Condition {
  public:
    Condition() = default;  ///< always met
    /// Errors: condition_malformed, and those of Expression::from.
    static base::Result<Condition> from(const base::Yaml& node, const Vocabulary&);
    /// With the comparisons that decided, if asked for.
    Verdict judge(const Situation&, std::vector<Finding>* findings = nullptr) const;
    bool is_always() const { return operation_ == Operation::always; }
    std::vector<std::string> parameters() const;

  private:
    enum class Operation { always, all, any, negate, compare };
    base::Status read_comparison(const base::Yaml& node, const Vocabulary&);
    Verdict compare(const Situation&, std::vector<Finding>*) const;

    Operation operation_ = Operation::always;
    std::vector<Condition> parts_;
    Expression value_;
    std::string
        comparison_;  ///< is, is_not, in, not_in, has, at_least, at_most, more_than, less_than, present
    Expression limit_;
    std::vector<std::string> wanted_;
};

/// The fact at a dotted path ("form.staff"), as a known value.
Known value_at(const Situation&, std::string_view path);
Known known_from(const base::json::value&);

}  // namespace programme
