#include "app/search_eval.h"

#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "base/json.h"
#include "match/evaluation.h"
#include "match/lexicon.h"
#include "search/index.h"

namespace app {
namespace {

using base::json::object;

search::Schema schema_with(std::vector<std::string> words) {
    using search::AttributeKind;
    search::Schema schema;
    schema.fields = {{"title", 4}, {"keywords", 3}, {"body", 1}};
    schema.attributes = {{"kind", AttributeKind::keyword}, {"card", AttributeKind::keyword},
                         {"lang", AttributeKind::keyword}, {"mode", AttributeKind::keyword},
                         {"trl", AttributeKind::number},   {"price", AttributeKind::number}};
    schema.user_words = std::move(words);
    return schema;
}

search::Document document_of(const match::Item& item) {
    search::Document document;
    document.id = item.id;
    document.texts["title"] = item.title;
    for (const std::string& keyword : item.keywords)
        document.texts["keywords"] += keyword + "; ";
    document.texts["body"] = item.abstract;
    document.keywords["kind"] = {item.kind == match::ItemKind::demand ? "demand" : "achievement"};
    document.keywords["card"] = item.cards;
    document.keywords["lang"] = {item.language};
    document.keywords["mode"] = item.modes;
    auto trl = item.trl ? item.trl : item.trl_min;
    if (trl) document.numbers["trl"] = *trl;
    if (item.price) document.numbers["price"] = item.price->minor;
    return document;
}

base::Result<search::Query> query_of(std::string_view line) {
    base::json::value value = TRY(base::parse_json(line, 64 * 1024));
    object request = TRY(base::require_object(value));
    search::Query query;
    query.text = base::text_at(request, "q");
    query.like = base::text_at(request, "like");
    query.cursor = base::text_at(request, "cursor");
    std::string matching = base::text_at(request, "matching", "all");
    if (matching == "any") query.matching = search::Matching::any;
    if (matching == "all_then_any") query.matching = search::Matching::all_then_any;
    for (const char* name : {"kind", "card", "lang", "mode"}) {
        std::string wanted = base::text_at(request, name);
        if (!wanted.empty()) query.filters.push_back({name, {wanted}, {}, {}});
    }
    auto trl_min = base::integer_at(request, "trl_min");
    if (trl_min) query.filters.push_back({"trl", {}, trl_min, {}});
    auto price_max = base::integer_at(request, "price_max");
    if (price_max) query.filters.push_back({"price", {}, {}, price_max});
    for (const auto& facet : base::array_at(request, "facets")) {
        if (facet.is_string()) query.facets.emplace_back(facet.as_string());
    }
    query.sort.attribute = base::text_at(request, "sort");
    if (!query.sort.attribute.empty()) query.sort.by = search::Sort::By::descending;
    if (auto limit = base::integer_at(request, "limit")) {
        query.limit = *limit < 0 ? 0 : static_cast<std::size_t>(*limit);
    }
    return query;
}

object answer_of(const search::Hits& hits) {
    base::json::array list;
    for (const search::Hit& hit : hits.hits) {
        std::string snippet;
        for (const search::SnippetPart& part : hit.snippet) {
            snippet += part.highlighted ? "<" + part.text + ">" : part.text;
        }
        list.push_back({{"id", hit.id}, {"score", hit.score}, {"snippet", snippet}});
    }
    object facets;
    for (const auto& [name, values] : hits.facets) {
        object counts;
        for (const search::FacetValue& value : values)
            counts[value.value] = value.count;
        facets[name] = std::move(counts);
    }
    object answer{{"total", hits.total}, {"hits", std::move(list)}, {"facets", std::move(facets)}};
    if (!hits.next_cursor.empty()) answer["next_cursor"] = hits.next_cursor;
    if (!hits.suggestion.empty()) answer["suggestion"] = hits.suggestion;
    if (hits.relaxed) answer["relaxed"] = true;
    return answer;
}

}  // namespace

base::Status run_search_eval(const SearchEvalOptions& options, std::istream& in,
                             std::ostream& out) {
    std::vector<std::string> words;
    if (!options.lexicon.empty()) words = TRY(match::Lexicon::load(options.lexicon)).han_terms();
    std::ifstream file(options.entries, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) {
        return base::refuse(base::error(base::ErrorKind::not_found, "file_unreadable")
                                .with("path", options.entries.string()));
    }
    std::vector<match::Item> items = TRY(match::read_items(text.str()));
    search::Index index(schema_with(std::move(words)), search::Merging::at_once);
    std::vector<search::Document> documents;
    std::map<std::string, std::string, std::less<>> texts;
    for (const match::Item& item : items) {
        documents.push_back(document_of(item));
        texts[item.id] = item.title + "。" + item.abstract;
    }
    index.put_all(documents);
    std::string line;
    while (std::getline(in, line)) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        auto query = query_of(line);
        if (query) {
            query->text_of = [&](std::string_view id) {
                auto found = texts.find(id);
                return found == texts.end() ? std::string() : found->second;
            };
        }
        auto hits =
            query ? index.search(*query) : base::Result<search::Hits>(base::refuse(query.error()));
        object answer = hits ? answer_of(*hits) : object{{"error", base::to_json(hits.error())}};
        out << base::json::serialize(answer) << '\n' << std::flush;
    }
    return {};
}

}  // namespace app
