// HTTP face of matching. Scoring is in scorer.cpp, ranking in pairing.cpp.
#include "match/match_api.h"

#include <cmath>

#include "party/session_api.h"

namespace match {
namespace {

using base::json::array;
using base::json::object;

std::int64_t of_hundred(double share) {
    return std::llround(share * 100);
}

array common_ground(const Reason& reason) {
    array list;
    for (const CommonGround& ground : reason.common) {
        list.push_back(object{{"demand", ground.demand_words},
                              {"achievement", ground.achievement_words},
                              {"element", ground.element},
                              {"share", of_hundred(ground.share)}});
    }
    return list;
}

base::Result<http::Reply> matches(const MatchApi& api, const http::Request& request) {
    party::Actor actor = party::actor_of(request);
    auto id = TRY(party::path_id<catalog::Entry>(request, "id", "entry_not_found"));
    base::Date today = base::date_in_shanghai(api.database->clock().now());
    object answer =
        TRY(api.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
            catalog::Entry entry = TRY(api.entries->read(reader, actor, id));
            auto item = api.pairing->item(reader, entry);
            array list;
            if (item) {
                for (const Partner& partner : api.pairing->pairing().partners_of(*item, today)) {
                    auto other =
                        catalog::Entries::find(reader, base::Id<catalog::Entry>(partner.id));
                    if (!other || !api.entries->may_read(actor, *other)) continue;
                    object row = explain(partner.score, *api.texts, request.language);
                    row["id"] = partner.id;
                    row["title"] = other->title;
                    row["kind"] = other->kind;
                    row["place"] = other->place;
                    list.push_back(std::move(row));
                }
            }
            return object{{"matches", std::move(list)}};
        }));
    return http::ok(answer);
}

}  // namespace

object explain(const Score& score, const base::Texts& texts, base::Language language) {
    array reasons, missing;
    for (const Reason& reason : score.reasons) {
        std::string part(to_string(reason.part));
        object row{{"part", part},
                   {"title", texts.get(language, "match.part." + part)},
                   {"share", of_hundred(reason.share)},
                   {"share_max", of_hundred(reason.share_max)},
                   {"known", reason.known},
                   {"common", common_ground(reason)}};
        for (const std::string& code : reason.missing) {
            missing.push_back(
                object{{"code", code}, {"text", texts.get(language, "match.missing." + code)}});
        }
        reasons.push_back(std::move(row));
    }
    object result{{"score", of_hundred(score.total)},
                  {"reasons", std::move(reasons)},
                  {"missing", std::move(missing)}};
    result["demand_only"] = base::json::value_from(score.demand_only);
    result["achievement_only"] = base::json::value_from(score.achievement_only);
    return result;
}

void mount_matches(http::Router& router, const MatchApi& api) {
    router.get("/api/entries/{id}/matches",
               {.summary = "Ranked partners of an entry, with reasons"},
               [api](const http::Request& request) { return matches(api, request); });
}

}  // namespace match
