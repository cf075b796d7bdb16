#include "catalog/search_feed.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/money.h"
#include "base/text.h"
#include "catalog/body.h"
#include "catalog/entry_rows.h"
#include "party/place.h"

namespace catalog {
namespace {

constexpr std::size_t rebuild_batch = 2000;
constexpr std::size_t text_characters_max = 300;
constexpr std::string_view keyword_attributes[] = {"kind",  "state",  "card",     "city",
                                                   "owner", "sample", "language", "visibility"};
constexpr std::string_view number_attributes[] = {"place",    "level",     "amount",
                                                  "deadline", "published", "valid_until"};

std::int64_t number_of(std::string_view digits) {
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

/// 450102 → 450100: the city of a county, itself for a city or region.
std::string city_code(const std::string& place) {
    return place.size() == 6 ? place.substr(0, 4) + "00" : place;
}

std::set<std::string> filters_of(const Kinds& kinds) {
    std::set<std::string> names;
    for (const Kind& kind : kinds.all())
        names.insert(kind.filters.begin(), kind.filters.end());
    return names;
}

bool is_offered(std::string_view state) {
    return state == "published" || state == "matched";
}

void add_numbers(search::Document& document, const Kind& kind, const Entry& entry) {
    document.numbers["place"] = number_of(entry.place);
    if (auto level = level_of(kind, entry.body)) document.numbers["level"] = *level;
    if (auto amount = amount_of(kind, entry.body)) document.numbers["amount"] = *amount;
    auto deadline = base::Date::parse(base::text_at(entry.body, kind.columns.deadline));
    if (deadline) document.numbers["deadline"] = deadline->days_since_epoch();
    if (entry.published_at) {
        document.numbers["published"] =
            base::date_in_shanghai(*entry.published_at).days_since_epoch();
    }
    if (entry.valid_until) {
        document.numbers["valid_until"] =
            base::date_in_shanghai(*entry.valid_until).days_since_epoch();
    }
}

std::string owner_name_of(store::Reader& reader, const Entry& entry) {
    auto owner = party::Organisations::find(reader, entry.owner);
    return owner ? owner->name : std::string();
}

/// Every entry of an owner that is to be found, in pages.
base::Status put_entries_of(store::Reader& reader, const Kinds& kinds, search::Index& index,
                            const base::Id<party::Organisation>& owner) {
    auto organisation = party::Organisations::find(reader, owner);
    if (!organisation) return {};
    EntryFilter filter{.owner = owner, .limit = 500};
    while (true) {
        std::vector<search::Document> documents;
        std::vector<Entry> page = Entries::list(reader, filter);
        for (const Entry& entry : page) {
            auto document = document_of(kinds, entry, organisation->name);
            if (document) documents.push_back(std::move(*document));
        }
        if (!documents.empty()) index.put_all(documents);
        if (page.size() < filter.limit) return {};
        filter.before = page.back().id.text();
    }
}

search::Filter one_of(std::string_view attribute, std::vector<std::string> codes) {
    search::Filter filter;
    filter.attribute = attribute;
    filter.any_of = std::move(codes);
    return filter;
}

search::Filter between(std::string_view attribute, std::optional<std::int64_t> low,
                       std::optional<std::int64_t> high) {
    search::Filter filter;
    filter.attribute = attribute;
    filter.at_least = low;
    filter.at_most = high;
    return filter;
}

base::Error filter_unknown(std::string_view name) {
    return base::invalid("filter_unknown").with("filter", base::shorten(name, 40)).at(name);
}

base::Status read_filters(const base::json::object& filters, EntrySearch& wanted) {
    for (const auto& [name, codes] : filters) {
        if (!codes.is_array() || codes.get_array().size() > 50 || filters.size() > 20) {
            return base::refuse(
                base::invalid("field_wrong_type").with("expected", "list").at(name));
        }
        std::vector<std::string> list;
        for (const base::json::value& code : codes.get_array()) {
            if (!code.is_string() || code.get_string().size() > 60) {
                return base::refuse(
                    base::invalid("field_wrong_type").with("expected", "text").at(name));
            }
            list.emplace_back(code.get_string());
        }
        wanted.any_of.emplace_back(name, std::move(list));
    }
    return {};
}

}  // namespace

search::Schema search_schema(const Kinds& kinds, std::vector<std::string> user_words) {
    search::Schema schema;
    std::map<std::string, int> weights{{"owner", 2}};
    for (const Kind& kind : kinds.all()) {
        for (const auto& [field, weight] : kind.search)
            weights.emplace(field, weight);
    }
    for (const auto& [field, weight] : weights)
        schema.fields.push_back({field, weight});
    std::set<std::string> keywords(std::begin(keyword_attributes), std::end(keyword_attributes));
    for (const std::string& name : filters_of(kinds))
        keywords.insert(name);
    for (std::string_view name : number_attributes)
        keywords.erase(std::string(name));
    for (const std::string& name : keywords) {
        schema.attributes.push_back({name, search::AttributeKind::keyword});
    }
    for (std::string_view name : number_attributes) {
        schema.attributes.push_back({std::string(name), search::AttributeKind::number});
    }
    schema.user_words = std::move(user_words);
    return schema;
}

std::optional<search::Document> document_of(const Kinds& kinds, const Entry& entry,
                                            std::string_view owner_name) {
    const Kind* kind = kinds.find(entry.kind);
    if (kind == nullptr || !is_offered(entry.state) || entry.visibility == "parties") return {};
    search::Document document;
    document.id = entry.id.text();
    for (const auto& [field, weight] : kind->search) {
        std::string text = all_texts(entry.body, *kind->form.field(field));
        if (!text.empty()) document.texts[field] = std::move(text);
    }
    if (entry.visibility != "anonymous") {
        document.texts["owner"] = owner_name;
        document.keywords["owner"] = {entry.owner.text()};
    }
    document.keywords["kind"] = {entry.kind};
    document.keywords["state"] = {entry.state};
    document.keywords["city"] = {city_code(entry.place)};
    document.keywords["visibility"] = {entry.visibility};
    document.keywords["language"] = {entry.language};
    document.keywords["sample"] = {entry.is_sample ? "yes" : "no"};
    for (const std::string& filter : kind->filters) {
        std::vector<std::string> codes = codes_at(entry.body, filter);
        if (!codes.empty()) document.keywords[filter] = std::move(codes);
    }
    document.keywords["card"] = cards_of(*kind, entry.body);
    add_numbers(document, *kind, entry);
    return document;
}

std::set<std::string> changed_entries(const Kinds& kinds, const std::vector<store::LogRow>& rows) {
    std::set<std::string> processes{"entry"};
    for (const Kind& kind : kinds.all())
        processes.insert(kind.process);
    std::set<std::string> subjects;
    for (const store::LogRow& row : rows) {
        std::string noun = row.change.action.substr(0, row.change.action.find('.'));
        if (processes.contains(noun)) subjects.insert(row.change.subject);
    }
    return subjects;
}

base::Status follow(store::Reader& reader, const Kinds& kinds, search::Index& index,
                    const std::vector<store::LogRow>& rows) {
    std::set<std::string> subjects = changed_entries(kinds, rows);
    std::set<std::string> owners;
    for (const store::LogRow& row : rows) {
        // An entry is found by its owner's name too.
        if (row.change.action == "organisation.updated") owners.insert(row.change.subject);
    }
    for (const std::string& owner : owners)
        TRY(put_entries_of(reader, kinds, index, base::Id<party::Organisation>(owner)));
    std::vector<search::Document> documents;
    for (const std::string& subject : subjects) {
        auto entry = Entries::find(reader, base::Id<Entry>(subject));
        auto document = entry ? document_of(kinds, *entry, owner_name_of(reader, *entry))
                              : std::optional<search::Document>();
        if (document) {
            documents.push_back(std::move(*document));
        } else {
            index.remove(subject);
        }
    }
    if (!documents.empty()) index.put_all(documents);
    return {};
}

base::Result<std::int64_t> rebuild(store::Database& database, const Kinds& kinds,
                                   search::Index& index) {
    std::int64_t count = 0;
    std::string after;
    while (true) {
        std::vector<search::Document> documents;
        std::size_t read =
            TRY(database.read<std::size_t>([&](store::Reader& reader) -> base::Result<std::size_t> {
                store::Rows rows = reader.query(
                    "SELECT " CATALOG_ENTRY_COLUMNS
                    " FROM catalog_entry WHERE id > :after"
                    " ORDER BY id LIMIT :limit",
                    {{"after", after}, {"limit", static_cast<std::int64_t>(rebuild_batch)}});
                for (const store::Row& row : rows) {
                    Entry entry = rows::read(row);
                    after = entry.id.text();
                    if (!is_offered(entry.state)) continue;
                    auto document = document_of(kinds, entry, owner_name_of(reader, entry));
                    if (document) documents.push_back(std::move(*document));
                }
                return rows.size();
            }));
        if (!documents.empty()) index.put_all(documents);
        count += static_cast<std::int64_t>(documents.size());
        if (read < rebuild_batch) return count;
    }
}

base::Result<search::Query> query_of(const Kinds& kinds, const EntrySearch& wanted) {
    search::Query query;
    query.text = wanted.text;
    query.matching = search::Matching::all_then_any;
    query.cursor = wanted.cursor;
    query.limit = wanted.limit;
    query.filters.push_back(one_of("visibility", {"public", "anonymous"}));
    if (wanted.with_platform) query.filters.back().any_of.push_back("platform");
    if (!wanted.kind.empty()) {
        TRY(kinds.require(wanted.kind));
        query.filters.push_back(one_of("kind", {wanted.kind}));
    }
    if (!wanted.place.empty()) {
        party::PlaceRange range = party::Places::range(wanted.place);
        query.filters.push_back(between("place", number_of(range.low), number_of(range.high)));
    }
    std::set<std::string> known = filters_of(kinds);
    for (std::string_view name : keyword_attributes)
        known.insert(std::string(name));
    known.erase("visibility");
    for (const auto& [name, codes] : wanted.any_of) {
        if (!known.contains(name)) return base::refuse(filter_unknown(name));
        query.filters.push_back(one_of(name, codes));
    }
    if (wanted.level_min) query.filters.push_back(between("level", wanted.level_min, {}));
    if (wanted.amount_max) query.filters.push_back(between("amount", {}, wanted.amount_max));
    if (wanted.published_since) {
        query.filters.push_back(between("published", wanted.published_since, {}));
    }
    if (wanted.newest_first) {
        query.sort = {search::Sort::By::descending, "published"};
    }
    return query;
}

base::json::object to_json(const EntrySearch& wanted) {
    base::json::object result;
    if (!wanted.text.empty()) result["text"] = wanted.text;
    if (!wanted.kind.empty()) result["kind"] = wanted.kind;
    if (!wanted.place.empty()) result["place"] = wanted.place;
    if (wanted.level_min) result["level_min"] = *wanted.level_min;
    if (wanted.amount_max) result["amount_max"] = base::Money::fen(*wanted.amount_max).to_string();
    base::json::object filters;
    for (const auto& [name, codes] : wanted.any_of) {
        base::json::array list;
        for (const std::string& code : codes)
            list.push_back(base::json::value(code));
        filters[name] = std::move(list);
    }
    if (!filters.empty()) result["filters"] = std::move(filters);
    return result;
}

base::Result<EntrySearch> entry_search_from(const base::json::object& object) {
    EntrySearch wanted;
    for (const auto& [key, value] : object) {
        constexpr std::string_view known[] = {"text",      "kind",       "place",
                                              "level_min", "amount_max", "filters"};
        if (std::find(std::begin(known), std::end(known), std::string_view(key)) ==
            std::end(known)) {
            return base::refuse(base::invalid("field_unknown").at(key));
        }
        bool wants_text = key == "text" || key == "kind" || key == "place" || key == "amount_max";
        if (wants_text && !value.is_string()) {
            return base::refuse(base::invalid("field_wrong_type").with("expected", "text").at(key));
        }
    }
    wanted.text = base::trim(base::text_at(object, "text"));
    if (base::count_characters(wanted.text) > text_characters_max) {
        return base::refuse(base::invalid("field_too_long")
                                .with("max", std::to_string(text_characters_max))
                                .at("text"));
    }
    wanted.kind = base::text_at(object, "kind");
    wanted.place = base::text_at(object, "place");
    bool place_fits =
        wanted.place.empty() || (wanted.place.size() == 6 &&
                                 wanted.place.find_first_not_of("0123456789") == std::string::npos);
    if (!place_fits) {
        return base::refuse(
            base::invalid("field_wrong_type").with("expected", "place").at("place"));
    }
    wanted.level_min = base::integer_at(object, "level_min");
    if (object.contains("amount_max")) {
        wanted.amount_max = TRY(base::Money::parse(base::text_at(object, "amount_max"))).minor;
    }
    TRY(read_filters(base::object_at(object, "filters"), wanted));
    return wanted;
}

}  // namespace catalog
