#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"
#include "catalog/entry.h"
#include "contract/negotiation.h"
#include "party/permission.h"
#include "store/database.h"
#include "workflow/attachment.h"

namespace contract {

/// The non-disclosure terms a room opens with. A room keeps the text it began with, so that nobody
/// is bound by words that came later.
struct Terms {
    std::string version;
    std::string text;
    std::string hash;  ///< SHA-256 of the text, hex
    static Terms of(std::string version, std::string text);
    /// The region's words: texts `negotiation.terms_version` and `negotiation.terms`, in Chinese.
    static Terms from(const base::Texts& texts);
};

struct Message {
    std::string id;
    base::Id<party::Organisation> organisation;
    std::string account, account_name, text;
    base::Time at;
    bool is_erased = false;  ///< its author took the words back: none are left
};

struct Meeting {
    std::string id;
    base::Id<party::Organisation> organisation;  ///< who proposed it
    std::string account_name, topic, location;
    base::Time starts_at, ends_at;
    std::string state;  ///< proposed, accepted, declined
    std::string answered_by;
};

struct Acceptance {
    base::Id<party::Organisation> organisation;
    std::string account, account_name, terms_hash, address;
    base::Time at;
};

/// Something confidential in the room: the sealed part of an entry, or a file. Its side decides
/// whether the other may see it.
struct ConfidentialItem {
    std::string item;  ///< entry id or attachment id
    bool is_entry = false;
    base::Id<party::Organisation> organisation;  ///< whose it is
    bool released = false;
    base::Time changed_at;
};

/// One look at something confidential.
struct View {
    std::string id, item, item_name, account, account_name, address;
    base::Id<party::Organisation> organisation;
    base::Time at;
};

struct Room {
    Contact contact;
    Terms terms;
    base::Time opened_at;
    std::vector<Message> messages;  ///< oldest first, the last 500
    std::vector<Meeting> meetings;
    std::vector<workflow::Attachment> files;
    std::vector<ConfidentialItem> items;
    std::vector<Acceptance> acceptances;
};

/// The room of an accepted contact: messages, files, meeting times, non-disclosure terms, and what is
/// confidential behind them. Confidential things open to the other side only after it accepted the
/// terms and as long as their owner has released them; every look is recorded before a byte is
/// shown. Stateless over the store; thread-safe. Permission is asked here (actions room.*).
///
/// Errors of all: `contact_unknown` (not one of the two sides), not_permitted, `room_not_open`
/// (before acceptance), `room_closed` (after the end, for whatever changes something or opens
/// what the other side keeps confidential).
class Rooms {
  public:
    Rooms(const Contacts& contacts, const catalog::Entries& entries,
          const party::Permissions& permissions, const workflow::Attachments& attachments,
          const base::Vault& vault, Terms terms)
        : contacts_(&contacts),
          entries_(&entries),
          permissions_(&permissions),
          attachments_(&attachments),
          vault_(&vault),
          terms_(std::move(terms)) {}

    base::Result<Room> read(store::Reader&, const party::Actor&, const base::Id<Contact>&) const;
    /// Opens the room if its contact was accepted and it is not open yet. Called before each use
    /// that changes something; harmless to repeat.
    base::Result<Contact> enter(store::Transaction&, const party::Actor&,
                                const base::Id<Contact>&) const;

    /// 1–5000 characters, else `message_length`. The words lie sealed in the database; the log holds
    /// a commitment to them.
    base::Result<Message> say(store::Transaction&, const party::Actor&, const base::Id<Contact>&,
                              std::string_view text) const;
    /// Takes the words of one's own message back for good; that there was one stays. Errors:
    /// `message_unknown`, `message_not_own`. Erasing twice changes nothing.
    base::Status erase(store::Transaction&, const party::Actor&, const base::Id<Contact>&,
                       std::string_view message) const;
    /// Seals what earlier versions wrote in clear; returns how many. At start.
    base::Result<std::int64_t> seal_clear(store::Database&) const;
    struct NewMeeting {
        std::string topic, location;
        base::Time starts_at, ends_at;
    };
    /// `meeting_in_past`, `meeting_times` (ends before it begins, or lasts more than a day),
    /// `meeting_topic_length`.
    base::Result<Meeting> propose_meeting(store::Transaction&, const party::Actor&,
                                          const base::Id<Contact>&, const NewMeeting&) const;
    enum class Answer { accept, decline };
    /// By the other side. `meeting_unknown`, `meeting_own`, `meeting_answered`.
    base::Result<Meeting> answer_meeting(store::Transaction&, const party::Actor&,
                                         const base::Id<Contact>&, std::string_view meeting,
                                         Answer) const;

    struct NewFile {
        std::string kind, name, content_type;
        workflow::Tier tier = workflow::Tier::open;
    };
    /// Confidential files are PDF, PNG or JPEG, which can carry the viewer's watermark
    /// (`confidential_type`); they count as released until their side ends it. Errors of
    /// Attachments::add.
    base::Result<workflow::Attachment> add_file(store::Transaction&, const party::Actor&,
                                                const base::Id<Contact>&, const NewFile&,
                                                std::string_view bytes) const;
    /// Checks who may have it and records the look at a confidential one; the caller then reads the
    /// bytes and prints the watermark. Errors: `file_not_found`, `terms_not_accepted`,
    /// `not_released`.
    base::Result<workflow::Attachment> open_file(store::Transaction&, const party::Actor&,
                                                 const base::Id<Contact>&, std::string_view file,
                                                 std::string_view address) const;
    base::Result<std::string> bytes_of(const workflow::Attachment& file) const {
        return attachments_->read(file);
    }

    /// For the actor's organisation. `terms_changed` unless `hash` is that of the room's terms,
    /// `terms_already_accepted`.
    base::Result<Acceptance> accept_terms(store::Transaction&, const party::Actor&,
                                          const base::Id<Contact>&, std::string_view hash,
                                          std::string_view address) const;
    enum class Release { open, end };
    /// The owner opens or ends the other side's access to an item. `room_item_unknown`, `not_owner`.
    base::Status release(store::Transaction&, const party::Actor&, const base::Id<Contact>&,
                         std::string_view item, Release) const;
    /// The sealed fields of one of the room's entries; the look is recorded. Errors: `room_item_unknown`,
    /// `terms_not_accepted`, `not_released`.
    base::Result<base::json::object> open_entry(store::Transaction&, const party::Actor&,
                                                const base::Id<Contact>&, std::string_view entry,
                                                std::string_view address) const;
    /// Looks at what the actor's side owns; newest first.
    base::Result<std::vector<View>> views(store::Reader&, const party::Actor&,
                                          const base::Id<Contact>&) const;

    const Contacts& contacts() const { return *contacts_; }

  private:
    base::Status may(const party::Actor&, const Contact&, std::string_view action) const;
    base::Result<Contact> open_room(store::Transaction&, const party::Actor&,
                                    const base::Id<Contact>&, std::string_view action) const;
    base::Status check_access(store::Reader&, const party::Actor&, const Contact&,
                              const ConfidentialItem&) const;
    void record_view(store::Transaction&, const party::Actor&, const Contact&,
                     const ConfidentialItem&, std::string_view name,
                     std::string_view address) const;
    void log(store::Transaction&, const party::Actor&, const Contact&, std::string_view what,
             base::json::object payload) const;
    base::Status tell_other_side(store::Transaction&, const party::Actor&, const Contact&,
                                 std::string_view what, std::string_view once) const;

    const Contacts* contacts_;
    const catalog::Entries* entries_;
    const party::Permissions* permissions_;
    const workflow::Attachments* attachments_;
    const base::Vault* vault_;
    Terms terms_;
};

/// An iCalendar file of one meeting (RFC 5545), times in UTC.
std::string to_ical(const Meeting& meeting, const Contact& contact);

}  // namespace contract
