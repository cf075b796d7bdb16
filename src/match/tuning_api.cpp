// HTTP face of what tunes matching: versions of the weights, terms of the site, blocked owners.
#include <charconv>

#include "match/desk_api.h"
#include "match/owners.h"
#include "party/once_api.h"
#include "party/session_api.h"

namespace match {
namespace {

using base::json::array;
using base::json::object;

constexpr std::size_t evidence_max = 200'000;
constexpr std::size_t terms_max = 200;

object show(const WeightsVersion& item) {
    object row{{"version", item.version},
               {"state", item.state},
               {"weights", to_json(item.weights)},
               {"measured", item.measured},
               {"made_by", item.made_by}};
    if (item.made_at.microseconds > 0) row["made_at"] = base::to_iso(item.made_at);
    if (item.decided_at) row["decided_at"] = base::to_iso(*item.decided_at);
    return row;
}

object show(const DeskApi& api, const TermProposal& item, base::Language language) {
    const Lexicon& lexicon = api.match.pairing->pairing().profiler().lexicon();
    auto number = lexicon.find(item.concept_id);
    std::string label =
        number ? lexicon.concept_at(*number).label(base::tag_of(language)) : item.concept_id;
    return {{"id", item.id},         {"concept", item.concept_id}, {"label", label},
            {"term", item.term},     {"language", item.language},  {"relation", item.relation},
            {"origin", item.origin}, {"strength", item.strength},  {"state", item.state}};
}

base::Result<http::Reply> list_weights(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    TRY(api.tuners.require(session->actor));
    return http::ok(
        TRY(api.match.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
            array versions;
            for (const WeightsVersion& item : WeightsBook::list(reader))
                versions.push_back(show(item));
            object refusals;
            for (const auto& [code, count] : EvidenceBook::refusals(reader))
                refusals[code] = count;
            return object{{"in_force", show(WeightsBook::in_force(reader))},
                          {"versions", std::move(versions)},
                          {"evidence", EvidenceBook::count(reader)},
                          {"refusals", std::move(refusals)}};
        })));
}

base::Result<http::Reply> estimate(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    TRY(api.tuners.require(session->actor));
    struct Basis {
        std::vector<Example> examples;
        WeightsVersion present;
    };
    Basis basis =
        TRY(api.match.database->read<Basis>([&](store::Reader& reader) -> base::Result<Basis> {
            return Basis{examples_of(EvidenceBook::all(reader, evidence_max)),
                         WeightsBook::in_force(reader)};
        }));
    Estimate made = TRY(estimate_weights(basis.examples, basis.present.weights));
    made.against = basis.present.version;
    WeightsBook book(api.tuners);
    return party::write_once(
        *api.match.database, request,
        [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            auto version =
                TRY(book.propose(transaction, session->actor, made.weights, to_json(made)));
            return http::created(show(version),
                                 "/api/match-weights/" + std::to_string(version.version));
        });
}

base::Result<http::Reply> decide_weights(const DeskApi& api, const http::Request& request,
                                         VersionState decision) {
    auto session = TRY(party::require_session(request));
    std::string_view text = request.value("version");
    std::int64_t version = 0;
    auto read = std::from_chars(text.data(), text.data() + text.size(), version);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        return base::refuse(base::not_found("weights_version_unknown"));
    WeightsBook book(api.tuners);
    WeightsVersion item =
        TRY(api.match.database->write<WeightsVersion>([&](store::Transaction& transaction) {
            return book.decide(transaction, session->actor, version, decision);
        }));
    return http::ok(show(item));
}

base::Result<http::Reply> list_terms(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    TRY(api.tuners.require(session->actor));
    std::string state = request.query_or("state");
    if (state.empty()) state = "proposed";
    return http::ok(
        TRY(api.match.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
            array items;
            for (const TermProposal& item : SiteTerms::list(reader, state, terms_max))
                items.push_back(show(api, item, request.language));
            return object{{"terms", std::move(items)}};
        })));
}

base::Result<http::Reply> decide_term(const DeskApi& api, const http::Request& request, bool take) {
    auto session = TRY(party::require_session(request));
    object body;
    if (!request.body.empty()) body = TRY(request.json());
    SiteTerms terms(api.tuners);
    TermProposal item =
        TRY(api.match.database->write<TermProposal>([&](store::Transaction& transaction) {
            return terms.decide(transaction, session->actor, request.value("id"), take,
                                base::text_at(body, "relation"));
        }));
    return http::ok(show(api, item, request.language));
}

base::Result<http::Reply> list_blocks(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    return http::ok(
        TRY(api.match.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
            return object{{"blocked", base::json::value_from(Owners::blocked_by(
                                          reader, session->actor.organisation.text()))}};
        })));
}

base::Result<http::Reply> block(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    auto other =
        TRY(party::path_id<party::Organisation>(request, "organisation", "organisation_unknown"));
    TRY(api.match.database->write<void>([&](store::Transaction& transaction) -> base::Status {
        TRY(party::Organisations::require(transaction, other));
        return Owners::block(transaction, session->actor, other.text());
    }));
    return http::no_content();
}

base::Result<http::Reply> unblock(const DeskApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    TRY(api.match.database->write<void>([&](store::Transaction& transaction) {
        return Owners::unblock(transaction, session->actor, request.value("organisation"));
    }));
    return http::no_content();
}

}  // namespace

void mount_match_tuning(http::Router& router, const DeskApi& api) {
    router.get(
        "/api/match-weights",
        {.summary = "Weights of matching: in force, proposed, and the evidence", .signed_in = true},
        [api](const http::Request& request) { return list_weights(api, request); });
    router.post("/api/match-weights",
                {.summary = "Estimate weights from the evidence and propose them",
                 .signed_in = true,
                 .creates = true,
                 .cost = 30},
                [api](const http::Request& request) { return estimate(api, request); });
    router.post("/api/match-weights/{version}/take",
                {.summary = "Use proposed weights from now on", .signed_in = true},
                [api](const http::Request& request) {
                    return decide_weights(api, request, VersionState::taken);
                });
    router.post("/api/match-weights/{version}/refuse",
                {.summary = "Do not use proposed weights", .signed_in = true},
                [api](const http::Request& request) {
                    return decide_weights(api, request, VersionState::refused);
                });
    router.get("/api/match-terms",
               {.summary = "Terms proposed for the thesaurus (?state=)", .signed_in = true},
               [api](const http::Request& request) { return list_terms(api, request); });
    router.post("/api/match-terms/{id}/accept",
                {.summary = "Take a term into the site's thesaurus", .signed_in = true},
                [api](const http::Request& request) { return decide_term(api, request, true); });
    router.post("/api/match-terms/{id}/refuse",
                {.summary = "Turn a proposed term down", .signed_in = true},
                [api](const http::Request& request) { return decide_term(api, request, false); });
    router.get("/api/match-blocks",
               {.summary = "Whom one's organisation is not matched with", .signed_in = true},
               [api](const http::Request& request) { return list_blocks(api, request); });
    router.put("/api/match-blocks/{organisation}",
               {.summary = "Not to be matched with an organisation", .signed_in = true},
               [api](const http::Request& request) { return block(api, request); });
    router.del("/api/match-blocks/{organisation}",
               {.summary = "To be matched with it again", .signed_in = true},
               [api](const http::Request& request) { return unblock(api, request); });
}

}  // namespace match
