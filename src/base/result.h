#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

/// What sort of refusal an error is. The HTTP status is derived from this in one table
/// (http/reply.cpp); the command line derives its exit status from it.
enum class ErrorKind {
    invalid,                ///< the input is wrong and can be corrected (422)
    malformed,              ///< the input cannot be read at all (400)
    unauthenticated,        ///< nobody is signed in (401)
    forbidden,              ///< signed in, but not allowed to (403)
    not_found,              ///< no such record, or none that this actor may see (404)
    conflict,               ///< the record's state does not allow it (409)
    stale,                  ///< the record was changed since it was read (412)
    precondition_required,  ///< a change must say which version it rests on (428)
    too_large,              ///< beyond a size limit (413)
    unsupported,            ///< a type of content that is not taken (415)
    rate_limited,           ///< too many in too short a time (429)
    unavailable,            ///< storage or a peer is not there now; try again (503)
    internal,               ///< our own failure that was contained (500)
};

/// One refusal, as a value. `code` is stable and documented; people read the text found under
/// `error.<code>` in the region's texts, with `parameters` filled in.
struct Error {
    ErrorKind kind = ErrorKind::invalid;
    std::string code;    ///< stable, snake_case, e.g. "not_owner"
    std::string field;   ///< path of the field concerned, or empty
    std::string clause;  ///< the article or plan clause it rests on, or empty
    std::string detail;  ///< for logs and developers, English, no secrets
    std::map<std::string, std::string> parameters;  ///< values for the text, e.g. {"max": "200"}
    std::vector<Error> causes;                      ///< all defects at once, when there are several

    Error& at(std::string_view field_path) & {
        field = field_path;
        return *this;
    }
    Error&& at(std::string_view field_path) && {
        field = field_path;
        return std::move(*this);
    }
    Error&& under(std::string_view clause_text) && {
        clause = clause_text;
        return std::move(*this);
    }
    Error&& with(std::string_view key, std::string_view value) && {
        parameters.insert_or_assign(std::string(key), std::string(value));
        return std::move(*this);
    }
    Error&& saying(std::string_view text) && {
        detail = text;
        return std::move(*this);
    }
    Error&& because(std::vector<Error> defects) && {
        causes = std::move(defects);
        return std::move(*this);
    }
    bool operator==(const Error&) const = default;
};

inline Error error(ErrorKind kind, std::string_view code) {
    Error result;
    result.kind = kind;
    result.code = code;
    return result;
}
inline Error invalid(std::string_view code) {
    return error(ErrorKind::invalid, code);
}
inline Error malformed(std::string_view code) {
    return error(ErrorKind::malformed, code);
}
inline Error forbidden(std::string_view code) {
    return error(ErrorKind::forbidden, code);
}
inline Error not_found(std::string_view code) {
    return error(ErrorKind::not_found, code);
}
inline Error conflict(std::string_view code) {
    return error(ErrorKind::conflict, code);
}

/// A value or the refusal. Functions that a user, a file or a peer can make fail return this.
template <class T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

inline std::unexpected<Error> refuse(Error reason) {
    return std::unexpected(std::move(reason));
}

/// One line for logs: "code field: detail".
std::string describe(const Error& error);

}  // namespace base

#define TRY_JOIN_NOW(a, b) a##b
#define TRY_JOIN(a, b) TRY_JOIN_NOW(a, b)
#define TRY_AS(result, expression)                                      \
    ({                                                                  \
        auto&& result = (expression);                                   \
        if (!result) return std::unexpected(std::move(result).error()); \
        std::move(result).value();                                      \
    })

/// `auto value = TRY(may_fail());` — the value, or return the refusal from the enclosing function.
/// Works for Result<T> and Status, also nested. A GNU statement expression: g++ and clang.
#define TRY(expression) TRY_AS(TRY_JOIN(try_result_, __COUNTER__), expression)
