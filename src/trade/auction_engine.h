#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trade/auction.h"

namespace trade {

/// One run of `apply`: the rules, the state being changed and the step being written. Internal to
/// the core (auction*.cpp); everybody else calls apply. Lives on the stack of one call.
class Engine {
  public:
    Engine(const AuctionRules& rules, AuctionState& state, base::Time now)
        : rules_(rules), state_(state), now_(now) {}

    Step run(const Event& event);

  private:
    struct Request {
        const Event& event;
        AmountText amount;
    };
    using Check = std::optional<Code> (Engine::*)(const Request&) const;

    // auction.cpp: order of things
    void advance();
    void fire(base::Time due);
    Outcome answer(const Request& request);
    Outcome act(const Request& request);
    Outcome act_of_bidder(const Request& request);
    Outcome act_of_platform(const Request& request);
    void log(std::string_view type, base::json::object payload, base::Time stamp);
    void effect(EffectKind kind, std::string_view bidder = {}, base::Money amount = {},
                std::string_view reason = {});
    Outcome success(Code code = Code::accepted) const;
    Outcome refusal(Code code) const;
    void move_deadline(base::Time to);
    void enter(Phase phase, base::Time deadline);

    // auction_admission.cpp: may this bid be taken
    friend struct AdmissionTable;
    std::optional<Code> admit(const Request& request) const;
    std::optional<Code> check_bidder(const Request& request) const;
    std::optional<Code> check_bidder_suspended(const Request& request) const;
    std::optional<Code> check_conflict(const Request& request) const;
    std::optional<Code> check_terms(const Request& request) const;
    std::optional<Code> check_suspended(const Request& request) const;
    std::optional<Code> check_open(const Request& request) const;
    std::optional<Code> check_closed(const Request& request) const;
    std::optional<Code> check_phase(const Request& request) const;
    std::optional<Code> check_deposit(const Request& request) const;
    std::optional<Code> check_currency(const Request& request) const;
    std::optional<Code> check_amount(const Request& request) const;
    std::optional<Code> check_start_price(const Request& request) const;
    std::optional<Code> check_leading(const Request& request) const;
    std::optional<Code> check_above_best(const Request& request) const;
    std::optional<Code> check_step(const Request& request) const;
    std::optional<Code> check_multiple(const Request& request) const;
    std::optional<Code> check_jump(const Request& request) const;
    std::optional<Code> check_own_previous(const Request& request) const;
    std::optional<Code> check_stale(const Request& request) const;
    std::optional<Code> check_units(const Request& request) const;
    std::optional<Code> check_commitment(const Request& request) const;
    std::optional<Code> check_rate(const Request& request) const;
    std::optional<Code> check_holder(const Request& request) const;
    std::optional<Code> check_match_window(const Request& request) const;
    std::optional<Code> check_match_price(const Request& request) const;
    std::optional<Code> first_failure(std::span<const Check> checks, const Request& request) const;
    bool takes_sealed() const;
    /// The public price that a bid in this phase is measured against; none in sealed bidding.
    std::optional<base::Money> public_base() const;
    std::optional<base::Money> min_next() const;
    bool deposit_comes_with_bid(std::string_view alias) const;

    // auction_bids.cpp: what an accepted act does
    Outcome take_bid(const Request& request);
    Outcome take_open(Bid bid, const Request& request);
    Outcome take_sealed(Bid bid, const Request& request);
    Outcome take_posted(const Request& request);
    Outcome take_standing(const Request& request);
    Outcome match(const Request& request);
    Outcome waive(const Request& request);
    Outcome read_bids() const;
    Outcome answer_offer(const Request& request);
    void extend_for_bid();
    void add_confirmations(const Request& request, base::json::object& payload);
    void receive_deposit(std::string_view alias, std::string_view reason);

    // auction_platform.cpp: acts of the platform
    Outcome pause(const Request& request);
    Outcome resume(const Request& request);
    void make_up_for_pause(base::Time since);
    Outcome quality(const Request& request);
    Outcome declare_default(const Request& request);
    Outcome lapse_offer(std::string_view entry);
    Outcome end_by_decision(const Request& request);
    Outcome ledger_fact(const Request& request);
    Outcome suspend_bidder(const Request& request);
    Outcome admit_bidder(const Request& request);
    Outcome open_by_keys();
    bool is_known(std::string_view alias) const;

    // auction_close.cpp: from the last bid to the award
    void end_bidding(base::Time at);
    void end_round(base::Time at);
    bool wait_for_keys(Phase sealed_phase, base::Time at);
    void open_bids(base::Time at);
    void conclude(base::Time at);
    std::string rank_bids();
    bool ranks_before(const Bid& left, const Bid& right) const;
    bool quality_is_complete() const;
    std::vector<std::string> tied() const;
    void draw_lots(const std::vector<std::string>& among);
    void award();
    bool ask_priority(base::Time at);
    void settle_priority(base::Time at);
    void displace(const std::string& holder, base::Money price, base::Time at);
    void finish(base::Time at);
    void fail(std::string_view reason, base::Time at);
    void release(const std::string& alias, std::string_view reason);
    void offer_next(base::Time at, std::string_view reason_if_none);

    const AuctionRules& rules_;
    AuctionState& state_;
    base::Time now_;
    bool opened_by_keys_ = false;  ///< in this very step
    Step step_;
};

}  // namespace trade
