#include "app/page_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/figure_words.h"
#include "base/text.h"
#include "catalog/body.h"
#include "http/decode.h"
#include "party/session_api.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;

bool is_chinese(base::Language language) {
    return language == base::Language::zh_cn || language == base::Language::zh_tw;
}

}  // namespace

std::string_view text_key(base::Language language) {
    return is_chinese(language) ? "zh" : base::tag_of(language);
}

std::string encode_query(std::string_view text) {
    std::string result;
    for (char c : text) {
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return result;
}

std::string with_query(const http::Request& request, std::string_view name,
                       std::string_view value) {
    std::string result;
    auto add = [&](std::string_view key, std::string_view text) {
        result += (result.empty() ? "?" : "&") + encode_query(key) + "=" + encode_query(text);
    };
    for (const auto& [key, text] : request.query) {
        if (key != name && !text.empty()) add(key, text);
    }
    if (!value.empty()) add(name, value);
    return request.path + result;
}

object option(std::string_view value, std::string_view text, std::string_view selected) {
    return {{"value", value}, {"text", text}, {"selected", value == selected}};
}

object PageView::common(const http::Request& request) const {
    object common;
    common["language"] = base::tag_of(request.language);
    array languages;
    for (base::Language language : region().languages) {
        std::string_view tag = base::tag_of(language);
        languages.push_back(
            object{{"tag", tag},
                   {"name", region().texts.get(language, "language." + std::string(tag))},
                   {"current", language == request.language},
                   {"link", with_query(request, "lang", tag)}});
    }
    common["languages"] = std::move(languages);
    auto session = party::session_of(request);
    common["signed_in"] = session != nullptr;
    common["csrf"] = session ? session->csrf_token : "";
    common["sample"] = has_sample_;
    common["region"] = region().short_name.in(request.language);
    common["now"] = base::to_iso(site_.clock().now());
    common["build"] = build_;
    return common;
}

http::Reply PageView::render(const http::Request& request, std::string_view page, object view,
                             int status) const {
    view["common"] = common(request);
    http::Reply reply = http::html(pages_.render(page, request.language, view), status);
    if (!request.query_or("lang").empty()) {
        reply.cookies.push_back(std::string(http::language_cookie) + "=" +
                                std::string(base::tag_of(request.language)) +
                                "; Path=/; Max-Age=31536000; SameSite=Lax");
    }
    return reply;
}

std::string PageView::text(const http::Request& request, std::string_view key,
                           const std::map<std::string, std::string>& parameters) const {
    return region().texts.get(request.language, key, parameters);
}

std::string PageView::yuan(const http::Request& request, const base::Money& amount) const {
    return amount_text(region().texts, request.language, amount, Amounts::exact);
}

std::string PageView::brief_yuan(const http::Request& request, const base::Money& amount) const {
    return amount_text(region().texts, request.language, amount, Amounts::brief);
}

std::string PageView::day(const http::Request& request, base::Date date) const {
    if (is_chinese(request.language)) {
        return fmt::format("{}\u5e74{}\u6708{}\u65e5", date.year, date.month, date.day);
    }
    return date.to_string();
}

std::string PageView::moment(const http::Request& request, base::Time time) const {
    base::LocalTime local = base::local_time(time);
    return fmt::format("{} {:02}:{:02}", day(request, local.date), local.hour, local.minute);
}

std::string PageView::remaining(const http::Request& request, base::Time until) const {
    base::Duration left = until - site_.clock().now();
    if (left.microseconds <= 0) return text(request, "page.ended");
    std::int64_t hours = left.microseconds / base::hours(1).microseconds;
    if (hours >= 48) {
        return text(request, "page.remaining_days", {{"days", std::to_string(hours / 24)}});
    }
    return text(request, "page.remaining_hours", {{"hours", std::to_string(hours)}});
}

std::string PageView::cell(const http::Request& request, const base::FieldSpec& field,
                           const object& values) const {
    std::string text = catalog::plain_text(values, field, text_key(request.language));
    if (text.empty()) return text;
    if (field.type == base::FieldType::money) {
        auto money = base::Money::parse(text);
        return money ? yuan(request, *money) : text;
    }
    if (field.type == base::FieldType::date) {
        auto date = base::Date::parse(text);
        return date ? day(request, *date) : text;
    }
    if (field.options.empty()) return text;
    std::vector<std::string> labels;
    for (const std::string& code : catalog::codes_at(values, field.name)) {
        auto found = std::ranges::find(field.options, code, &base::FieldOption::code);
        labels.push_back(found == field.options.end() ? code : found->label.in(request.language));
    }
    return base::join(labels, is_chinese(request.language) ? "\u3001" : ", ");
}

object PageView::card(store::Reader& reader, const http::Request& request,
                      const catalog::Entry& entry) const {
    const catalog::Kind& kind = site_.entries->kind_of(entry);
    std::string_view language = text_key(request.language);
    auto plain = [&](std::string_view name) {
        const base::FieldSpec* field = kind.form.field(name);
        return field == nullptr ? std::string() : catalog::plain_text(entry.body, *field, language);
    };
    object card{{"id", entry.id.text()},
                {"title", plain("title")},
                {"kind", entry.kind},
                {"kind_title", kind.form.title.in(request.language)},
                {"line", base::shorten(plain("summary"), 90)},
                {"place_name", region().places.name(entry.place, request.language)},
                {"sample", entry.is_sample}};
    std::string owner;
    if (site_.entries->may_see_owner(party::actor_of(request), entry)) {
        auto organisation = party::Organisations::find(reader, entry.owner);
        bool in_english =
            !is_chinese(request.language) && organisation && !organisation->name_en.empty();
        if (organisation) owner = in_english ? organisation->name_en : organisation->name;
    }
    card["owner"] = owner;
    const catalog::CardWords& words = kind.card_words;
    auto say = [&](const base::LocalText& pattern, std::string_view name, std::string_view value) {
        return base::replace_all(pattern.in(request.language), name, value);
    };
    auto level = catalog::level_of(kind, entry.body);
    if (level && *level > 0) card["stage"] = say(words.level, "{level}", std::to_string(*level));
    auto amount = catalog::amount_of(kind, entry.body);
    if (amount) {
        card["price"] =
            say(words.amount, "{amount}", brief_yuan(request, base::Money::fen(*amount)));
    } else {
        card["price"] = words.no_amount.in(request.language);
    }
    array facts;
    for (const std::string& name : kind.facts) {
        std::string value = cell(request, *kind.form.field(name), entry.body);
        if (!value.empty()) facts.push_back(object{{"text", value}});
    }
    card["more_facts"] = std::move(facts);
    auto cards = catalog::cards_of(kind, entry.body);
    if (!cards.empty()) {
        card["card"] = cards.front();
        card["card_name"] = region().codes.label("cards", cards.front(), request.language);
    }
    return card;
}

}  // namespace app
