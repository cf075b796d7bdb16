#pragma once

#include <string>
#include <vector>

#include "base/id.h"
#include "base/texts.h"

namespace party {

struct Account;
struct Organisation;

/// A role held by an account for an organisation and at a place, as far as it is valid today.
struct Grant {
    std::string role;   ///< code from regions/<r>/roles.yaml
    std::string place;  ///< the place whose subtree it covers
    base::Id<Organisation> organisation;
};

/// Who asks. Built from a session, by the command line (`system`) or for a visitor. A value: rules
/// take it as a parameter and never look up who is signed in.
struct Actor {
    base::Id<Account> account;            ///< empty for visitor and system
    base::Id<Organisation> organisation;  ///< the organisation acted for, or empty
    std::string name;
    base::Language language = base::Language::zh_cn;
    std::vector<Grant> grants;
    bool is_system = false;  ///< the clock and the command line

    static Actor visitor() { return {}; }
    static Actor system() {
        Actor actor;
        actor.name = "system";
        actor.is_system = true;
        return actor;
    }
    bool signed_in() const { return !account.empty(); }
    bool holds(std::string_view role) const;
    /// What the change log records: the account's id, "system" or "visitor".
    std::string log_name() const;
};

}  // namespace party
