#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/money.h"

namespace store {

/// A value bound to a `:name` in SQL: text, whole number or null. Moments are their microseconds,
/// money its minor units, booleans 0/1, JSON its text. There are no floating values and no blobs
/// (files live in a content-addressed folder).
class Value {
  public:
    Value(std::nullptr_t) {}
    Value(std::string text) : data_(std::move(text)) {}
    Value(std::string_view text) : data_(std::string(text)) {}
    Value(const char* text) : data_(std::string(text)) {}
    Value(std::int64_t number) : data_(number) {}
    Value(int number) : data_(std::int64_t{number}) {}
    Value(bool flag) : data_(std::int64_t{flag}) {}
    Value(base::Time moment) : data_(moment.microseconds) {}
    template <class Record>
    Value(const base::Id<Record>& id) : data_(id.text()) {}
    template <class T>
    Value(const std::optional<T>& value) {
        if (value) *this = Value(*value);
    }

    const std::variant<std::monostate, std::string, std::int64_t>& data() const { return data_; }

  private:
    std::variant<std::monostate, std::string, std::int64_t> data_;
};

struct Binding {
    std::string_view name;  ///< without the colon
    Value value;
};
using Bindings = std::vector<Binding>;

/// One row of an answer. Columns are numbered from 0 in the order of the SELECT list. Reading a
/// column as what it is not, or a NULL as a value, is our own mistake and aborts.
class Row {
  public:
    using Cells = std::vector<std::optional<std::string>>;
    explicit Row(Cells cells) : cells_(std::move(cells)) {}

    bool is_null(std::size_t column) const;
    const std::string& text(std::size_t column) const;
    std::string text_or(std::size_t column, std::string_view fallback) const;
    std::int64_t integer(std::size_t column) const;
    std::optional<std::int64_t> integer_if(std::size_t column) const;
    bool flag(std::size_t column) const { return integer(column) != 0; }
    base::Time time(std::size_t column) const { return {integer(column)}; }
    std::optional<base::Time> time_if(std::size_t column) const;
    template <class Record>
    base::Id<Record> id(std::size_t column) const {
        return base::Id<Record>(text_or(column, {}));
    }
    std::size_t size() const { return cells_.size(); }

  private:
    Cells cells_;
};
using Rows = std::vector<Row>;

}  // namespace store
