#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "catalog/duplicates.h"
#include "catalog/kind.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "store/database.h"
#include "workflow/case.h"

namespace catalog {

/// A thing offered or wanted. The body holds the public fields of its kind; the confidential ones
/// are sealed in the database and opened only by `Entries::confidential`.
struct Entry {
    base::Id<Entry> id;
    std::string kind;
    std::int64_t version = 1;
    std::string state;  ///< mirrors the case
    base::Id<party::Organisation> owner;
    std::string place;
    base::Id<party::Account> author;
    std::string language = "zh";  ///< of the originals
    std::string title;            ///< in that language
    base::json::object body;
    bool has_confidential = false;
    std::string visibility = "public";
    base::Time created_at;
    base::Time updated_at;
    std::optional<base::Time> first_published_at;
    std::optional<base::Time> published_at;
    std::optional<base::Time> valid_until;
    bool is_sample = false;

    party::Standing standing() const { return {place, owner, {}, {}, author}; }
};

struct EntryDraft {
    std::string kind;
    base::json::object body;  ///< confidential fields among the others
    std::string language = "zh";
    base::Id<party::Organisation> owner;  ///< empty: the organisation the actor acts for
    bool is_sample = false;               ///< also set when the owner is a sample
    std::string import;                   ///< id of the import it came with, or empty
};

/// What happened to an entry elsewhere.
enum class Outcome { matched, unmatched, contracted, reopened, closed };

struct EntryFilter {
    base::Id<party::Organisation> owner;  ///< or empty
    std::string kind;
    std::string state;
    std::string place;  ///< subtree
    std::string title_part;
    std::string before;  ///< cursor: the last id seen; newest first
    std::size_t limit = 50;
};

/// Entries of all kinds: written, reviewed, offered, renewed, taken back. Permission is asked here
/// (actions entry.*, and the process for steps). Every change bumps the version, is logged
/// ("entry.edited"; "entry.opened" and the steps by the process) and keeps its field history.
/// Stateless over the store; thread-safe after `attach`.
class Entries {
  public:
    Entries(const Kinds& kinds, const party::Permissions& permissions, const base::Vault& vault)
        : kinds_(&kinds), permissions_(&permissions), vault_(&vault) {}

    /// Registers the effects and the follower of the processes that the kinds use. Once, at start.
    void attach(workflow::Cases& cases);

    /// Errors: `kind_unknown`, not_permitted, `organisation_missing`, `form_invalid`.
    base::Result<Entry> create(store::Transaction&, const party::Actor&, const EntryDraft&) const;
    /// The same for many entries of one owner, whose record was read once.
    base::Result<Entry> create(store::Transaction&, const party::Actor&, const EntryDraft&,
                               const party::Organisation& owner) const;
    /// Replaces the body. In draft and returned everything; later only translations
    /// (`entry_not_editable` {state}). An actor who may not read the confidential part leaves it as
    /// it is. `expected_version` 0 = any, else `version_stale`.
    base::Result<Entry> update(store::Transaction&, const party::Actor&, const base::Id<Entry>&,
                               const base::json::object& body, std::int64_t expected_version) const;
    /// A step of the process. Errors: those of Cases::advance; of the effects: `form_invalid`
    /// (not complete), `organisation_not_verified`.
    base::Result<Entry> advance(store::Transaction&, const party::Actor&, const base::Id<Entry>&,
                                const workflow::Event&, std::int64_t expected_version) const;
    /// For the modules that follow: rooms, deals, contracts. Nothing to do is success.
    base::Status follow_up(store::Transaction&, const base::Id<Entry>&, Outcome) const;

    static std::optional<Entry> find(store::Reader&, const base::Id<Entry>&);
    static base::Result<Entry> require(store::Reader&, const base::Id<Entry>&);
    /// The entry if this actor may see it, else `entry_not_found`. Drafts: owner and officer of
    /// the place; public states: by the entry's visibility.
    base::Result<Entry> read(store::Reader&, const party::Actor&, const base::Id<Entry>&) const;
    bool may_read(const party::Actor&, const Entry&) const;
    /// May see whose it is: false for visitors of an anonymous entry.
    bool may_see_owner(const party::Actor&, const Entry&) const;
    bool may(const party::Actor&, std::string_view action, const Entry&) const;
    /// The sealed fields. The caller has checked permission and logs the view (rooms do).
    base::Result<base::json::object> confidential(store::Reader&, const Entry&) const;
    /// Newest first. Only what the caller may see is the caller's to choose (owner or place).
    static std::vector<Entry> list(store::Reader&, const EntryFilter&);
    std::vector<Duplicate> duplicates(store::Reader&, const Entry&) const;

    /// Reminds owners `remind_days` before the end of validity and expires what is over. Firing
    /// twice is a no-op. Returns how many it handled. Called by a job.
    base::Result<int> expire_due(store::Database&) const;

    const Kinds& kinds() const { return *kinds_; }
    const Kind& kind_of(const Entry& entry) const;
    const workflow::Cases& cases() const { return *cases_; }

  private:
    using EffectMethod = base::Status (Entries::*)(store::Transaction&, const party::Actor&,
                                                   const workflow::Case&,
                                                   const workflow::Event&) const;
    workflow::Effect bind(EffectMethod method) const;
    base::Status check_complete(store::Transaction&, const party::Actor&, const workflow::Case&,
                                const workflow::Event&) const;
    base::Status publish(store::Transaction&, const party::Actor&, const workflow::Case&,
                         const workflow::Event&) const;
    base::Status unpublish(store::Transaction&, const party::Actor&, const workflow::Case&,
                           const workflow::Event&) const;
    base::Status renew(store::Transaction&, const party::Actor&, const workflow::Case&,
                       const workflow::Event&) const;
    base::Status mirror(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    /// The entry that this one replaces, if it names one. `superseded_entry_unfit`: not of the same
    /// kind and owner.
    base::Result<std::optional<Entry>> superseded(store::Reader&, const Entry&) const;
    /// `entry_over_already` {date}: the day it ends by itself has passed.
    base::Status check_ends(store::Transaction&, const Entry&) const;
    void set_validity(store::Transaction&, const Entry&) const;
    base::Result<int> remind_due(store::Database&) const;
    std::string seal(const base::json::object& confidential, const base::Id<Entry>&,
                     base::Random&) const;

    const Kinds* kinds_;
    const party::Permissions* permissions_;
    const base::Vault* vault_;
    const workflow::Cases* cases_ = nullptr;
};

}  // namespace catalog
