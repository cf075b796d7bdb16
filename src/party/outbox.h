#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/texts.h"
#include "store/database.h"

namespace party {

/// A mail to somebody who need not have an account.
struct Letter {
    std::string id;  ///< set by post
    std::string to;
    std::string kind;  ///< "invitation": which template and subject
    base::Language language = base::Language::zh_cn;
    std::map<std::string, std::string> parameters;
    base::Time expires_at;  ///< not sent afterwards
};

/// Mails that wait to be sent, written in the transaction that is their reason. The content lies
/// sealed, because it may hold a code that admits its reader, and is gone once sent or too late.
/// Stateless; thread-safe.
class Outbox {
  public:
    static void post(store::Transaction&, const base::Vault&, const Letter&);
    /// Oldest first. One that cannot be opened (another master key) is left out.
    static std::vector<Letter> waiting(store::Reader&, const base::Vault&, base::Time now,
                                       std::size_t limit);
    static void remove(store::Transaction&, std::string_view id);
    /// Removes what came too late; returns how many.
    static std::int64_t sweep(store::Transaction&);
};

}  // namespace party
