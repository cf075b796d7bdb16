#include "trade/auction_codes.h"

#include "base/check.h"

namespace trade {
namespace {

using Kind = base::ErrorKind;

constexpr CodeRow rows[] = {
    {Code::accepted, "accepted", -1, Kind::internal},
    {Code::malformed_request, "malformed_request", 1, Kind::malformed},
    {Code::unauthenticated, "unauthenticated", 2, Kind::unauthenticated},
    {Code::procedure_not_found, "procedure_not_found", 3, Kind::not_found},
    {Code::idempotency_conflict, "idempotency_conflict", 4, Kind::conflict},
    {Code::not_a_bidder, "not_a_bidder", 5, Kind::forbidden},
    {Code::bidder_suspended, "bidder_suspended", 6, Kind::forbidden},
    {Code::conflict_of_interest, "conflict_of_interest", 7, Kind::forbidden},
    {Code::terms_not_confirmed, "terms_not_confirmed", 8, Kind::conflict},
    {Code::stale_terms, "stale_terms", 8, Kind::conflict},
    {Code::procedure_suspended, "procedure_suspended", 9, Kind::conflict},
    {Code::not_open_yet, "not_open_yet", 10, Kind::conflict},
    {Code::bidding_closed, "bidding_closed", 11, Kind::conflict},
    {Code::deadline_passed_in_queue, "deadline_passed_in_queue", 11, Kind::conflict},
    {Code::wrong_phase, "wrong_phase", 12, Kind::conflict},
    {Code::not_your_round, "not_your_round", 12, Kind::conflict},
    {Code::free_period_bid_required, "free_period_bid_required", 12, Kind::conflict},
    {Code::deposit_not_held, "deposit_not_held", 13, Kind::conflict},
    {Code::deposit_insufficient, "deposit_insufficient", 13, Kind::conflict},
    {Code::currency_mismatch, "currency_mismatch", 14, Kind::malformed},
    {Code::amount_not_positive, "amount_not_positive", 15, Kind::malformed},
    {Code::amount_out_of_range, "amount_out_of_range", 15, Kind::malformed},
    {Code::below_start_price, "below_start_price", 16, Kind::invalid},
    {Code::already_leading, "already_leading", 17, Kind::conflict},
    {Code::not_above_best, "not_above_best", 18, Kind::conflict},
    {Code::below_min_step, "below_min_step", 19, Kind::invalid},
    {Code::not_step_multiple, "not_step_multiple", 20, Kind::invalid},
    {Code::jump_too_large, "jump_too_large", 21, Kind::invalid},
    {Code::below_own_previous, "below_own_previous", 22, Kind::invalid},
    {Code::stale_price_seen, "stale_price_seen", 23, Kind::conflict},
    {Code::stale_step, "stale_step", 23, Kind::conflict},
    {Code::unit_cap_exceeded, "unit_cap_exceeded", 24, Kind::invalid},
    {Code::commitment_mismatch, "commitment_mismatch", 25, Kind::invalid},
    {Code::reveal_missing, "reveal_missing", 25, Kind::invalid},
    {Code::rate_limited, "rate_limited", 26, Kind::rate_limited},
    {Code::withdraw_not_allowed, "withdraw_not_allowed", 0, Kind::conflict},
    {Code::priority_not_holder, "priority_not_holder", 0, Kind::forbidden},
    {Code::priority_window_closed, "priority_window_closed", 0, Kind::conflict},
    {Code::priority_price_mismatch, "priority_price_mismatch", 0, Kind::conflict},
    {Code::sealed_until_close, "sealed_until_close", 0, Kind::forbidden},
    {Code::storage_unavailable, "storage_unavailable", 0, Kind::unavailable},
    {Code::forbidden_role, "forbidden_role", 0, Kind::forbidden},
    {Code::quality_out_of_range, "quality_out_of_range", 0, Kind::invalid},
    {Code::default_before_term, "default_before_term", 0, Kind::conflict},
    {Code::forfeited, "forfeited", -1, Kind::internal},
    {Code::declined, "declined", -1, Kind::internal},
    {Code::waived, "waived", -1, Kind::internal},
    {Code::lapsed, "lapsed", -1, Kind::internal},
};

}  // namespace

std::span<const CodeRow> code_table() {
    return rows;
}

const CodeRow& row_of(Code code) {
    const CodeRow& row = rows[static_cast<std::size_t>(code)];
    CHECK(row.code == code);
    return row;
}

std::string_view name_of(Code code) {
    return row_of(code).name;
}

}  // namespace trade
