#include "match/entry_items.h"

#include <charconv>
#include <set>

#include "catalog/body.h"
#include "match/owners.h"

namespace match {
namespace {

std::string text_of(const catalog::Kind& kind, const catalog::Entry& entry, std::string_view name) {
    const base::FieldSpec* field = kind.form.field(name);
    return field == nullptr ? "" : catalog::plain_text(entry.body, *field, entry.language);
}

/// The fields that say in words what it is about, in the original's language.
std::string abstract_of(const catalog::Kind& kind, const catalog::Entry& entry) {
    std::string text;
    for (const auto& [name, weight] : kind.search) {
        if (name == "title" || name == "keywords" || name == "present_solution") continue;
        std::string part = text_of(kind, entry, name);
        if (!part.empty()) text += (text.empty() ? "" : "\n") + part;
    }
    return text;
}

std::vector<std::string> keywords_of(const catalog::Entry& entry) {
    std::vector<std::string> words;
    const base::json::value* value = entry.body.if_contains("keywords");
    if (value != nullptr && value->is_object()) {
        const base::json::object& languages = value->get_object();
        value = languages.if_contains(entry.language);
        if (value != nullptr && value->is_object()) value = value->get_object().if_contains("text");
    }
    if (value == nullptr || !value->is_array()) return words;
    for (const base::json::value& word : value->get_array()) {
        if (word.is_string()) words.emplace_back(word.get_string());
    }
    return words;
}

RightsState rights_of(const catalog::Entry& entry) {
    RightsState best = RightsState::unknown;
    for (const base::json::value& row : base::array_at(entry.body, "ip")) {
        if (!row.is_object()) continue;
        std::string state = base::text_at(row.get_object(), "state");
        if (state == "granted") return RightsState::granted;
        if (state == "pending" || state == "applied" || state == "examination")
            best = RightsState::pending;
    }
    return best;
}

std::int64_t place_number(std::string_view place) {
    std::int64_t number = 0;
    std::from_chars(place.data(), place.data() + place.size(), number);
    return number;
}

}  // namespace

std::optional<Item> item_of(const catalog::Kind& kind, const catalog::Entry& entry,
                            std::string_view owner_type) {
    if (kind.pairing == catalog::Pairing::none) return {};
    bool is_demand = kind.pairing == catalog::Pairing::wanted;
    Item item;
    item.id = entry.id.text();
    item.kind = is_demand ? ItemKind::demand : ItemKind::achievement;
    item.language = entry.language;
    item.title = text_of(kind, entry, "title");
    item.abstract = abstract_of(kind, entry);
    item.keywords = keywords_of(entry);
    item.present_solution = text_of(kind, entry, "present_solution");
    item.country = "CN";
    item.place = place_number(entry.place);
    item.cards = catalog::cards_of(kind, entry.body);
    auto level = catalog::level_of(kind, entry.body);
    if (level && *level > 0) (is_demand ? item.trl_min : item.trl) = *level;
    item.rights = rights_of(entry);
    item.modes = catalog::codes_at(entry.body, "modes");
    auto amount = catalog::amount_of(kind, entry.body);
    if (amount) item.price = base::Money::fen(*amount);
    item.owner = entry.owner.text();
    item.owner_type = owner_type;
    for (const std::string& restriction : catalog::codes_at(entry.body, "restrictions")) {
        item.is_secret |= restriction == "secret";
        item.is_export_controlled |= restriction == "export_controlled";
        item.is_exclusively_licensed |= restriction == "exclusive";
    }
    if (is_demand) {
        auto deadline = base::Date::parse(base::text_at(entry.body, "deadline"));
        if (deadline) item.deadline = *deadline;
    } else if (entry.valid_until) {
        item.deadline = base::date_in_shanghai(*entry.valid_until);
    }
    return item;
}

EntryPairing::EntryPairing(store::Database& database, const catalog::Entries& entries,
                           std::shared_ptr<const Lexicon> lexicon)
    : database_(database),
      entries_(entries),
      pairing_(std::move(lexicon), [this](std::string_view id) { return offered(id); }) {
}

std::optional<Item> EntryPairing::item(store::Reader& reader, const catalog::Entry& entry) const {
    auto owner = party::Organisations::find(reader, entry.owner);
    auto item = item_of(entries_.kind_of(entry), entry, owner ? party::to_string(owner->kind) : "");
    if (!item) return item;
    AnswerRecord record = Owners::record_of(reader, item->owner);
    item->requests_due = record.due;
    item->requests_answered = record.answered;
    item->blocked_owners = Owners::blocked_by(reader, item->owner);
    return item;
}

std::optional<Item> EntryPairing::offered(std::string_view id) const {
    auto found = database_.read<std::optional<Item>>(
        [&](store::Reader& reader) -> base::Result<std::optional<Item>> {
            auto entry = catalog::Entries::find(reader, base::Id<catalog::Entry>(std::string(id)));
            if (!entry || (entry->state != "published" && entry->state != "matched")) {
                return std::optional<Item>();
            }
            return item(reader, *entry);
        });
    return found ? *found : std::nullopt;
}

base::Status EntryPairing::each_page(
    const std::function<void(const std::vector<Item>&)>& take) const {
    for (const char* state : {"published", "matched"}) {
        catalog::EntryFilter filter;
        filter.state = state;
        filter.limit = 500;
        while (true) {
            std::vector<Item> items;
            std::size_t read = 0;
            TRY(database_.read<void>([&](store::Reader& reader) -> base::Status {
                items.clear();
                auto page = catalog::Entries::list(reader, filter);
                read = page.size();
                for (const catalog::Entry& entry : page) {
                    filter.before = entry.id.text();
                    if (auto one = item(reader, entry)) items.push_back(std::move(*one));
                }
                return {};
            }));
            take(items);
            if (read < filter.limit) break;
        }
    }
    return {};
}

base::Result<std::int64_t> EntryPairing::rebuild() {
    std::int64_t count = 0;
    TRY(each_page([&](const std::vector<Item>& items) {
        pairing_.put_all(items);
        count += static_cast<std::int64_t>(items.size());
    }));
    return count;
}

base::Result<std::vector<Profile>> EntryPairing::profiles() const {
    std::vector<Profile> profiles;
    TRY(each_page([&](const std::vector<Item>& items) {
        for (const Item& one : items)
            profiles.push_back(pairing_.profiler().read(one));
    }));
    return profiles;
}

base::Status EntryPairing::follow(const std::vector<store::LogRow>& rows) {
    std::set<std::string> changed;
    for (const store::LogRow& row : rows) {
        if (row.change.action.starts_with("entry.")) changed.insert(row.change.subject);
    }
    for (const std::string& id : changed) {
        auto one = offered(id);
        if (one) {
            pairing_.put(*one);
        } else {
            pairing_.remove(id);
        }
    }
    return {};
}

}  // namespace match
