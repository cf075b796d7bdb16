#include "app/suggestions.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/body.h"
#include "party/session_api.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;

constexpr std::size_t words_max = 4;

/// Labels of codes as the kind's own field has them.
std::string labels_of(const catalog::Kind& kind, const catalog::SuggestionReason& reason,
                      base::Language language) {
    const base::FieldSpec* field = kind.form.field(reason.field);
    std::vector<std::string> labels;
    for (const std::string& value : reason.values) {
        std::string label = value;
        if (field != nullptr) {
            auto found = std::ranges::find(field->options, value, &base::FieldOption::code);
            if (found != field->options.end()) label = found->label.in(language);
        }
        if (labels.size() < words_max) labels.push_back(std::move(label));
    }
    return base::join(labels, language == base::Language::zh_cn ? "\u3001" : ", ");
}

std::string in_words(const PageView& view, const catalog::Kind& kind,
                     const catalog::SuggestionReason& reason, base::Language language) {
    std::string text = reason.text->in(language);
    std::string first = reason.values.empty() ? "" : reason.values.front();
    std::string city = first.size() == 6 ? first.substr(0, 4) + "00" : "";
    for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
             {"{values}", labels_of(kind, reason, language)},
             {"{words}", labels_of(kind, reason, language)},
             {"{value}", first},
             {"{low}", reason.low},
             {"{high}", reason.high},
             {"{city}", city.empty() ? "" : view.region().places.name(city, language)}}) {
        text = base::replace_all(text, name, value);
    }
    return text;
}

std::vector<catalog::Suggested> fitting(const PageView& view, store::Reader& reader,
                                        const party::Actor& actor,
                                        const catalog::SuggestionRule& rule,
                                        const catalog::Entry& entry) {
    std::vector<catalog::Suggested> result;
    const catalog::Kinds& kinds = view.region().kinds;
    const catalog::Kind& kind = view.site().entries->kind_of(entry);
    auto wanted = catalog::search_for(rule, kind, entry);
    if (!wanted) return result;
    wanted->with_platform = actor.signed_in();
    auto query = catalog::query_of(kinds, *wanted);
    if (!query) return result;
    auto hits = view.live().index().search(*query);
    if (!hits) return result;
    for (const search::Hit& hit : hits->hits) {
        auto other = catalog::Entries::find(reader, base::Id<catalog::Entry>(hit.id));
        if (!other || !view.site().entries->may_read(actor, *other)) continue;
        auto suggested =
            catalog::judge(rule, kind, entry, view.site().entries->kind_of(*other), *other);
        if (suggested) result.push_back(std::move(*suggested));
    }
    std::ranges::stable_sort(result, std::ranges::greater{}, &catalog::Suggested::strength);
    if (result.size() > rule.limit)
        result.erase(result.begin() + static_cast<std::ptrdiff_t>(rule.limit), result.end());
    return result;
}

}  // namespace

void add_suggestions(const PageView& view, store::Reader& reader, const http::Request& request,
                     const catalog::Entry& entry, object& page) {
    party::Actor actor = party::actor_of(request);
    array groups;
    for (const catalog::SuggestionRule& rule : view.region().doors.rules()) {
        array items;
        for (const catalog::Suggested& one : fitting(view, reader, actor, rule, entry)) {
            const catalog::Kind& kind = view.site().entries->kind_of(one.entry);
            array reasons;
            for (const catalog::SuggestionReason& reason : one.reasons) {
                reasons.push_back(object{{"text", in_words(view, kind, reason, request.language)}});
            }
            object item = view.card(reader, request, one.entry);
            item["reasons"] = std::move(reasons);
            items.push_back(std::move(item));
        }
        if (items.empty()) continue;
        groups.push_back(
            object{{"title", rule.title.in(request.language)}, {"items", std::move(items)}});
    }
    page["has_suggestions"] = !groups.empty();
    page["suggestions"] = std::move(groups);
}

}  // namespace app
