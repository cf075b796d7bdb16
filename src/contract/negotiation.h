#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/result.h"
#include "catalog/entry.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "store/database.h"
#include "workflow/case.h"

namespace contract {

/// One organisation asks the owner of an entry to talk. Once accepted it is the room of both.
struct Contact {
    base::Id<Contact> id;
    base::Id<catalog::Entry> entry;       ///< what is asked about
    base::Id<catalog::Entry> from_entry;  ///< what the asking side brings, or empty
    std::string entry_title;
    base::Id<party::Organisation> owner;      ///< of the entry
    base::Id<party::Organisation> requester;  ///< who asks
    base::Id<party::Account> author;
    std::string place;  ///< of the entry
    std::string message;
    std::string
        state;  ///< mirrors the case: requested, accepted, refused, withdrawn, lapsed, closed
    bool owner_is_known;  ///< false while the entry hides whose it is and has not answered
    base::Time created_at;
    std::optional<base::Time> answered_at;

    /// own = the entry's owner, counterpart = who asked.
    party::Standing standing() const { return {place, owner, requester, {}, author}; }
    bool is_member(const party::Actor& actor) const;
    /// The other one of the two.
    const base::Id<party::Organisation>& other_side(const base::Id<party::Organisation>& of) const {
        return of == owner ? requester : owner;
    }
};

struct ContactRequest {
    base::Id<catalog::Entry> entry;
    base::Id<catalog::Entry> from_entry;
    std::string message;
};

enum class Box { in, out };

/// Asking for contact and answering (process `contact`): the owner of the entry answers within five
/// working days or the request lapses and the officer hears of it. Stateless over the store;
/// thread-safe after `attach`. Permission is asked here.
class Contacts {
  public:
    Contacts(const catalog::Entries& entries, const party::Permissions& permissions,
             const base::Vault& vault)
        : entries_(&entries), permissions_(&permissions), vault_(&vault) {}

    static constexpr std::string_view process = "contact";

    /// Follows the process: keeps the state, tells the other side, moves the entries. Once, at start.
    void attach(workflow::Cases& cases);

    /// Errors: not_permitted, `entry_not_found`, `entry_not_open` {state}, `contact_with_oneself`,
    /// `not_owner` (of from_entry), `contact_message_length`, `contact_already_open` {contact}.
    base::Result<Contact> request(store::Transaction&, const party::Actor&,
                                  const ContactRequest&) const;
    /// A step of the process. Errors: those of Cases::advance, `text_missing` for the reason "other".
    base::Result<Contact> advance(store::Transaction&, const party::Actor&,
                                  const base::Id<Contact>&, const workflow::Event&,
                                  std::int64_t expected_version) const;
    /// As one of the two sides, else `contact_unknown`.
    base::Result<Contact> read(store::Reader&, const party::Actor&, const base::Id<Contact>&) const;
    static std::optional<Contact> find(store::Reader&, const base::Id<Contact>&);
    /// Newest first: asked of, or by, the organisation the actor acts for.
    static std::vector<Contact> list(store::Reader&, const party::Actor&, Box,
                                     std::string_view before, std::size_t limit);

    const workflow::Cases& cases() const { return *cases_; }

  private:
    base::Status follow(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    base::Status enter_negotiation(store::Transaction&, const base::Id<catalog::Entry>&) const;
    base::Status leave_negotiation(store::Transaction&, const base::Id<catalog::Entry>&) const;

    const catalog::Entries* entries_;
    const party::Permissions* permissions_;
    const base::Vault* vault_;
    const workflow::Cases* cases_ = nullptr;
};

/// A text people write to each other: trimmed, UTF-8, without control characters, of so many
/// characters; otherwise `code` {min, max} at `field`.
base::Result<std::string> checked_words(std::string_view text, std::string_view field,
                                        std::size_t length_min, std::size_t length_max,
                                        std::string_view code);

/// One inbox message to each member of `organisation`.
base::Status tell_organisation(store::Transaction&, const base::Id<party::Organisation>&,
                               std::string_view text_key,
                               const std::map<std::string, std::string>& parameters,
                               std::string_view link, std::string_view once_key);

}  // namespace contract
