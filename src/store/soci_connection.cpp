#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <spdlog/spdlog.h>

#include "base/check.h"
#include "base/text.h"
#include "store/connection.h"

namespace store {
namespace {

using Kind = StorageFailure::Kind;

constexpr unsigned postgresql_bool_type = 16;  // BOOLOID
/// Beyond this many kept statements the cache starts anew: a caller that builds SQL is a mistake,
/// but must not eat the memory.
constexpr std::size_t statements_max = 2'000;

Kind kind_of_sqlite(int result) {
    switch (result & 0xff) {
        case SQLITE_CONSTRAINT:
            return Kind::constraint;
        case SQLITE_ERROR:
        case SQLITE_MISMATCH:
        case SQLITE_MISUSE:
        case SQLITE_RANGE:
            return Kind::misuse;
        default:
            return Kind::unavailable;
    }
}

Kind kind_of_postgresql(const std::string& state) {
    if (state == "40001" || state == "40P01" || state == "55P03") return Kind::serialization;
    std::string group = state.substr(0, 2);
    if (group == "23") return Kind::constraint;
    if (group == "22" || group == "42" || group == "26" || group == "0A") return Kind::misuse;
    if (group == "08" || state == "57P01" || state == "57P02" || state == "57P03") {
        return Kind::disconnected;
    }
    return Kind::unavailable;
}

/// Runs `work` and turns what SOCI throws into StorageFailure.
template <class Work>
auto guarded(std::string_view sql, Work work) {
    auto words = [&](const std::exception& e) {
        return std::string(e.what()) + " [" + std::string(sql.substr(0, 200)) + "]";
    };
    try {
        return work();
    } catch (const soci::postgresql_soci_error& e) {
        throw StorageFailure(kind_of_postgresql(e.sqlstate()), words(e));
    } catch (const soci::sqlite3_soci_error& e) {
        throw StorageFailure(kind_of_sqlite(e.result()), words(e));
    } catch (const soci::soci_error& e) {
        throw StorageFailure(Kind::unavailable, words(e));
    }
}

/// PostgreSQL cannot hold NUL and refuses malformed UTF-8; SQLite would take both. The same rule
/// for both, checked before anything is sent.
void require_storable(const std::string& text, std::string_view name) {
    bool ascii = std::all_of(text.begin(), text.end(),
                             [](char c) { return c > 0; });  // excludes NUL and bytes ≥ 0x80
    if (ascii) return;
    if (text.find('\0') != std::string::npos || !base::is_valid_utf8(text)) {
        throw StorageFailure(Kind::unstorable, std::string(name));
    }
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The `:names` in a statement, outside of literals, each once.
std::vector<std::string> parameter_names(std::string_view sql) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < sql.size(); ++at) {
        if (sql[at] == '\'' || sql[at] == '"') {
            at = std::min(sql.find(sql[at], at + 1), sql.size());
            continue;
        }
        if (sql[at] != ':') continue;
        CHECK_WITH(at + 1 < sql.size() && is_name_character(sql[at + 1]), sql);
        std::size_t end = at + 1;
        while (end < sql.size() && is_name_character(sql[end]))
            ++end;
        std::string name(sql.substr(at + 1, end - at - 1));
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        at = end - 1;
    }
    return names;
}

/// SOCI 4.0 takes its PostgreSQL parameters apart at "=" and puts them together again: an URL comes
/// through unharmed only if it has one.
std::string as_soci_takes(const std::string& url) {
    if (url.find('=') != std::string::npos) return url;
    return url + (url.find('?') == std::string::npos ? "?" : "&") + "application_name=guiqiao";
}

/// A place that SOCI reads a parameter from. Text and number have places of their own because a
/// number bound as text would compare differently in SQLite.
struct Slot {
    std::string name;
    bool is_number = false;
    std::string text;
    long long number = 0;
    soci::indicator state = soci::i_null;
};

/// A statement with its places for parameters and columns, prepared once. The places must not move:
/// SOCI keeps pointers to them.
class Prepared {
  public:
    Prepared(soci::session& session, Dialect dialect, std::string_view sql,
             const Bindings& bindings)
        : statement_(session) {
        statement_.alloc();
        statement_.prepare(std::string(sql));
        std::vector<std::string> names = parameter_names(sql);
        slots_.reserve(names.size());
        for (std::string& name : names) {
            Slot& slot = slots_.emplace_back();
            slot.name = std::move(name);
            slot.is_number =
                std::holds_alternative<std::int64_t>(value_of(bindings, slot.name).data());
            if (slot.is_number) {
                statement_.exchange(soci::use(slot.number, slot.state, slot.name));
            } else {
                statement_.exchange(soci::use(slot.text, slot.state, slot.name));
            }
        }
        describe(dialect);
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            statement_.exchange(soci::into(cells_[i], states_[i]));
        }
        statement_.define_and_bind();
    }

    /// True if the bound values have the types that the slots were made for (NULL fits any).
    bool fits(const Bindings& bindings) const {
        return std::all_of(slots_.begin(), slots_.end(), [&](const Slot& slot) {
            const auto& data = value_of(bindings, slot.name).data();
            return std::holds_alternative<std::monostate>(data) ||
                   std::holds_alternative<std::int64_t>(data) == slot.is_number;
        });
    }

    Rows query(const Bindings& bindings) {
        bind(bindings);
        Rows rows;
        for (bool more = statement_.execute(true); more; more = statement_.fetch()) {
            rows.emplace_back(take_row());
        }
        return rows;
    }

    std::int64_t execute(const Bindings& bindings) {
        bind(bindings);
        for (bool more = statement_.execute(true); more; more = statement_.fetch()) {
        }
        return statement_.get_affected_rows();
    }

  private:
    static const Value& value_of(const Bindings& bindings, const std::string& name) {
        auto found = std::find_if(bindings.begin(), bindings.end(),
                                  [&](const Binding& b) { return b.name == name; });
        CHECK_WITH(found != bindings.end(), "no value for the parameter :" + name);
        return found->value;
    }

    void describe(Dialect dialect) {
        std::size_t count = 0;
        if (dialect == Dialect::sqlite) {
            count = static_cast<std::size_t>(statement_.get_backend()->prepare_for_describe());
            is_bool_.assign(count, false);
        } else {
            // Not prepare_for_describe: that runs the statement in SOCI's PostgreSQL part.
            auto& backend =
                static_cast<soci::postgresql_statement_backend&>(*statement_.get_backend());
            PGresult* result =
                PQdescribePrepared(backend.session_.conn_, backend.statementName_.c_str());
            if (PQresultStatus(result) != PGRES_COMMAND_OK) {
                std::string message = PQresultErrorMessage(result);
                const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
                Kind kind = kind_of_postgresql(state ? state : "08000");
                PQclear(result);
                throw StorageFailure(kind, message);
            }
            count = static_cast<std::size_t>(PQnfields(result));
            for (std::size_t i = 0; i < count; ++i) {
                is_bool_.push_back(PQftype(result, static_cast<int>(i)) == postgresql_bool_type);
            }
            PQclear(result);
        }
        cells_.resize(count);
        states_.resize(count, soci::i_null);
    }

    void bind(const Bindings& bindings) {
        CHECK_WITH(bindings.size() == slots_.size(), "values and :parameters differ in number");
        for (Slot& slot : slots_) {
            const auto& data = value_of(bindings, slot.name).data();
            if (const auto* text = std::get_if<std::string>(&data)) {
                require_storable(*text, slot.name);
                slot.text = *text;
                slot.state = soci::i_ok;
            } else if (const auto* number = std::get_if<std::int64_t>(&data)) {
                slot.number = *number;
                slot.state = soci::i_ok;
            } else {
                slot.state = soci::i_null;
            }
        }
    }

    Row::Cells take_row() {
        Row::Cells cells(cells_.size());
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            if (states_[i] == soci::i_null) continue;
            // A truth value is 1 or 0 in SQLite; make PostgreSQL's t and f the same.
            if (is_bool_[i]) {
                cells[i] = cells_[i] == "t" ? "1" : "0";
            } else {
                cells[i] = std::move(cells_[i]);
            }
        }
        return cells;
    }

    soci::statement statement_;
    std::vector<Slot> slots_;
    std::vector<std::string> cells_;
    std::vector<soci::indicator> states_;
    std::vector<bool> is_bool_;
};

class SociConnection final : public Connection {
  public:
    SociConnection(Dialect dialect, const std::string& place) : dialect_(dialect) {
        if (dialect == Dialect::sqlite) {
            session_.open(soci::sqlite3, "dbname=\"" + place + "\" timeout=30");
        } else {
            session_.open(soci::postgresql, as_soci_takes(place));
            session_ << "SET client_encoding TO 'UTF8'; SET client_min_messages TO error";
        }
    }

    ~SociConnection() override { statements_.clear(); }

    Rows query(std::string_view sql, const Bindings& bindings) override {
        return guarded(sql, [&] { return prepared(sql, bindings).query(bindings); });
    }

    std::int64_t execute(std::string_view sql, const Bindings& bindings) override {
        return guarded(sql, [&] { return prepared(sql, bindings).execute(bindings); });
    }

    void run(std::string_view sql) override {
        guarded(sql, [&] { session_ << std::string(sql); });
    }

    bool is_alive() const override {
        if (dialect_ == Dialect::sqlite) return true;
        auto* backend = static_cast<const soci::postgresql_session_backend*>(
            const_cast<soci::session&>(session_).get_backend());
        return backend && PQstatus(backend->conn_) == CONNECTION_OK;
    }

  private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    /// One SQL text may be kept several times: once for each combination of parameter types.
    using Variants = std::vector<std::unique_ptr<Prepared>>;

    Prepared& prepared(std::string_view sql, const Bindings& bindings) {
        auto found = statements_.find(sql);
        if (found == statements_.end()) {
            if (statements_.size() >= statements_max) statements_.clear();
            found = statements_.emplace(std::string(sql), Variants()).first;
        }
        for (auto& variant : found->second) {
            if (variant->fits(bindings)) return *variant;
        }
        found->second.push_back(std::make_unique<Prepared>(session_, dialect_, sql, bindings));
        return *found->second.back();
    }

    Dialect dialect_;
    soci::session session_;
    std::unordered_map<std::string, Variants, TextHash, std::equal_to<>> statements_;
};

}  // namespace

std::unique_ptr<Connection> Connection::open(Dialect dialect, const std::string& place) {
    return guarded("connect", [&]() -> std::unique_ptr<Connection> {
        return std::make_unique<SociConnection>(dialect, place);
    });
}

base::Error error_of(const StorageFailure& failure) {
    using base::ErrorKind;
    switch (failure.kind()) {
        case Kind::constraint:
            return base::conflict("constraint_violated").saying(failure.what());
        case Kind::misuse:
            spdlog::error("store: {}", failure.what());
            return base::error(ErrorKind::internal, "storage_misused").saying(failure.what());
        case Kind::unstorable:
            return base::malformed("text_not_storable").with("name", failure.what());
        case Kind::unavailable:
        case Kind::disconnected:
        case Kind::serialization:
            break;
    }
    spdlog::error("store: {}", failure.what());
    return base::error(ErrorKind::unavailable, "storage_unavailable").saying(failure.what());
}

base::Error error_of_current_exception() {
    try {
        throw;
    } catch (const StorageFailure& failure) {
        return error_of(failure);
    } catch (const std::exception& e) {
        spdlog::error("store: exception in a transaction: {}", e.what());
        return base::error(base::ErrorKind::internal, "transaction_failed").saying(e.what());
    } catch (...) {
        spdlog::error("store: unknown exception in a transaction");
        return base::error(base::ErrorKind::internal, "transaction_failed");
    }
}

}  // namespace store
