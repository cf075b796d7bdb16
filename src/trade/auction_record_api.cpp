// HTTP face of the evidence: the public record of a sale, its place under a signed root, the roots.
#include <limits>

#include "store/change_log.h"
#include "trade/auction_api.h"

namespace trade {

using base::json::array;
using base::json::object;

namespace {

object batch_json(const store::BatchRoot& batch, base::HashAlgorithm algorithm) {
    return {{"first_seq", batch.first_seq},
            {"last_seq", batch.last_seq},
            {"signed_at", base::to_iso(batch.signed_at)},
            {"previous_root", batch.previous_root},
            {"root", batch.root},
            {"signature", batch.signature},
            {"algorithm", batch.algorithm},
            {"signed_text", store::signed_text(batch, algorithm)}};
}

}  // namespace

void AuctionApi::mount_evidence(http::Router& router) {
    auto call = [this](auto member) {
        return [this, member](const http::Request& request) { return (this->*member)(request); };
    };
    router.get("/auctions/{id}/record.json",
               {.summary = "The public record: rules, events in a hash chain, result"},
               call(&AuctionApi::record));
    router.get("/auctions/{id}/anchor.json",
               {.summary = "The newest events of a sale under a signed root of the change log"},
               call(&AuctionApi::anchor));
    router.get("/roots.json",
               {.summary = "Signed roots over the change log, one a minute while something happens",
                .query = {{"after", "first_seq of the last one seen"}, {"limit", "1 to 500"}}},
               call(&AuctionApi::roots));
}

base::Result<http::Reply> AuctionApi::record(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    http::Reply reply = http::text(TRY(desk().record(id)), "application/json");
    reply.headers["Cache-Control"] = "no-cache";
    return reply;
}

base::Result<http::Reply> AuctionApi::anchor(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    object answer =
        TRY(parts_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
            TRY(Auctions::require(reader, id));
            base::HashAlgorithm algorithm = TRY(store::log_algorithm(reader));
            object made{{"algorithm", base::to_string(algorithm)}};
            std::vector<store::LogRow> rows = store::changes_of(reader, id.text());
            for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
                auto batch = store::batch_of(reader, row->seq);
                if (!batch) continue;  // signed within the minute
                array proof;
                for (const auto& [side, hash] : store::inclusion_proof(reader, row->seq)) {
                    proof.push_back(object{{"side", std::string(1, side)}, {"hash", hash}});
                }
                made["row"] = object{{"seq", row->seq},
                                     {"at", row->at.microseconds},
                                     {"actor", row->change.actor},
                                     {"place", row->change.place},
                                     {"subject", row->change.subject},
                                     {"action", row->change.action},
                                     {"payload", row->change.payload},
                                     {"previous", row->previous_hash},
                                     {"hash", row->hash}};
                made["proof"] = std::move(proof);
                made["batch"] = batch_json(*batch, algorithm);
                break;
            }
            return made;
        }));
    answer["public_key"] = parts_.signer->public_key_pem();
    return http::ok(answer);
}

base::Result<http::Reply> AuctionApi::roots(const http::Request& request) const {
    std::int64_t after =
        TRY(request.query_integer("after", 0, 0, std::numeric_limits<std::int64_t>::max()));
    std::int64_t limit = TRY(request.query_integer("limit", 100, 1, 500));
    object answer =
        TRY(parts_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
            base::HashAlgorithm algorithm = TRY(store::log_algorithm(reader));
            array items;
            for (const store::BatchRoot& batch :
                 store::batches_after(reader, after, static_cast<std::size_t>(limit))) {
                items.push_back(batch_json(batch, algorithm));
            }
            return object{{"hash", base::to_string(algorithm)}, {"items", std::move(items)}};
        }));
    answer["public_key"] = parts_.signer->public_key_pem();
    return http::ok(answer);
}

}  // namespace trade
