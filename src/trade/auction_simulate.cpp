#include "trade/auction_simulate.h"

#include <algorithm>

#include "base/check.h"
#include "base/random.h"
#include "trade/auction_record.h"

namespace trade {
namespace {

constexpr const char* people[] = {"A", "B", "C", "D", "E", "F"};

class Sale {
  public:
    Sale(std::string name, base::Random& random, base::Time day, SimulationReport& report)
        : name_(std::move(name)), random_(random), day_(day), report_(report) {}

    void run();

  private:
    std::uint64_t pick(std::uint64_t bound) { return random_.below(bound); }
    bool one_in(std::uint64_t chances) { return pick(chances) == 0; }
    Parameters parameters();
    Event next_event();
    std::string next_amount();
    Outcome send(const Event& event, base::Time at);
    void check_step(const Event& event, const Outcome& outcome, const AuctionState& before);
    void check_end();
    void check_winner();
    void check_record();
    void check_stored();
    void open_by_keys();
    void settle();
    void violated(std::string_view words) {
        report_.violations.push_back(name_ + ": " + std::string(words));
    }
    std::string person() { return people[pick(std::size(people))]; }

    std::string name_;
    base::Random& random_;
    base::Time day_;
    SimulationReport& report_;
    AuctionRules rules_;
    AuctionState state_;
    std::vector<LogEntry> entries_;
    std::vector<std::pair<Event, Outcome>> keyed_;
    base::Time now_;
};

Parameters Sale::parameters() {
    auto type = static_cast<AuctionType>(pick(auction_types().size()));
    Parameters made{{"procedure", name_},
                    {"start", "1000"},
                    {"step", "100"},
                    {"deposit", "200"},
                    {"open", "09:00:00"},
                    {"bidders", "A,B,C,D,E:100"},
                    {"sign_term", "1d"},
                    {"offer_term", "1d"},
                    {"reserve", one_in(3) ? "1600" : "1000"},
                    {"runner_up_deposit", one_in(2) ? "kept" : "released"}};
    constexpr const char* ties[] = {"earliest", "rebid_tied", "lottery"};
    made["tie"] = ties[pick(3)];
    made["beacon"] = name_;
    if (type == AuctionType::english && one_in(2)) {
        made.insert({{"form", "cycle"}, {"free_end", "09:20:00"}, {"cycle", "3m"}});
    } else {
        made.insert({{"close", "09:30:00"}, {"window", "2m"}, {"extend", "2m"}});
        if (type == AuctionType::english && one_in(3)) made["hard_stop"] = "09:34:00";
    }
    if (type == AuctionType::multi_round) made["rounds"] = "3";
    if (row_of(type).timing == Timing::price_clock) {
        made.erase("close");
        made["start"] = "3000";
        made.insert({{"interval", "60s"}, {"floor", "1000"}});
    }
    if (type == AuctionType::scored) {
        made.insert({{"reference", "2000"}, {"price_weight", "60"}, {"quality_weight", "40"}});
        if (one_in(2)) made["pass_mark"] = "40";
    }
    if (type == AuctionType::multi_unit) {
        constexpr const char* pricing[] = {"uniform", "pay_as_bid", "posted"};
        made.insert({{"units", "3"}, {"cap", "2"}, {"pricing", pricing[pick(3)]}});
    } else if (one_in(3)) {
        bool inside = type == AuctionType::english && one_in(2);
        made["priority"] = one_in(2) ? "P" : "P,Q";
        made["priority_mode"] = inside ? "inside_equal" : "after_close";
        made["priority_term"] = "10m";
    }
    bool one_opening = row_of(type).visibility == Visibility::sealed &&
                       row_of(type).timing == Timing::fixed && made["pricing"] != "posted";
    if (made["pricing"].empty()) made.erase("pricing");
    if (one_opening && one_in(2)) made["opening"] = "by_keys";
    made["type"] = row_of(type).name;
    return made;
}

std::string Sale::next_amount() {
    if (one_in(40)) {
        constexpr const char* wrong[] = {"-100", "1e9", "0", "99999999999999999999", "USD 1500"};
        return wrong[pick(std::size(wrong))];
    }
    bool clock = rules_.row().timing == Timing::price_clock && state_.phase == Phase::bidding;
    if (clock) {
        Standing standing = standing_at(rules_, state_, now_);
        return one_in(6) ? "1234" : standing.price.to_string();
    }
    const Bid* best = state_.best();
    base::Money from = best ? best->amount : rules_.start;
    auto more = static_cast<std::int64_t>(pick(4));
    return base::Money::fen(from.minor +
                            more * (rules_.is_sealed() ? 10'000 : 9'000 + 1'000 * more))
        .to_string();
}

Event Sale::next_event() {
    Event event;
    std::uint64_t dice = pick(100);
    if (dice < 3) {
        event.action = state_.outage_since ? Action::outage_ends : Action::outage_begins;
    } else if (dice < 6) {
        event.action = state_.suspended_since ? Action::resume : Action::suspend;
    } else if (dice < 9) {
        event.action = Action::quality;
        for (const char* name : {"A", "B", "C", "D", "E"}) {
            event.points[name] = std::to_string(pick(101));
        }
    } else if (dice < 13) {
        event.action = one_in(2) ? Action::match : Action::waive;
        event.actor = one_in(2) ? "P" : "Q";
    } else if (dice < 15) {
        event.action = one_in(2) ? Action::withdraw : Action::read_bids;
        event.actor = person();
    } else if (dice < 16 && one_in(20)) {
        event.action = Action::annul;
        event.document = "decision";
    } else {
        bool takes = rules_.row().timing == Timing::price_clock && state_.phase == Phase::bidding;
        event.action = takes ? (one_in(12) ? Action::accept : Action::tick) : Action::bid;
        event.actor = event.action == Action::tick ? std::string() : person();
        event.amount = event.action == Action::tick ? std::string() : next_amount();
        event.units = rules_.type == AuctionType::multi_unit ? static_cast<int>(1 + pick(3)) : 1;
        event.salt = std::to_string(random_.next());
        if (one_in(3)) event.key = "k" + std::to_string(pick(50));
    }
    return event;
}

Outcome Sale::send(const Event& event, base::Time at) {
    AuctionState before = state_;
    Step step = apply(rules_, state_, event, at);
    for (LogEntry& entry : step.entries)
        entries_.push_back(std::move(entry));
    ++report_.events;
    check_step(event, step.outcome, before);
    return step.outcome;
}

void Sale::check_step(const Event& event, const Outcome& outcome, const AuctionState& before) {
    if (!state_.ledger.balanced()) violated("I7 the deposits are out of balance");
    if (before.is_final() && before.phase == Phase::failed && state_.phase != Phase::failed) {
        violated("I15 a sale left its end");
    }
    bool taken = is_success(outcome.code) && outcome.repeat == Outcome::Repeat::first;
    bool offers = event.action == Action::bid || event.action == Action::accept;
    if (taken && offers) {
        ++report_.accepted;
        if (state_.last_stamp < state_.open) violated("I3 a bid before the opening was taken");
        // The timers that were due have fired before the bid: the phase then must have been open.
        if (before.deadline && !before.is_paused() && before.phase == Phase::bidding &&
            rules_.row().timing == Timing::fixed && state_.last_stamp >= *before.deadline &&
            state_.phase == Phase::bidding) {
            violated("I3 a bid at or after the close was taken");
        }
    }
    const Bid* was = before.best();
    const Bid* is = state_.best();
    bool rising =
        rules_.type == AuctionType::english && state_.phase == Phase::bidding && was && is;
    if (rising && event.action == Action::bid && taken && is->amount < was->amount + rules_.step) {
        violated("I2 the best did not rise by a step");
    }
    if (before.phase == state_.phase && before.phase == Phase::bidding && before.deadline &&
        state_.deadline && *state_.deadline < *before.deadline) {
        violated("I2 an end moved earlier");
    }
    bool sealed_still = rules_.is_sealed() && !rules_.is_posted() && !state_.bidding_ended;
    if (sealed_still && (!outcome.lead.empty() || outcome.price || outcome.min_next)) {
        violated("a sealed sale told about others' bids");
    }
    if (!is_success(outcome.code) && state_.bids_accepted != before.bids_accepted) {
        violated("a refusal changed the bids");
    }
}

void Sale::run() {
    Parameters made = parameters();
    auto type = parse_auction_type(made.at("type"));
    made.erase("type");
    auto rules = read_rules(*type, made, day_);
    CHECK_WITH(rules.has_value(), rules ? "" : base::describe(rules.error()));
    rules_ = std::move(*rules);
    state_ = begin_auction(rules_);
    now_ = rules_.open - base::minutes(1);
    base::Time until = rules_.close + base::minutes(40);
    while (now_ < until && !state_.is_final()) {
        Event event = next_event();
        // The writer's clock now and then jumps forward, or looks as if it went back.
        base::Time stamp =
            one_in(25) ? now_ - base::minutes(static_cast<std::int64_t>(pick(9))) : now_;
        Outcome outcome = send(event, stamp);
        if (!event.key.empty() && !event.actor.empty()) keyed_.emplace_back(event, outcome);
        if (one_in(8) && !keyed_.empty()) {
            const auto& [again, first] = keyed_[pick(keyed_.size())];
            std::uint64_t bids = state_.bids_accepted;
            Outcome repeated = send(again, now_);
            bool kept = repeated.repeat == Outcome::Repeat::repeated;
            if (kept && state_.bids_accepted != bids) violated("I8 one key made two bids");
        }
        if (one_in(60)) check_record();
        if (one_in(40)) check_stored();
        if (state_.phase == Phase::awaiting_opening && one_in(3)) open_by_keys();
        now_ = now_ + base::seconds(static_cast<std::int64_t>(pick(one_in(30) ? 600 : 60)));
    }
    settle();
    check_end();
}

void Sale::settle() {
    auto run_out = [&] {
        if (state_.outage_since) send({Action::outage_ends}, now_);
        if (state_.suspended_since) send({Action::resume}, now_);
        while (auto due = next_due(state_)) {
            now_ = std::max(now_, *due);
            send({}, now_);
        }
    };
    run_out();
    if (state_.phase == Phase::awaiting_quality) {
        Event scores{Action::quality};
        for (const char* name : {"A", "B", "C", "D", "E"})
            scores.points[name] = "50";
        send(scores, now_);
        run_out();
    }
    // The bids, then perhaps a round among equals or among holders of a right.
    while (state_.phase == Phase::awaiting_opening) {
        check_stored();
        open_by_keys();
        run_out();
    }
    if (state_.phase != Phase::closed || !one_in(3)) return;
    Event fault{Action::declare_default};
    fault.subject = state_.awards.front().bidder;
    now_ = now_ + base::days(1);
    Outcome declared = send(fault, now_);
    if (declared.code != Code::forfeited) violated("a default after the term was refused");
    if (state_.phase == Phase::offered && one_in(2)) {
        Event answer{one_in(2) ? Action::accept_offer : Action::decline_offer};
        answer.actor = state_.offered;
        send(answer, now_ + base::hours(1));
    }
    run_out();
}

void Sale::check_winner() {
    const std::vector<Bid>& ranking = state_.ranking;
    for (const Award& award : state_.awards) {
        if (rules_.reserve && award.price < *rules_.reserve && !rules_.is_posted()) {
            violated("I6 sold below the reserve");
        }
        auto own = std::ranges::find(ranking, award.bidder, &Bid::bidder);
        if (own != ranking.end() && award.price > own->amount) violated("I5 paid more than bid");
        if (state_.ledger.balance(award.bidder, Account::held) < rules_.deposit) {
            violated("I19 a winner without a deposit");
        }
    }
    if (rules_.units > 0 && state_.units_sold() > rules_.units) violated("I18 sold too many units");
    for (const Award& award : state_.awards) {
        if (rules_.type == AuctionType::multi_unit && award.units > rules_.unit_cap) {
            violated("I18 the cap of a bidder was broken");
        }
    }
    bool plain = rules_.type != AuctionType::scored && rules_.type != AuctionType::multi_unit;
    if (!plain || state_.awards.empty() || rules_.holder(state_.awards.front().bidder)) return;
    if (!state_.passed_over.empty()) return;
    for (const auto& [bidder, bid] : state_.bids) {
        auto winner = state_.bids.find(state_.awards.front().bidder);
        if (bid.amount > winner->second.amount) violated("I4 the winner's bid is not maximal");
    }
}

void Sale::check_end() {
    if (!state_.is_final())
        violated("I11 a sale without an end: " + std::string(name_of(state_.phase)));
    check_winner();
    std::set<std::string, std::less<>> winners;
    for (const Award& award : state_.awards)
        winners.insert(award.bidder);
    for (const std::string& owner : state_.ledger.owners_with(Account::held)) {
        bool kept = rules_.second_deposit == SecondDeposit::kept;
        if (!winners.contains(owner) && !kept) violated("a losing bidder's deposit is not free");
    }
    check_record();
    if (!state_.awards.empty()) ++report_.sold;
    report_.text += name_ + ' ' + std::string(rules_.row().name) + ' ' +
                    std::string(name_of(state_.phase)) + ' ' + state_.failure;
    for (const Award& award : state_.awards) {
        report_.text += ' ' + award.bidder + '=' + award.price.to_string();
    }
    report_.text += ' ' + base::to_hex(state_.head) + '\n';
}

/// The writer dies here and is rebuilt from what it had published.
void Sale::check_record() {
    if (!state_.sealed_history.empty()) return;  // sealed: the record cannot be folded yet
    auto rebuilt = replay(record_json(rules_, state_, entries_));
    if (!rebuilt) {
        // A sale annulled with its bids sealed never opens them; its chain must hold all the same.
        return violated("I1 the record does not replay: " + base::describe(rebuilt.error()));
    }
    bool same = rebuilt->state.head == state_.head && rebuilt->state.bids == state_.bids &&
                rebuilt->state.awards == state_.awards && rebuilt->state.phase == state_.phase &&
                rebuilt->state.deadline == state_.deadline;
    if (!same) violated("I1 the record replays to another state");
}

void Sale::open_by_keys() {
    if (state_.is_paused()) return;
    if (send({Action::open_bids}, now_).code != Code::accepted) {
        violated("the key holders could not open the bids");
    }
}

/// The writer dies here and is rebuilt from its tables: from the events and what is in the boxes it
/// must come to the same state and go on from it; without the boxes to the same chain and phase.
void Sale::check_stored() {
    SealedContents boxes = opened_contents(entries_);
    for (const Bid& bid : state_.sealed_history) {
        boxes[bid.seq] = {bid.amount.to_string(), bid.salt, bid.units};
    }
    auto rebuilt = fold(rules_, entries_, boxes, Unopened::refused);
    if (!rebuilt) return violated("the tables do not fold: " + base::describe(rebuilt.error()));
    bool same = rebuilt->head == state_.head && rebuilt->phase == state_.phase &&
                rebuilt->bids == state_.bids && rebuilt->sealed == state_.sealed &&
                rebuilt->deadline == state_.deadline && rebuilt->lead == state_.lead &&
                rebuilt->awards == state_.awards && rebuilt->ledger.balanced() &&
                rebuilt->opening_of == state_.opening_of;
    if (!same) return violated("the tables fold to another state");
    bool unopened = rules_.opening == Opening::by_keys && !state_.sealed_history.empty() &&
                    opened_contents(entries_).empty();
    if (unopened) {
        auto blind = fold(rules_, entries_, {}, Unopened::hidden);
        bool holds = blind && blind->head == state_.head && blind->phase == state_.phase &&
                     blind->deadline == state_.deadline;
        if (!holds) return violated("without the boxes the sale folds to another chain");
        for (const auto& [bidder, bid] : blind->sealed) {
            if (bid.amount.minor != 0 || !bid.salt.empty()) violated("a blind state knows a bid");
        }
    }
    rebuilt->answers = std::move(state_.answers);
    rebuilt->attempts = std::move(state_.attempts);
    rebuilt->refused = state_.refused;
    rebuilt->missed_in_queue = state_.missed_in_queue;
    rebuilt->last_stamp = state_.last_stamp;
    state_ = std::move(*rebuilt);
}

}  // namespace

SimulationReport simulate_auctions(std::uint64_t seed, int days) {
    SimulationReport report;
    base::SeededRandom random(seed);
    for (int day = 0; day < days; ++day) {
        base::Time start = base::start_of_day(base::Date{2026, 1, 5}.plus_days(day));
        for (int number = 0; number < 4; ++number) {
            std::string name = "s" + std::to_string(seed) + "-" + std::to_string(day) + "-" +
                               std::to_string(number);
            Sale(name, random, start, report).run();
            ++report.auctions;
        }
    }
    report.text += "digest " + base::to_hex(base::sha256(report.text)) + '\n';
    return report;
}

}  // namespace trade
