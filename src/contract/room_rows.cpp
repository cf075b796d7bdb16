#include "contract/room_rows.h"

#include <algorithm>

#include "base/hash.h"

namespace contract::rows {

namespace {

Meeting read_meeting(const store::Row& row) {
    return {.id = row.text(0),
            .organisation = row.id<party::Organisation>(1),
            .account_name = row.text(2),
            .topic = row.text(3),
            .location = row.text(4),
            .starts_at = row.time(5),
            .ends_at = row.time(6),
            .state = row.text(7),
            .answered_by = row.text(8)};
}

/// Stands where the words of an erased message stood.
constexpr std::string_view erased_mark = "erased";

std::string context_of(std::string_view message) {
    return "message:" + std::string(message) + ":words";
}

std::string seal_words(const base::Vault& vault, std::string_view message, std::string_view words,
                       base::Random& random) {
    return base::to_base64(vault.seal(words, context_of(message), random));
}

/// Words that do not open (another master key, a changed row) are shown as a mark, not as nothing.
std::string open_words(const base::Vault& vault, std::string_view message,
                       std::string_view sealed) {
    const auto bytes = base::from_base64(sealed);
    if (!bytes) return "\uFFFD";
    auto opened = vault.open(*bytes, context_of(message));
    return opened ? std::move(*opened) : "\uFFFD";
}

constexpr std::string_view select_meeting =
    "select id, organisation, account_name, topic, location, starts_at, ends_at, state, "
    "answered_by "
    "from negotiation_meeting where contact = :contact ";

ConfidentialItem read_item(const store::Row& row) {
    return {.item = row.text(0),
            .is_entry = row.text(1) == "entry",
            .organisation = row.id<party::Organisation>(2),
            .released = row.flag(3),
            .changed_at = row.time(4)};
}

constexpr std::string_view select_item =
    "select item, kind, organisation, released, changed_at from negotiation_item where contact = "
    ":contact ";

}  // namespace

std::vector<Message> messages(store::Reader& reader, const base::Vault& vault,
                              const base::Id<Contact>& contact, std::size_t limit) {
    std::vector<Message> result;
    for (const store::Row& row : reader.query(
             "select id, organisation, account, account_name, words, sealed, at from "
             "negotiation_message where contact = :contact order by at desc, id desc limit :limit",
             {{"contact", contact}, {"limit", static_cast<std::int64_t>(limit)}})) {
        Message message{row.text(0), row.id<party::Organisation>(1),
                        row.text(2), row.text(3),
                        row.text(4), row.time(6)};
        if (const std::string sealed = row.text(5); sealed == erased_mark)
            message.is_erased = true;
        else if (!sealed.empty())
            message.text = open_words(vault, message.id, sealed);
        result.push_back(std::move(message));
    }
    std::ranges::reverse(result);
    return result;
}

std::optional<Message> message(store::Reader& reader, const base::Id<Contact>& contact,
                               std::string_view id) {
    const auto row = reader.first(
        "select id, organisation, account, account_name, sealed, at from negotiation_message where "
        "contact = :contact and id = :id",
        {{"contact", contact}, {"id", id}});
    if (!row) return std::nullopt;
    Message found{row->text(0), row->id<party::Organisation>(1), row->text(2), row->text(3), {},
                  row->time(5)};
    found.is_erased = row->text(4) == erased_mark;
    return found;
}

void erase(store::Transaction& transaction, std::string_view id) {
    transaction.execute("update negotiation_message set words = '', sealed = :mark where id = :id",
                        {{"mark", erased_mark}, {"id", id}});
}

std::int64_t seal_clear(store::Transaction& transaction, const base::Vault& vault,
                        std::size_t limit) {
    const auto clear = transaction.query(
        "select id, words from negotiation_message where sealed = '' order by id limit :limit",
        {{"limit", static_cast<std::int64_t>(limit)}});
    for (const store::Row& row : clear)
        transaction.execute(
            "update negotiation_message set words = '', sealed = :sealed where id = :id",
            {{"sealed", seal_words(vault, row.text(0), row.text(1), transaction.random())},
             {"id", row.text(0)}});
    return static_cast<std::int64_t>(clear.size());
}

std::vector<Meeting> meetings(store::Reader& reader, const base::Id<Contact>& contact) {
    std::vector<Meeting> result;
    for (const store::Row& row : reader.query(
             std::string(select_meeting) + "order by starts_at, id", {{"contact", contact}}))
        result.push_back(read_meeting(row));
    return result;
}

std::optional<Meeting> meeting(store::Reader& reader, const base::Id<Contact>& contact,
                               std::string_view id) {
    const auto row = reader.first(std::string(select_meeting) + "and id = :id",
                                  {{"contact", contact}, {"id", id}});
    if (!row) return std::nullopt;
    return read_meeting(*row);
}

std::vector<Acceptance> acceptances(store::Reader& reader, const base::Id<Contact>& contact) {
    std::vector<Acceptance> result;
    for (const store::Row& row :
         reader.query("select organisation, account, account_name, terms_hash, address, at from "
                      "negotiation_acceptance where contact = :contact order by at, id",
                      {{"contact", contact}}))
        result.push_back({row.id<party::Organisation>(0), row.text(1), row.text(2), row.text(3),
                          row.text(4), row.time(5)});
    return result;
}

std::vector<ConfidentialItem> items(store::Reader& reader, const base::Id<Contact>& contact) {
    std::vector<ConfidentialItem> result;
    for (const store::Row& row :
         reader.query(std::string(select_item) + "order by kind, item", {{"contact", contact}}))
        result.push_back(read_item(row));
    return result;
}

std::optional<ConfidentialItem> item(store::Reader& reader, const base::Id<Contact>& contact,
                                     std::string_view id) {
    const auto row = reader.first(std::string(select_item) + "and item = :item",
                                  {{"contact", contact}, {"item", id}});
    if (!row) return std::nullopt;
    return read_item(*row);
}

std::vector<View> views(store::Reader& reader, const base::Id<Contact>& contact,
                        const base::Id<party::Organisation>& owner) {
    std::vector<View> result;
    for (const store::Row& row : reader.query(
             "select v.id, v.item, v.item_name, v.account, v.account_name, v.address, "
             "v.organisation, v.at from negotiation_view v join negotiation_item i on i.contact = "
             "v.contact and i.item = v.item where v.contact = :contact and i.organisation = :owner "
             "order by v.at desc, v.id desc",
             {{"contact", contact}, {"owner", owner}}))
        result.push_back({.id = row.text(0),
                          .item = row.text(1),
                          .item_name = row.text(2),
                          .account = row.text(3),
                          .account_name = row.text(4),
                          .address = row.text(5),
                          .organisation = row.id<party::Organisation>(6),
                          .at = row.time(7)});
    return result;
}

std::optional<OpenedRoom> opened(store::Reader& reader, const base::Id<Contact>& contact) {
    const auto row = reader.first(
        "select terms_version, terms_hash, terms, opened_at from negotiation_room where contact = "
        ":contact",
        {{"contact", contact}});
    if (!row) return std::nullopt;
    return OpenedRoom{
        .terms = {.version = row->text(0), .text = row->text(2), .hash = row->text(1)},
        .opened_at = row->time(3)};
}

void insert_room(store::Transaction& transaction, const base::Id<Contact>& contact,
                 const Terms& terms) {
    transaction.execute(
        "insert into negotiation_room (contact, terms_version, terms_hash, terms, opened_at) "
        "values "
        "(:contact, :version, :hash, :terms, :at)",
        {{"contact", contact},
         {"version", terms.version},
         {"hash", terms.hash},
         {"terms", terms.text},
         {"at", transaction.now()}});
}

void insert(store::Transaction& transaction, const base::Vault& vault,
            const base::Id<Contact>& contact, const Message& message) {
    transaction.execute(
        "insert into negotiation_message (id, contact, organisation, account, account_name, words, "
        "sealed, at) values (:id, :contact, :organisation, :account, :account_name, '', :sealed, "
        ":at)",
        {{"id", message.id},
         {"contact", contact},
         {"organisation", message.organisation},
         {"account", message.account},
         {"account_name", message.account_name},
         {"sealed", seal_words(vault, message.id, message.text, transaction.random())},
         {"at", message.at}});
}

void insert(store::Transaction& transaction, const base::Id<Contact>& contact,
            const Meeting& meeting) {
    transaction.execute(
        "insert into negotiation_meeting (id, contact, organisation, account_name, topic, "
        "location, "
        "starts_at, ends_at, state, answered_by, at) values (:id, :contact, :organisation, "
        ":account_name, :topic, :location, :starts_at, :ends_at, :state, '', :at)",
        {{"id", meeting.id},
         {"contact", contact},
         {"organisation", meeting.organisation},
         {"account_name", meeting.account_name},
         {"topic", meeting.topic},
         {"location", meeting.location},
         {"starts_at", meeting.starts_at},
         {"ends_at", meeting.ends_at},
         {"state", meeting.state},
         {"at", transaction.now()}});
}

void insert(store::Transaction& transaction, const base::Id<Contact>& contact,
            const Acceptance& acceptance) {
    transaction.execute(
        "insert into negotiation_acceptance (id, contact, organisation, account, account_name, "
        "terms_hash, address, at) values (:id, :contact, :organisation, :account, :account_name, "
        ":hash, :address, :at)",
        {{"id", transaction.new_id<Acceptance>()},
         {"contact", contact},
         {"organisation", acceptance.organisation},
         {"account", acceptance.account},
         {"account_name", acceptance.account_name},
         {"hash", acceptance.terms_hash},
         {"address", acceptance.address},
         {"at", acceptance.at}});
}

void insert(store::Transaction& transaction, const base::Id<Contact>& contact,
            const ConfidentialItem& item) {
    transaction.execute(
        "insert into negotiation_item (contact, item, kind, organisation, released, changed_at) "
        "values (:contact, :item, :kind, :organisation, :released, :at)",
        {{"contact", contact},
         {"item", item.item},
         {"kind", item.is_entry ? "entry" : "file"},
         {"organisation", item.organisation},
         {"released", item.released},
         {"at", item.changed_at}});
}

void insert(store::Transaction& transaction, const base::Id<Contact>& contact, const View& view) {
    transaction.execute(
        "insert into negotiation_view (id, contact, item, item_name, organisation, account, "
        "account_name, address, at) values (:id, :contact, :item, :item_name, :organisation, "
        ":account, :account_name, :address, :at)",
        {{"id", view.id},
         {"contact", contact},
         {"item", view.item},
         {"item_name", view.item_name},
         {"organisation", view.organisation},
         {"account", view.account},
         {"account_name", view.account_name},
         {"address", view.address},
         {"at", view.at}});
}

}  // namespace contract::rows
