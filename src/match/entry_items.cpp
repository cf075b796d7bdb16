#include "match/entry_items.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/check.h"
#include "catalog/body.h"
#include "catalog/search_feed.h"
#include "match/learning.h"
#include "match/owners.h"

namespace match {
namespace {

constexpr const char* offered_states[] = {"published", "matched"};
constexpr std::size_t page_entries = 500;

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

std::optional<Item> item_of(const catalog::Kind& kind, const catalog::Entry& entry) {
    if (kind.pairing == catalog::Pairing::none) return {};
    bool is_demand = kind.pairing == catalog::Pairing::wanted;
    Item item;
    item.id = entry.id.text();
    item.kind = is_demand ? ItemKind::demand : ItemKind::achievement;
    item.language = entry.language;
    item.title = text_of(kind, entry, "title");
    item.abstract = abstract_of(kind, entry);
    item.keywords = catalog::words_at(entry.body, "keywords", entry.language);
    item.present_solution = text_of(kind, entry, "present_solution");
    if (!entry.place.empty()) item.place = place_number(entry.place);
    item.cards = catalog::cards_of(kind, entry.body);
    auto level = catalog::level_of(kind, entry.body);
    if (level && *level > 0) (is_demand ? item.trl_min : item.trl) = *level;
    item.rights = rights_of(entry);
    item.modes = catalog::codes_at(entry.body, "modes");
    auto amount = catalog::amount_of(kind, entry.body);
    if (amount) item.price = base::Money::fen(*amount);
    item.owner = entry.owner.text();
    for (const std::string& restriction : catalog::codes_at(entry.body, "restrictions")) {
        item.is_secret |= restriction == "secret";
        item.is_export_controlled |= restriction == "export_controlled";
        item.is_exclusively_licensed |= restriction == "exclusive";
    }
    if (!kind.columns.deadline.empty()) {
        auto deadline = base::Date::parse(base::text_at(entry.body, kind.columns.deadline));
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
    auto item = item_of(entries_.kind_of(entry), entry);
    if (item) set_owner(*item, entry.owner.text(), Owners::facts_of(reader, entry.owner.text()));
    return item;
}

void EntryPairing::set_owner(Item& item, std::string_view owner, const OwnerFacts& facts) {
    item.owner = owner;
    item.is_foreign = facts.is_foreign;
    item.requests_due = facts.record.due;
    item.requests_answered = facts.record.answered;
    item.blocked_owners = facts.blocked;
}

std::optional<Item> EntryPairing::offered(std::string_view id) const {
    auto found = database_.read<std::optional<Item>>(
        [&](store::Reader& reader) -> base::Result<std::optional<Item>> {
            auto entry = catalog::Entries::find(reader, base::Id<catalog::Entry>(std::string(id)));
            bool is_offered =
                entry && std::find(std::begin(offered_states), std::end(offered_states),
                                   entry->state) != std::end(offered_states);
            return is_offered ? item(reader, *entry) : std::nullopt;
        });
    return found ? *found : std::nullopt;
}

base::Result<OfferedPage> EntryPairing::page_of(const catalog::EntryFilter& filter) const {
    return database_.read<OfferedPage>([&](store::Reader& reader) -> base::Result<OfferedPage> {
        OfferedPage page;
        std::map<std::string, OwnerFacts> owners;
        page.entries = catalog::Entries::list(reader, filter);
        for (const catalog::Entry& entry : page.entries) {
            auto item = item_of(entries_.kind_of(entry), entry);
            CHECK_WITH(item.has_value(), entry.kind);
            const std::string& owner = entry.owner.text();
            auto known = owners.find(owner);
            if (known == owners.end())
                known = owners.emplace(owner, Owners::facts_of(reader, owner)).first;
            set_owner(*item, owner, known->second);
            page.items.push_back(std::move(*item));
        }
        return page;
    });
}

base::Status EntryPairing::each_offered(const OfferedFilter& wanted,
                                        const std::function<bool(const OfferedPage&)>& take) const {
    for (const catalog::Kind& kind : entries_.kinds().all()) {
        bool is_wanted = kind.pairing != catalog::Pairing::none &&
                         (!wanted.pairing || kind.pairing == *wanted.pairing);
        if (!is_wanted) continue;
        for (const char* state : offered_states) {
            catalog::EntryFilter filter{
                .kind = kind.code(), .state = state, .place = wanted.place, .limit = page_entries};
            while (true) {
                OfferedPage page = TRY(page_of(filter));
                bool is_last = page.entries.size() < filter.limit;
                if (!page.entries.empty()) filter.before = page.entries.back().id.text();
                if (!take(page) || is_last) break;
            }
        }
    }
    return {};
}

base::Result<std::int64_t> EntryPairing::rebuild() {
    std::int64_t count = 0;
    TRY(each_offered({}, [&](const OfferedPage& page) {
        pairing_.put_all(page.items);
        count += static_cast<std::int64_t>(page.items.size());
        return true;
    }));
    return count;
}

base::Result<std::vector<Profile>> EntryPairing::profiles() const {
    std::vector<Profile> profiles;
    TRY(each_offered({}, [&](const OfferedPage& page) {
        for (const Item& one : page.items)
            profiles.push_back(pairing_.profiler().read(one));
        return true;
    }));
    return profiles;
}

base::Status EntryPairing::use_weights_in_force() {
    auto present = TRY(
        database_.read<WeightsVersion>([](store::Reader& reader) -> base::Result<WeightsVersion> {
            return WeightsBook::in_force(reader);
        }));
    pairing_.use_weights(present.weights);
    return {};
}

base::Status EntryPairing::follow(const std::vector<store::LogRow>& rows) {
    std::set<std::string> changed = catalog::changed_entries(entries_.kinds(), rows);
    for (const store::LogRow& row : rows) {
        bool of_owner = row.change.action.starts_with("match.owner_") ||
                        row.change.action.starts_with("organisation.");
        if (of_owner) pairing_.forget_owner(row.change.subject);
        if (row.change.action == "match.weights_taken") TRY(use_weights_in_force());
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
