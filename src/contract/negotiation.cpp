#include "contract/negotiation.h"

#include <algorithm>

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"
#include "party/account.h"
#include "party/inbox.h"
#include "store/write_row.h"

namespace contract {

namespace {

constexpr std::size_t message_min = 5;
constexpr std::size_t message_max = 2000;

constexpr std::string_view select_contact =
    "select id, entry, from_entry, entry_title, owner, requester, author, place, message, state, "
    "owner_is_known, created_at, answered_at from negotiation_contact ";

Contact read_row(const store::Row& row) {
    Contact contact;
    contact.id = row.id<Contact>(0);
    contact.entry = row.id<catalog::Entry>(1);
    contact.from_entry = row.id<catalog::Entry>(2);
    contact.entry_title = row.text(3);
    contact.owner = row.id<party::Organisation>(4);
    contact.requester = row.id<party::Organisation>(5);
    contact.author = row.id<party::Account>(6);
    contact.place = row.text(7);
    contact.message = row.text(8);
    contact.state = row.text(9);
    contact.owner_is_known = row.flag(10);
    contact.created_at = row.time(11);
    contact.answered_at = row.time_if(12);
    return contact;
}

std::string select(std::string_view rest) {
    return std::string(select_contact) + std::string(rest);
}

bool is_open(const catalog::Entry& entry) {
    return entry.state == "published" || entry.state == "matched";
}

base::Status require_open(const catalog::Entry& entry, std::string_view field) {
    if (is_open(entry)) return {};
    return base::refuse(base::conflict("entry_not_open").with("state", entry.state).at(field));
}

/// The same two sides about the same thing, whoever asked first.
base::Status refuse_double(store::Reader& reader, const ContactRequest& request,
                           const catalog::Entry& entry,
                           const base::Id<party::Organisation>& requester) {
    const auto row = reader.first(
        "select id from negotiation_contact where state in ('requested', 'accepted') and ((entry = "
        ":entry and requester = :requester) or (entry = :from_entry and from_entry = :entry and "
        "requester = :owner and :from_entry <> '')) limit 1",
        {{"entry", entry.id},
         {"requester", requester},
         {"from_entry", request.from_entry},
         {"owner", entry.owner}});
    if (!row) return {};
    return base::refuse(base::conflict("contact_already_open").with("contact", row->text(0)));
}

void insert(store::Transaction& transaction, const Contact& contact) {
    store::insert_row(transaction, "negotiation_contact",
                      {{"id", contact.id},
                       {"entry", contact.entry},
                       {"from_entry", contact.from_entry},
                       {"entry_title", contact.entry_title},
                       {"owner", contact.owner},
                       {"requester", contact.requester},
                       {"author", contact.author},
                       {"place", contact.place},
                       {"message", contact.message},
                       {"state", contact.state},
                       {"owner_is_known", contact.owner_is_known},
                       {"created_at", contact.created_at}});
}

std::string link_to(const Contact& contact) {
    return "/desk/contacts/" + contact.id.text();
}

}  // namespace

bool Contact::is_member(const party::Actor& actor) const {
    return actor.signed_in() && !actor.organisation.empty() &&
           (actor.organisation == owner || actor.organisation == requester);
}

base::Result<std::string> checked_words(std::string_view text, std::string_view field,
                                        std::size_t length_min, std::size_t length_max,
                                        std::string_view code) {
    if (!base::is_valid_utf8(text) || base::has_control_characters(text))
        return base::refuse(base::invalid("field_control_characters").at(field));
    std::string words = base::trim(text);
    const std::size_t length = base::count_characters(words);
    if (length < length_min || length > length_max)
        return base::refuse(base::invalid(code)
                                .with("min", std::to_string(length_min))
                                .with("max", std::to_string(length_max))
                                .at(field));
    return words;
}

base::Status tell_organisation(store::Transaction& transaction,
                               const base::Id<party::Organisation>& organisation,
                               std::string_view text_key,
                               const std::map<std::string, std::string>& parameters,
                               std::string_view link, std::string_view once_key) {
    for (const party::Account& member :
         party::Accounts::members_of(transaction, organisation, transaction.now())) {
        party::Notice notice;
        notice.account = member.id;
        notice.text_key = text_key;
        notice.parameters = parameters;
        notice.link = link;
        TRY(party::Inbox::deliver(transaction, notice, once_key));
    }
    return {};
}

void Contacts::attach(workflow::Cases& cases) {
    cases_ = &cases;
    cases.follow(std::string(process),
                 [this](store::Transaction& transaction, const party::Actor& actor,
                        const workflow::Case& item, const workflow::Event& event) {
                     return follow(transaction, actor, item, event);
                 });
}

base::Result<Contact> Contacts::request(store::Transaction& transaction, const party::Actor& actor,
                                        const ContactRequest& request) const {
    party::Standing asking;
    asking.owner = actor.organisation;
    TRY(permissions_->require(actor, "contact.request", asking));
    const catalog::Entry entry = TRY(entries_->read(transaction, actor, request.entry));
    if (entry.owner == actor.organisation)
        return base::refuse(base::conflict("contact_with_oneself").at("entry"));
    TRY(require_open(entry, "entry"));
    if (!request.from_entry.empty()) {
        const catalog::Entry own = TRY(entries_->read(transaction, actor, request.from_entry));
        if (own.owner != actor.organisation)
            return base::refuse(base::forbidden("not_owner").at("from_entry"));
        TRY(require_open(own, "from_entry"));
    }
    Contact contact;
    contact.message = TRY(checked_words(request.message, "message", message_min, message_max,
                                        "contact_message_length"));
    TRY(refuse_double(transaction, request, entry, actor.organisation));
    contact.id = transaction.new_id<Contact>();
    contact.entry = entry.id;
    contact.from_entry = request.from_entry;
    contact.entry_title = entry.title;
    contact.owner = entry.owner;
    contact.requester = actor.organisation;
    contact.author = actor.account;
    contact.place = entry.place;
    contact.state = "requested";
    contact.owner_is_known = entries_->may_see_owner(actor, entry);
    contact.created_at = transaction.now();
    insert(transaction, contact);
    TRY(cases_->open(transaction, actor,
                     {.process = std::string(process),
                      .subject = contact.id.text(),
                      .title = contact.entry_title,
                      .standing = contact.standing()}));
    transaction.append({.actor = actor.log_name(),
                        .place = contact.place,
                        .subject = contact.id.text(),
                        .action = "contact.requested",
                        .payload = base::canonical_json(
                            base::json::object{{"entry", contact.entry.text()},
                                               {"from_entry", contact.from_entry.text()},
                                               {"owner", contact.owner.text()},
                                               {"requester", contact.requester.text()},
                                               {"message", vault_->commit(contact.message)}})});
    TRY(tell_organisation(transaction, contact.owner, "notify.contact_requested",
                          {{"title", contact.entry_title}}, link_to(contact),
                          "contact:" + contact.id.text() + ":requested"));
    return contact;
}

base::Result<Contact> Contacts::advance(store::Transaction& transaction, const party::Actor& actor,
                                        const base::Id<Contact>& id, const workflow::Event& event,
                                        std::int64_t expected_version) const {
    TRY(read(transaction, actor, id));
    if (event.transition == "refuse" && event.reason == "other" &&
        base::count_characters(base::trim(event.text)) < message_min)
        return base::refuse(base::invalid("text_missing").with("min", "5").at("text"));
    TRY(cases_->advance(transaction, actor, process, id.text(), event, expected_version));
    return read(transaction, actor, id);
}

base::Status Contacts::follow(store::Transaction& transaction, const party::Actor& actor,
                              const workflow::Case& item, const workflow::Event& event) const {
    const auto found = find(transaction, base::Id<Contact>(item.subject));
    CHECK_WITH(found, item.subject);
    const Contact& contact = *found;
    const std::string& state = item.current.state;
    transaction.execute(
        "update negotiation_contact set state = :state, answered_at = coalesce(answered_at, :now), "
        "owner_is_known = case when :state = 'accepted' then 1 else owner_is_known end where id = "
        ":id",
        {{"state", state}, {"now", transaction.now()}, {"id", contact.id}});
    if (state == "accepted") {
        TRY(enter_negotiation(transaction, contact.entry));
        TRY(enter_negotiation(transaction, contact.from_entry));
    }
    if (state == "closed") {
        TRY(leave_negotiation(transaction, contact.entry));
        TRY(leave_negotiation(transaction, contact.from_entry));
    }
    const std::map<std::string, std::string> parameters = {
        {"title", contact.entry_title}, {"reason", event.reason}, {"text", event.text}};
    const std::string key = "contact:" + contact.id.text() + ":" + state;
    const std::string text_key = "notify.contact_" + state;
    // The clock tells both sides; a person tells the other one.
    if (actor.organisation != contact.requester)
        TRY(tell_organisation(transaction, contact.requester, text_key, parameters,
                              link_to(contact), key));
    if (actor.organisation != contact.owner)
        TRY(tell_organisation(transaction, contact.owner, text_key, parameters, link_to(contact),
                              key));
    return {};
}

base::Status Contacts::enter_negotiation(store::Transaction& transaction,
                                         const base::Id<catalog::Entry>& id) const {
    if (id.empty()) return {};
    const catalog::Entry entry = TRY(catalog::Entries::require(transaction, id));
    if (entry.state != "published") return {};
    return entries_->follow_up(transaction, id, catalog::Outcome::matched);
}

/// Back on offer only when no other room about it is open.
base::Status Contacts::leave_negotiation(store::Transaction& transaction,
                                         const base::Id<catalog::Entry>& id) const {
    if (id.empty()) return {};
    const catalog::Entry entry = TRY(catalog::Entries::require(transaction, id));
    if (entry.state != "matched") return {};
    const std::int64_t open_rooms = transaction.number(
        "select count(*) from negotiation_contact where state = 'accepted' and (entry = :id or "
        "from_entry = :id)",
        {{"id", id}});
    if (open_rooms > 0) return {};
    return entries_->follow_up(transaction, id, catalog::Outcome::unmatched);
}

std::optional<Contact> Contacts::find(store::Reader& reader, const base::Id<Contact>& id) {
    const auto row = reader.first(select("where id = :id"), {{"id", id}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

base::Result<Contact> Contacts::read(store::Reader& reader, const party::Actor& actor,
                                     const base::Id<Contact>& id) const {
    auto contact = find(reader, id);
    if (!contact || !contact->is_member(actor))
        return base::refuse(base::not_found("contact_unknown"));
    return std::move(*contact);
}

std::vector<Contact> Contacts::list(store::Reader& reader, const party::Actor& actor, Box box,
                                    std::string_view before, std::size_t limit) {
    std::vector<Contact> result;
    if (actor.organisation.empty()) return result;
    std::string where =
        box == Box::in ? "where owner = :organisation" : "where requester = :organisation";
    store::Bindings bindings{{"organisation", actor.organisation},
                             {"limit", static_cast<std::int64_t>(limit)}};
    if (!before.empty()) {
        where += " and id < :before";
        bindings.push_back({"before", before});
    }
    for (const store::Row& row :
         reader.query(select(where + " order by id desc limit :limit"), bindings))
        result.push_back(read_row(row));
    return result;
}

}  // namespace contract
