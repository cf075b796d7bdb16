#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace trade {

/// Every answer the auction core can give. Stable: published, documented, never reused.
enum class Code {
    accepted,
    // Admission of a bid, in the order of the checks.
    malformed_request,
    unauthenticated,
    procedure_not_found,
    idempotency_conflict,
    not_a_bidder,
    bidder_suspended,
    conflict_of_interest,
    terms_not_confirmed,
    stale_terms,
    procedure_suspended,
    not_open_yet,
    bidding_closed,
    deadline_passed_in_queue,
    wrong_phase,
    not_your_round,
    free_period_bid_required,
    deposit_not_held,
    deposit_insufficient,
    currency_mismatch,
    amount_not_positive,
    amount_out_of_range,
    below_start_price,
    already_leading,
    not_above_best,
    below_min_step,
    not_step_multiple,
    jump_too_large,
    below_own_previous,
    stale_price_seen,
    stale_step,
    unit_cap_exceeded,
    commitment_mismatch,
    reveal_missing,
    rate_limited,
    // Others.
    withdraw_not_allowed,
    priority_not_holder,
    priority_window_closed,
    priority_price_mismatch,
    sealed_until_close,
    storage_unavailable,
    forbidden_role,
    quality_out_of_range,
    default_before_term,
    // Answers to the platform's own acts, all of them successes.
    forfeited,
    declined,
    waived,
    lapsed,
};

struct CodeRow {
    Code code;
    std::string_view name;
    /// Place in the order of checks; 0 for codes outside it, -1 for successes.
    int check;
    base::ErrorKind kind;  ///< meaningless for successes
};

/// The one table of codes: the order, the HTTP kind, the name. docs/trading.md is checked against it.
std::span<const CodeRow> code_table();
const CodeRow& row_of(Code code);
std::string_view name_of(Code code);
inline bool is_success(Code code) {
    return row_of(code).check < 0;
}

}  // namespace trade
