#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/database.h"
#include "store/statement.h"

namespace store {

/// What went wrong inside the storage. Thrown only within this module; Database turns it into a
/// base::Error at its edge (error_of).
class StorageFailure : public std::runtime_error {
  public:
    enum class Kind {
        unavailable,    ///< disk, server or lock: try again later
        disconnected,   ///< the connection is gone; a new one may work
        serialization,  ///< 40001, 40P01, 55P03: run the whole transaction again
        constraint,     ///< uniqueness, reference or check broken
        misuse,         ///< SQL that the database does not take: our own mistake
        unstorable,     ///< text with NUL or malformed UTF-8
    };

    StorageFailure(Kind kind, const std::string& message)
        : std::runtime_error(message), kind_(kind) {}
    Kind kind() const { return kind_; }

  private:
    Kind kind_;
};

/// `storage_unavailable`, `constraint_violated`, `storage_misused` or `text_not_storable`.
base::Error error_of(const StorageFailure& failure);
/// The refusal for any exception that left a closure; call from within a catch block only.
base::Error error_of_current_exception();

/// One connection with its prepared statements, kept by the text of their SQL. All of SOCI is behind
/// this class. Throws StorageFailure. Not thread-safe: one user at a time.
class Connection {
  public:
    /// `place` is a file for SQLite, a libpq URL for PostgreSQL.
    static std::unique_ptr<Connection> open(Dialect dialect, const std::string& place);
    virtual ~Connection() = default;

    virtual Rows query(std::string_view sql, const Bindings& bindings) = 0;
    /// Rows affected.
    virtual std::int64_t execute(std::string_view sql, const Bindings& bindings) = 0;
    /// Statements that control the connection or change the schema: no parameters, not kept.
    virtual void run(std::string_view sql) = 0;
    /// False once the server has closed the connection.
    virtual bool is_alive() const = 0;
};

}  // namespace store
