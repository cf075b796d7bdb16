#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "party/actor.h"
#include "store/database.h"

namespace party {

/// A message to one person: a text key with parameters, and where it leads.
struct Notice {
    std::string id;
    base::Id<Account> account;
    std::string text_key;  ///< "notify.entry_returned"
    std::map<std::string, std::string> parameters;
    std::string link;  ///< "/desk/entries/01J…"
    base::Time at;
    bool read = false;
};

/// In-site messages; e-mail digests are made from those not yet mailed. `once_key` makes delivery
/// idempotent: the same key is delivered at most once (followers of the log may repeat).
class Inbox {
  public:
    static base::Status deliver(store::Transaction&, const Notice&, std::string_view once_key);
    static std::vector<Notice> list(store::Reader&, const base::Id<Account>&,
                                    std::string_view after, std::size_t limit);
    static std::int64_t unread(store::Reader&, const base::Id<Account>&);
    static base::Status mark_read(store::Transaction&, const base::Id<Account>&,
                                  std::string_view id_or_all);
    struct Digest {
        base::Id<Account> account;
        std::string email;
        std::vector<Notice> notices;
    };
    static std::vector<Digest> unmailed(store::Reader&, base::Time before, std::size_t limit);
    static base::Status mark_mailed(store::Transaction&, const Digest&);
};

}  // namespace party
