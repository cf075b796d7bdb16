#include "contract/room.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "contract/room_rows.h"

namespace contract {

namespace {

constexpr std::size_t messages_shown = 500;
constexpr std::string_view watermarkable[] = {"application/pdf", "image/png", "image/jpeg"};

bool can_carry_watermark(std::string_view content_type) {
    return std::ranges::find(watermarkable, content_type) != std::end(watermarkable);
}

/// The standing in which the actor's own side is the owner: for what each side owns by itself.
party::Standing seen_from(const Contact& contact, const base::Id<party::Organisation>& side) {
    party::Standing standing = contact.standing();
    standing.owner = side;
    standing.counterpart = contact.other_side(side);
    return standing;
}

std::string link_to(const Contact& contact) {
    return "/desk/contacts/" + contact.id.text();
}

std::string ical_text(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '\\' || letter == ';' || letter == ',') result += '\\';
        if (letter == '\n') {
            result += "\\n";
        } else if (letter != '\r') {
            result += letter;
        }
    }
    return result;
}

/// Lines of at most 75 octets, never cut inside a character (RFC 5545 3.1).
void add_line(std::string& file, std::string_view line) {
    std::size_t room = 75;
    while (line.size() > room) {
        std::size_t cut = room;
        while ((static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80)
            --cut;
        file += std::string(line.substr(0, cut)) + "\r\n ";
        line.remove_prefix(cut);
        room = 74;
    }
    file += std::string(line) + "\r\n";
}

std::string ical_time(base::Time moment) {
    std::string text = base::to_iso(moment);
    text = text.substr(0, 19);
    std::erase_if(text, [](char letter) { return letter == '-' || letter == ':'; });
    return text + "Z";
}

}  // namespace

Terms Terms::of(std::string version, std::string text) {
    Terms terms{std::move(version), std::move(text), {}};
    terms.hash = base::to_hex(base::sha256(terms.text));
    return terms;
}

Terms Terms::from(const base::Texts& texts) {
    return of(texts.get(base::Language::zh_cn, "negotiation.terms_version"),
              texts.get(base::Language::zh_cn, "negotiation.terms"));
}

base::Status Rooms::may(const party::Actor& actor, const Contact& contact,
                        std::string_view action) const {
    return permissions_->require(actor, action, contact.standing());
}

base::Result<Contact> Rooms::open_room(store::Transaction& transaction, const party::Actor& actor,
                                       const base::Id<Contact>& id, std::string_view action) const {
    Contact contact = TRY(enter(transaction, actor, id));
    TRY(may(actor, contact, action));
    if (contact.state != "accepted") return base::refuse(base::conflict("room_closed"));
    return contact;
}

base::Result<Contact> Rooms::enter(store::Transaction& transaction, const party::Actor& actor,
                                   const base::Id<Contact>& id) const {
    Contact contact = TRY(contacts_->read(transaction, actor, id));
    if (contact.state != "accepted" && contact.state != "closed")
        return base::refuse(base::conflict("room_not_open").with("state", contact.state));
    if (rows::opened(transaction, id)) return contact;
    rows::insert_room(transaction, id, terms_);
    // The confidential parts of both entries, kept until their owner releases them.
    const std::pair<base::Id<catalog::Entry>, base::Id<party::Organisation>> parts[] = {
        {contact.entry, contact.owner}, {contact.from_entry, contact.requester}};
    for (const auto& [entry_id, side] : parts) {
        const auto entry = catalog::Entries::find(transaction, entry_id);
        if (!entry || !entry->has_confidential) continue;
        rows::insert(transaction, id,
                     {.item = entry_id.text(),
                      .is_entry = true,
                      .organisation = side,
                      .released = false,
                      .changed_at = transaction.now()});
    }
    log(transaction, actor, contact, "opened",
        {{"terms_version", terms_.version}, {"terms_hash", terms_.hash}});
    return contact;
}

void Rooms::log(store::Transaction& transaction, const party::Actor& actor, const Contact& contact,
                std::string_view what, base::json::object payload) const {
    transaction.append({.actor = actor.log_name(),
                        .place = contact.place,
                        .subject = contact.id.text(),
                        .action = "room." + std::string(what),
                        .payload = base::canonical_json(payload)});
}

base::Status Rooms::tell_other_side(store::Transaction& transaction, const party::Actor& actor,
                                    const Contact& contact, std::string_view what,
                                    std::string_view once) const {
    return tell_organisation(transaction, contact.other_side(actor.organisation),
                             "notify.room_" + std::string(what), {{"title", contact.entry_title}},
                             link_to(contact),
                             "room:" + contact.id.text() + ":" + std::string(once));
}

base::Result<Room> Rooms::read(store::Reader& reader, const party::Actor& actor,
                               const base::Id<Contact>& id) const {
    Room room;
    room.contact = TRY(contacts_->read(reader, actor, id));
    TRY(may(actor, room.contact, "room.read"));
    if (room.contact.state != "accepted" && room.contact.state != "closed")
        return base::refuse(base::conflict("room_not_open").with("state", room.contact.state));
    room.terms = terms_;
    if (auto opened = rows::opened(reader, id)) {
        room.terms = opened->terms;
        room.opened_at = opened->opened_at;
    }
    room.messages = rows::messages(reader, *vault_, id, messages_shown);
    room.meetings = rows::meetings(reader, id);
    room.items = rows::items(reader, id);
    room.acceptances = rows::acceptances(reader, id);
    for (workflow::Attachment& file : workflow::Attachments::of(reader, id.text()))
        if (!file.removed) room.files.push_back(std::move(file));
    return room;
}

base::Result<Message> Rooms::say(store::Transaction& transaction, const party::Actor& actor,
                                 const base::Id<Contact>& id, std::string_view text) const {
    const Contact contact = TRY(open_room(transaction, actor, id, "room.write"));
    Message message;
    message.text = TRY(checked_words(text, "text", 1, 5000, "message_length"));
    message.id = transaction.new_id<Message>().text();
    message.organisation = actor.organisation;
    message.account = actor.account.text();
    message.account_name = actor.name;
    message.at = transaction.now();
    rows::insert(transaction, *vault_, id, message);
    log(transaction, actor, contact, "message_sent",
        {{"message", message.id}, {"commitment", vault_->commit(message.text)}});
    // A conversation is one notice an hour, not one a sentence.
    const std::int64_t hour = transaction.now().microseconds / base::hours(1).microseconds;
    TRY(tell_other_side(transaction, actor, contact, "message",
                        "message:" + actor.organisation.text() + ":" + std::to_string(hour)));
    return message;
}

base::Status Rooms::erase(store::Transaction& transaction, const party::Actor& actor,
                          const base::Id<Contact>& id, std::string_view message_id) const {
    const Contact contact = TRY(contacts_->read(transaction, actor, id));
    TRY(may(actor, contact, "room.write"));
    const auto message = rows::message(transaction, id, message_id);
    if (!message) return base::refuse(base::not_found("message_unknown"));
    if (message->account != actor.account.text())
        return base::refuse(base::forbidden("message_not_own"));
    if (message->is_erased) return {};
    rows::erase(transaction, message->id);
    log(transaction, actor, contact, "message_erased", {{"message", message->id}});
    return {};
}

base::Result<std::int64_t> Rooms::seal_clear(store::Database& database) const {
    constexpr std::size_t page = 500;
    std::int64_t sealed = 0;
    while (true) {
        const std::int64_t count =
            TRY(database.write<std::int64_t>([&](store::Transaction& transaction) {
                return base::Result<std::int64_t>(rows::seal_clear(transaction, *vault_, page));
            }));
        sealed += count;
        if (count == 0) return sealed;
    }
}

base::Result<Meeting> Rooms::propose_meeting(store::Transaction& transaction,
                                             const party::Actor& actor, const base::Id<Contact>& id,
                                             const NewMeeting& wanted) const {
    const Contact contact = TRY(open_room(transaction, actor, id, "room.write"));
    if (wanted.starts_at <= transaction.now())
        return base::refuse(base::invalid("meeting_in_past").at("starts_at"));
    if (wanted.ends_at <= wanted.starts_at || wanted.ends_at - wanted.starts_at > base::days(1))
        return base::refuse(base::invalid("meeting_times").at("ends_at"));
    Meeting meeting;
    meeting.topic = TRY(checked_words(wanted.topic, "topic", 1, 200, "meeting_topic_length"));
    meeting.location =
        TRY(checked_words(wanted.location, "location", 0, 300, "meeting_topic_length"));
    meeting.id = transaction.new_id<Meeting>().text();
    meeting.organisation = actor.organisation;
    meeting.account_name = actor.name;
    meeting.starts_at = wanted.starts_at;
    meeting.ends_at = wanted.ends_at;
    meeting.state = "proposed";
    rows::insert(transaction, id, meeting);
    log(transaction, actor, contact, "meeting_proposed",
        {{"meeting", meeting.id}, {"starts_at", base::to_iso(meeting.starts_at)}});
    TRY(tell_other_side(transaction, actor, contact, "meeting", "meeting:" + meeting.id));
    return meeting;
}

base::Result<Meeting> Rooms::answer_meeting(store::Transaction& transaction,
                                            const party::Actor& actor, const base::Id<Contact>& id,
                                            std::string_view meeting_id, Answer answer) const {
    const Contact contact = TRY(open_room(transaction, actor, id, "room.write"));
    auto meeting = rows::meeting(transaction, id, meeting_id);
    if (!meeting) return base::refuse(base::not_found("meeting_unknown"));
    if (meeting->organisation == actor.organisation)
        return base::refuse(base::forbidden("meeting_own"));
    if (meeting->state != "proposed")
        return base::refuse(base::conflict("meeting_answered").with("state", meeting->state));
    meeting->state = answer == Answer::accept ? "accepted" : "declined";
    meeting->answered_by = actor.name;
    transaction.execute(
        "update negotiation_meeting set state = :state, answered_by = :name where id = :id",
        {{"state", meeting->state}, {"name", meeting->answered_by}, {"id", meeting->id}});
    log(transaction, actor, contact, "meeting_" + meeting->state, {{"meeting", meeting->id}});
    TRY(tell_other_side(transaction, actor, contact, "meeting_answered",
                        "answered:" + meeting->id));
    return std::move(*meeting);
}

base::Result<workflow::Attachment> Rooms::add_file(store::Transaction& transaction,
                                                   const party::Actor& actor,
                                                   const base::Id<Contact>& id, const NewFile& file,
                                                   std::string_view bytes) const {
    const Contact contact = TRY(open_room(transaction, actor, id, "room.write"));
    const bool confidential = file.tier == workflow::Tier::confidential;
    if (confidential && !can_carry_watermark(file.content_type))
        return base::refuse(base::invalid("confidential_type").at("file"));
    workflow::Attachment meta;
    meta.subject = id.text();
    meta.kind = file.kind.empty() ? "other" : file.kind;
    meta.name = file.name;
    meta.content_type = file.content_type;
    meta.tier = file.tier;
    workflow::Attachment added = TRY(attachments_->add(transaction, actor, meta, bytes));
    rows::insert(transaction, id,
                 {.item = added.id,
                  .is_entry = false,
                  .organisation = actor.organisation,
                  .released = true,
                  .changed_at = transaction.now()});
    log(transaction, actor, contact, "file_added",
        {{"file", added.id}, {"sha256", added.sha256}, {"confidential", confidential}});
    TRY(tell_other_side(transaction, actor, contact, "file", "file:" + added.id));
    return added;
}

base::Status Rooms::check_access(store::Reader& reader, const party::Actor& actor,
                                 const Contact& contact, const ConfidentialItem& item) const {
    if (item.organisation == actor.organisation) return {};
    if (contact.state != "accepted") return base::refuse(base::conflict("room_closed"));
    const auto accepted = rows::acceptances(reader, contact.id);
    const bool by_my_side = std::ranges::any_of(
        accepted, [&](const Acceptance& each) { return each.organisation == actor.organisation; });
    if (!by_my_side) return base::refuse(base::forbidden("terms_not_accepted"));
    if (!item.released) return base::refuse(base::forbidden("not_released"));
    return {};
}

void Rooms::record_view(store::Transaction& transaction, const party::Actor& actor,
                        const Contact& contact, const ConfidentialItem& item, std::string_view name,
                        std::string_view address) const {
    View view;
    view.id = transaction.new_id<View>().text();
    view.item = item.item;
    view.item_name = name;
    view.account = actor.account.text();
    view.account_name = actor.name;
    view.address = address;
    view.organisation = actor.organisation;
    view.at = transaction.now();
    rows::insert(transaction, contact.id, view);
    log(transaction, actor, contact, "viewed",
        {{"view", view.id},
         {"item", view.item},
         {"organisation", view.organisation.text()},
         {"address", vault_->commit(view.address)}});
}

base::Result<workflow::Attachment> Rooms::open_file(store::Transaction& transaction,
                                                    const party::Actor& actor,
                                                    const base::Id<Contact>& id,
                                                    std::string_view file_id,
                                                    std::string_view address) const {
    const Contact contact = TRY(enter(transaction, actor, id));
    TRY(may(actor, contact, "room.read"));
    auto file = workflow::Attachments::find(transaction, file_id);
    const auto item = rows::item(transaction, id, file_id);
    if (!file || !item || file->subject != id.text() || file->removed)
        return base::refuse(base::not_found("file_not_found"));
    if (file->tier == workflow::Tier::confidential) {
        TRY(check_access(transaction, actor, contact, *item));
        record_view(transaction, actor, contact, *item, file->name, address);
    }
    return std::move(*file);
}

base::Result<Acceptance> Rooms::accept_terms(store::Transaction& transaction,
                                             const party::Actor& actor, const base::Id<Contact>& id,
                                             std::string_view hash,
                                             std::string_view address) const {
    const Contact contact = TRY(open_room(transaction, actor, id, "room.accept_terms"));
    const auto opened = rows::opened(transaction, id);
    CHECK(opened);
    if (hash != opened->terms.hash)
        return base::refuse(
            base::conflict("terms_changed").with("version", opened->terms.version).at("hash"));
    for (const Acceptance& each : rows::acceptances(transaction, id))
        if (each.organisation == actor.organisation)
            return base::refuse(base::conflict("terms_already_accepted"));
    Acceptance acceptance;
    acceptance.organisation = actor.organisation;
    acceptance.account = actor.account.text();
    acceptance.account_name = actor.name;
    acceptance.terms_hash = opened->terms.hash;
    acceptance.address = address;
    acceptance.at = transaction.now();
    rows::insert(transaction, id, acceptance);
    log(transaction, actor, contact, "terms_accepted",
        {{"organisation", acceptance.organisation.text()},
         {"terms_version", opened->terms.version},
         {"terms_hash", acceptance.terms_hash}});
    TRY(tell_other_side(transaction, actor, contact, "terms_accepted",
                        "terms:" + actor.organisation.text()));
    return acceptance;
}

base::Status Rooms::release(store::Transaction& transaction, const party::Actor& actor,
                            const base::Id<Contact>& id, std::string_view item_id,
                            Release release) const {
    const Contact contact = TRY(enter(transaction, actor, id));
    TRY(permissions_->require(actor, "room.release", seen_from(contact, actor.organisation)));
    const auto item = rows::item(transaction, id, item_id);
    if (!item) return base::refuse(base::not_found("room_item_unknown"));
    if (item->organisation != actor.organisation)
        return base::refuse(base::forbidden("not_owner").at("item"));
    const bool open = release == Release::open;
    // Access can be ended at any time, given only while the room lives.
    if (open && contact.state != "accepted") return base::refuse(base::conflict("room_closed"));
    if (item->released == open) return {};
    transaction.execute(
        "update negotiation_item set released = :released, changed_at = :now where contact = "
        ":contact and item = :item",
        {{"released", open}, {"now", transaction.now()}, {"contact", id}, {"item", item_id}});
    log(transaction, actor, contact, open ? "released" : "access_ended", {{"item", item_id}});
    return tell_other_side(
        transaction, actor, contact, open ? "released" : "access_ended",
        std::string(item_id) + (open ? ":open:" : ":end:") + base::to_iso(transaction.now()));
}

base::Result<base::json::object> Rooms::open_entry(store::Transaction& transaction,
                                                   const party::Actor& actor,
                                                   const base::Id<Contact>& id,
                                                   std::string_view entry_id,
                                                   std::string_view address) const {
    const Contact contact = TRY(enter(transaction, actor, id));
    TRY(may(actor, contact, "room.read"));
    const auto item = rows::item(transaction, id, entry_id);
    if (!item || !item->is_entry) return base::refuse(base::not_found("room_item_unknown"));
    TRY(check_access(transaction, actor, contact, *item));
    const catalog::Entry entry =
        TRY(catalog::Entries::require(transaction, base::Id<catalog::Entry>(item->item)));
    base::json::object opened = TRY(entries_->confidential(transaction, entry));
    record_view(transaction, actor, contact, *item, entry.title, address);
    return opened;
}

base::Result<std::vector<View>> Rooms::views(store::Reader& reader, const party::Actor& actor,
                                             const base::Id<Contact>& id) const {
    const Contact contact = TRY(contacts_->read(reader, actor, id));
    TRY(may(actor, contact, "room.read"));
    return rows::views(reader, id, actor.organisation);
}

std::string to_ical(const Meeting& meeting, const Contact& contact) {
    std::string file;
    add_line(file, "BEGIN:VCALENDAR");
    add_line(file, "VERSION:2.0");
    add_line(file, "PRODID:-//Guiqiao//Negotiation//EN");
    add_line(file, "BEGIN:VEVENT");
    add_line(file, "UID:" + meeting.id + "@guiqiao");
    add_line(file, "DTSTAMP:" + ical_time(meeting.starts_at));
    add_line(file, "DTSTART:" + ical_time(meeting.starts_at));
    add_line(file, "DTEND:" + ical_time(meeting.ends_at));
    add_line(file, "SUMMARY:" + ical_text(meeting.topic));
    if (!meeting.location.empty()) add_line(file, "LOCATION:" + ical_text(meeting.location));
    add_line(file, "DESCRIPTION:" + ical_text(contact.entry_title));
    add_line(file, meeting.state == "accepted" ? "STATUS:CONFIRMED" : "STATUS:TENTATIVE");
    add_line(file, "END:VEVENT");
    add_line(file, "END:VCALENDAR");
    return file;
}

}  // namespace contract
