#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "store/database.h"

namespace store {

/// The answer that was given to a request with a key.
struct RememberedAnswer {
    std::string request_hash;  ///< the same key with another request is a mistake of the client
    int status = 0;
    std::string content_type;
    std::string body;
    std::string location;
    std::string etag = {};
    bool operator==(const RememberedAnswer&) const = default;
};

/// Answers by scope (who asked) and key, kept for a while, so that a repeated request gets the same
/// answer instead of a second effect. No state of its own; thread-safe.
class IdempotencyTable {
  public:
    /// With a vault the body lies sealed in the table: an answer may repeat a confidential text.
    explicit IdempotencyTable(Database& database, const base::Vault* vault = nullptr,
                              base::Duration kept_for = base::days(2))
        : database_(database), vault_(vault), kept_for_(kept_for) {}

    /// Nothing if unknown or expired.
    base::Result<std::optional<RememberedAnswer>> recall(std::string_view scope,
                                                         std::string_view key);
    /// The same inside the transaction that would act a second time.
    std::optional<RememberedAnswer> recall(Reader& reader, std::string_view scope,
                                           std::string_view key);
    /// Keeps the first answer: a second one for a key that has not expired changes nothing.
    base::Status remember(std::string_view scope, std::string_view key,
                          const RememberedAnswer& answer);
    /// The same inside the transaction that has the effect, so that both are durable or neither.
    void remember(Transaction& transaction, std::string_view scope, std::string_view key,
                  const RememberedAnswer& answer);
    /// Removes what has expired; returns how many.
    base::Result<std::int64_t> sweep();

  private:
    Database& database_;
    const base::Vault* vault_;
    base::Duration kept_for_;
};

}  // namespace store
