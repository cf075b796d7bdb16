#include "store/statement.h"

#include <charconv>

#include "base/check.h"

namespace store {
namespace {

std::int64_t parse_integer(const std::string& text) {
    std::int64_t number = 0;
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    CHECK_WITH(fault == std::errc() && end == text.data() + text.size(),
               "not a whole number: " + text.substr(0, 60));
    return number;
}

}  // namespace

bool Row::is_null(std::size_t column) const {
    CHECK(column < cells_.size());
    return !cells_[column];
}

const std::string& Row::text(std::size_t column) const {
    CHECK(column < cells_.size());
    CHECK_WITH(cells_[column].has_value(), "column is NULL");
    return *cells_[column];
}

std::string Row::text_or(std::size_t column, std::string_view fallback) const {
    return is_null(column) ? std::string(fallback) : *cells_[column];
}

std::int64_t Row::integer(std::size_t column) const {
    return parse_integer(text(column));
}

std::optional<std::int64_t> Row::integer_if(std::size_t column) const {
    if (is_null(column)) return std::nullopt;
    return parse_integer(*cells_[column]);
}

std::optional<base::Time> Row::time_if(std::size_t column) const {
    std::optional<std::int64_t> moment = integer_if(column);
    if (!moment) return std::nullopt;
    return base::Time{*moment};
}

}  // namespace store
