// HTTP face of the brokers' desk. Pairs are found in desk.cpp, verdicts kept in evidence.cpp.
#include "match/desk_api.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "format/xlsx.h"
#include "match/survey.h"
#include "party/account.h"
#include "party/inbox.h"
#include "party/once_api.h"
#include "party/session_api.h"

namespace match {
namespace {

using base::json::array;
using base::json::object;

constexpr std::size_t batch_bytes_max = std::size_t{8} << 20;
constexpr std::size_t batch_rows_max = 500;
constexpr std::size_t batch_partners = 3;
constexpr std::size_t message_characters_max = 1000;
constexpr std::string_view xlsx_type =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

object brief(const catalog::Entry& entry) {
    return {{"id", entry.id.text()},
            {"title", entry.title},
            {"kind", entry.kind},
            {"place", entry.place}};
}

PairSide side_of(const catalog::Entry& entry) {
    return {entry.owner.text(), entry.place};
}

base::Date today_of(const DeskApi& api) {
    return base::date_in_shanghai(api.match.database->clock().now());
}

Desk desk_of(const DeskApi& api) {
    return {*api.match.database, *api.match.entries, *api.match.pairing};
}

object reason_list(const DeskApi& api, base::Language language) {
    object texts;
    for (std::string_view code : refusal_reasons())
        texts[code] = api.match.texts->get(language, "match.refusal." + std::string(code));
    return texts;
}

base::Result<http::Reply> today(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    DeskFilter filter;
    filter.place = request.query_or("place");
    if (!filter.place.empty()) TRY(api.places->require(filter.place));
    filter.card = request.query_or("card");
    array pairs;
    EvidenceBook book(*api.permissions);
    for (const SuggestedPair& pair : TRY(desk_of(api).today(session->actor, filter))) {
        VerdictRight right =
            book.right_of(session->actor, side_of(pair.demand), side_of(pair.achievement));
        object row = explain(pair.score, *api.match.texts, request.language);
        row["may_refuse"] = right.may_refuse;
        row["may_approve"] = right.may_approve;
        row["demand"] = brief(pair.demand);
        row["achievement"] = brief(pair.achievement);
        pairs.push_back(std::move(row));
        if (pairs.size() >= 50) break;
    }
    return http::ok(
        object{{"pairs", std::move(pairs)}, {"reasons", reason_list(api, request.language)}});
}

/// Both entries of a pair, each of which the actor may read.
struct Pair {
    catalog::Entry demand;
    catalog::Entry achievement;
    Score score;
};

base::Result<Pair> pair_of(const DeskApi& api, store::Reader& reader, const party::Actor& actor,
                           const object& body) {
    auto demand_id = TRY(base::Id<catalog::Entry>::parse(TRY(base::require_text(body, "demand"))));
    auto achievement_id =
        TRY(base::Id<catalog::Entry>::parse(TRY(base::require_text(body, "achievement"))));
    Pair pair{TRY(api.match.entries->read(reader, actor, demand_id)),
              TRY(api.match.entries->read(reader, actor, achievement_id)),
              {}};
    auto demand = api.match.pairing->item(reader, pair.demand);
    auto achievement = api.match.pairing->item(reader, pair.achievement);
    bool is_pair = demand && achievement && demand->kind == ItemKind::demand &&
                   achievement->kind == ItemKind::achievement;
    if (!is_pair) return base::refuse(base::invalid("pair_malformed").at("demand"));
    pair.score = api.match.pairing->pairing().score(*demand, *achievement, today_of(api));
    return pair;
}

base::Result<http::Reply> judge(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    object body = TRY(request.json());
    const base::json::value* good = body.if_contains("good");
    if (good == nullptr || !good->is_bool())
        return base::refuse(base::invalid("field_missing").at("good"));
    EvidenceBook book(*api.permissions);
    return party::write_once(
        *api.match.database, request,
        [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            Pair pair = TRY(pair_of(api, transaction, session->actor, body));
            VerdictRequest verdict{
                pair.demand.id.text(),         pair.achievement.id.text(),  good->get_bool(),
                base::text_at(body, "reason"), base::text_at(body, "note"), side_of(pair.demand),
                side_of(pair.achievement)};
            Evidence made = TRY(book.judge(transaction, session->actor, verdict, pair.score,
                                           WeightsBook::in_force(transaction).version));
            return http::created(object{{"id", made.id}, {"kind", to_string(made.kind)}},
                                 "/api/matches/verdicts/" + made.id);
        });
}

base::Status invite(store::Transaction& transaction, const catalog::Entry& own,
                    const catalog::Entry& other, const std::string& message,
                    const party::Actor& actor) {
    for (const party::Account& member :
         party::Accounts::members_of(transaction, own.owner, transaction.now())) {
        party::Notice notice;
        notice.account = member.id;
        notice.text_key = "notify.match_invited";
        notice.parameters = {
            {"title", own.title}, {"other", other.title}, {"by", actor.name}, {"message", message}};
        notice.link = "/desk/entries/" + own.id.text() + "?with=" + other.id.text();
        TRY(party::Inbox::deliver(transaction, notice,
                                  "invite:" + own.id.text() + ":" + other.id.text()));
    }
    return {};
}

/// A broker brings both sides together: each hears of the other, and either may ask for contact.
base::Result<http::Reply> invite_both(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    object body = TRY(request.json());
    std::string message = base::trim(base::text_at(body, "message"));
    if (base::count_characters(message) > message_characters_max) {
        return base::refuse(base::invalid("field_too_long")
                                .with("max", std::to_string(message_characters_max))
                                .at("message"));
    }
    EvidenceBook book(*api.permissions);
    return party::write_once(
        *api.match.database, request,
        [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            Pair pair = TRY(pair_of(api, transaction, session->actor, body));
            if (pair.score.stop != Stop::none) {
                return base::refuse(
                    base::conflict("pair_stopped")
                        .with("stop", api.match.texts->get(request.language,
                                                           "match.stop." + std::string(to_string(
                                                                               pair.score.stop)))));
            }
            // Inviting says that the pair is good: it is kept as a verdict too.
            VerdictRequest verdict{pair.demand.id.text(), pair.achievement.id.text(), true, "", "",
                                   side_of(pair.demand),  side_of(pair.achievement)};
            TRY(book.judge(transaction, session->actor, verdict, pair.score,
                           WeightsBook::in_force(transaction).version));
            TRY(invite(transaction, pair.demand, pair.achievement, message, session->actor));
            TRY(invite(transaction, pair.achievement, pair.demand, message, session->actor));
            return http::created(object{{"invited", true}}, "/api/matches/today");
        });
}

base::Result<http::Reply> gaps(Survey& survey, const http::Request& request) {
    auto figures = TRY(survey.latest());
    array rows;
    for (const Gap& gap : figures->gaps) {
        rows.push_back(
            object{{"card", gap.card},
                   {"city", gap.city},
                   {"topic", gap.topic ? survey.label(*gap.topic, base::tag_of(request.language))
                                       : std::string()},
                   {"demands", base::json::value_from(gap.demands)},
                   {"best_score", std::llround(gap.best_score * 100)}});
    }
    return http::ok(object{{"gaps", std::move(rows)}, {"as_of", base::to_iso(figures->made_at)}});
}

base::Result<http::Reply> trend(Survey& survey, const http::Request& request) {
    auto figures = TRY(survey.latest());
    array rows;
    for (const TopicYear& row : figures->topics) {
        rows.push_back(object{{"topic", survey.label(row.topic, base::tag_of(request.language))},
                              {"year", row.year},
                              {"demands", row.demands},
                              {"achievements", row.achievements}});
    }
    return http::ok(object{{"topics", std::move(rows)}, {"as_of", base::to_iso(figures->made_at)}});
}

base::Result<http::Reply> similar(const DeskApi& api, const http::Request& request) {
    party::Actor actor = party::actor_of(request);
    auto id = TRY(base::Id<catalog::Entry>::parse(request.value("id")));
    object answer =
        TRY(api.match.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
            catalog::Entry entry = TRY(api.match.entries->read(reader, actor, id));
            array list;
            if (auto item = api.match.pairing->item(reader, entry)) {
                for (const Partner& one : api.match.pairing->pairing().similar_to(*item, 10)) {
                    auto other = catalog::Entries::find(reader, base::Id<catalog::Entry>(one.id));
                    if (!other || !api.match.entries->may_read(actor, *other)) continue;
                    object row = brief(*other);
                    row["likeness"] = std::llround(one.score.total * 100);
                    list.push_back(std::move(row));
                }
            }
            return object{{"similar", std::move(list)}};
        }));
    return http::ok(answer);
}

/// One row of a list to be matched: kind, title, text, keywords (the columns in this order).
base::Result<std::vector<Item>> read_batch(std::string bytes, const base::Texts& texts) {
    auto is_achievement = [&](const std::string& word) {
        return word == "achievement" ||
               std::any_of(base::all_languages.begin(), base::all_languages.end(),
                           [&](base::Language language) {
                               return texts.get(language, "match.batch.achievement") == word;
                           });
    };
    format::Table table = TRY(format::read_xlsx(std::move(bytes)));
    std::vector<Item> items;
    for (std::size_t i = 1; i < table.rows.size(); ++i) {  // the first row holds the headings
        const auto& cells = table.rows[i].cells;
        auto cell = [&](std::size_t column) {
            return column < cells.size() ? base::trim(cells[column]) : std::string();
        };
        if (cell(1).empty()) continue;
        if (items.size() >= batch_rows_max) {
            return base::refuse(
                base::invalid("batch_too_long").with("max", std::to_string(batch_rows_max)));
        }
        Item item;
        item.id = std::to_string(i + 1);
        item.kind = is_achievement(cell(0)) ? ItemKind::achievement : ItemKind::demand;
        item.title = cell(1);
        item.abstract = cell(2);
        item.keywords = base::split(cell(3), ';');
        items.push_back(std::move(item));
    }
    if (items.empty()) return base::refuse(base::invalid("batch_empty").at("file"));
    return items;
}

std::string words_of(const Score& score) {
    std::vector<std::string> words;
    for (const Reason& reason : score.reasons) {
        for (const CommonGround& ground : reason.common) {
            if (words.size() >= 6) break;
            words.push_back(ground.demand_words == ground.achievement_words
                                ? ground.demand_words
                                : ground.demand_words + " = " + ground.achievement_words);
        }
    }
    return base::join(words, "; ");
}

base::Result<http::Reply> batch(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    std::vector<http::Upload> uploads = TRY(request.uploads());
    if (uploads.size() != 1) return base::refuse(base::invalid("file_missing").at("file"));
    std::vector<Item> items = TRY(read_batch(uploads[0].bytes, *api.match.texts));
    format::Workbook workbook;
    auto text = [&](std::string_view key) {
        return api.match.texts->get(request.language, "match.batch." + std::string(key));
    };
    workbook.title = text("title");
    workbook.created = api.match.database->clock().now();
    workbook.sheet.name = text("sheet");
    for (const char* key : {"row", "given", "rank", "score", "partner", "kind", "link", "why"}) {
        format::SheetColumn column;
        column.title = text(key);
        column.width = std::string_view(key) == "given" || std::string_view(key) == "partner" ||
                               std::string_view(key) == "why"
                           ? 40
                           : 12;
        workbook.sheet.columns.push_back(std::move(column));
    }
    auto lists = TRY(desk_of(api).partners_of_list(session->actor, items, batch_partners));
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Item& item = items[i];
        int rank = 0;
        for (const OfferedPartner& partner : lists[i]) {
            workbook.sheet.rows.push_back({item.id, item.title, std::to_string(++rank),
                                           std::to_string(std::llround(partner.score.total * 100)),
                                           partner.entry.title, partner.entry.kind,
                                           "/entries/" + partner.entry.id.text(),
                                           words_of(partner.score)});
        }
        if (rank == 0) workbook.sheet.rows.push_back({item.id, item.title, "", "", text("none")});
    }
    std::string bytes = TRY(format::write_xlsx(workbook, api.scratch));
    return http::attachment(std::move(bytes), std::string(xlsx_type), text("file") + ".xlsx");
}

}  // namespace

void mount_match_desk(http::Router& router, const DeskApi& api) {
    auto survey =
        std::make_shared<Survey>(*api.match.database, *api.match.entries, *api.match.pairing);
    router.get(
        "/api/matches/today",
        {.summary = "Pairs to look at, best first (?place=&card=)", .signed_in = true, .cost = 20},
        [api](const http::Request& request) { return today(api, request); });
    router.post("/api/matches/verdicts",
                {.summary = "Say that a pair fits, or why not", .signed_in = true, .creates = true},
                [api](const http::Request& request) { return judge(api, request); });
    router.post("/api/matches/invitations",
                {.summary = "Tell both sides of each other", .signed_in = true, .creates = true},
                [api](const http::Request& request) { return invite_both(api, request); });
    router.get("/api/matches/gaps",
               {.summary = "Demands that nothing fits, by card, city and topic"},
               [survey](const http::Request& request) { return gaps(*survey, request); });
    router.get("/api/matches/trend", {.summary = "Topics by year"},
               [survey](const http::Request& request) { return trend(*survey, request); });
    router.get("/api/entries/{id}/similar", {.summary = "Entries that say much the same"},
               [api](const http::Request& request) { return similar(api, request); });
    router.post("/api/matches/batch",
                {.summary = "Partners for a list (multipart xlsx: kind, title, text, keywords)",
                 .signed_in = true,
                 .body_bytes_max = batch_bytes_max,
                 .cost = 30},
                [api](const http::Request& request) { return batch(api, request); });
    mount_match_tuning(router, api);
}

}  // namespace match
