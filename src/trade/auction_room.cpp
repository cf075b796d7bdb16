#include "trade/auction_room.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "base/check.h"
#include "base/hash.h"
#include "trade/auction_record.h"

namespace trade {
namespace {

/// A key is kept as its hash, so that the store does not hold what makes digests secret.
std::string key_hash_of(std::string_view auction, std::string_view bidder, std::string_view key) {
    std::string bytes = "auction-key\n" + std::string(auction) + '\n' + std::string(bidder) + '\n';
    bytes += key;
    return base::to_hex(base::sha256(bytes));
}

std::string digest_of(std::string_view key, const std::string& content) {
    return base::to_hex(base::sha256(std::string(key) + '\n' + content));
}

bool is_opened(const std::vector<rows::StoredEvent>& events) {
    return std::ranges::any_of(events, [](const rows::StoredEvent& event) {
        return event.entry.type == name_of(Action::open_bids);
    });
}

std::vector<LogEntry> entries_of(const std::vector<rows::StoredEvent>& events) {
    std::vector<LogEntry> entries;
    entries.reserve(events.size());
    for (const rows::StoredEvent& event : events)
        entries.push_back(event.entry);
    return entries;
}

base::Error lease_lost() {
    return base::error(base::ErrorKind::unavailable, name_of(Code::storage_unavailable))
        .saying("another node holds the sale");
}

}  // namespace

std::string AuctionRoom::context(std::uint64_t seq) const {
    return "auction:" + auction_.id.text() + ":" + std::to_string(seq);
}

std::vector<BoxKeys> AuctionRoom::box_keys() const {
    std::vector<BoxKeys> pairs;
    for (std::size_t index = 0; index < keys_.size(); ++index)
        pairs.push_back({keys_[index].holder.public_key, secret_keys_[index]});
    return pairs;
}

std::string AuctionRoom::seal(const SealedContent& content, std::uint64_t seq,
                              base::Random& random) const {
    if (keys_.empty()) {
        return base::to_base64(vault_->seal(content.to_text(), context(seq), random));
    }
    std::vector<std::string> keys;
    for (const rows::StoredKey& key : keys_)
        keys.push_back(key.holder.public_key);
    return seal_under_keys(keys, content.to_text());
}

base::Result<SealedContents> AuctionRoom::open_boxes(
    const std::vector<rows::StoredEvent>& events) const {
    SealedContents contents = opened_contents(entries_of(events));
    for (const rows::StoredEvent& event : events) {
        std::uint64_t seq = event.entry.seq;
        if (event.sealed.empty() || contents.contains(seq)) continue;
        base::Result<std::string> text =
            keys_.empty() ? vault_->open(base::from_base64(event.sealed).value_or(""), context(seq))
                          : open_under_keys(box_keys(), event.sealed);
        auto content = text ? SealedContent::parse(*text)
                            : base::Result<SealedContent>(base::refuse(text.error()));
        if (!content) {
            return base::refuse(base::conflict("sealed_damaged")
                                    .with("seq", std::to_string(seq))
                                    .saying(content.error().detail));
        }
        contents.emplace(seq, std::move(*content));
    }
    return contents;
}

base::Result<std::unique_ptr<AuctionRoom>> AuctionRoom::load(store::Reader& reader,
                                                             const Auctions& auctions,
                                                             const base::Id<Auction>& id) {
    std::unique_ptr<AuctionRoom> room(new AuctionRoom(auctions.vault()));
    room->auction_ = TRY(Auctions::require(reader, id));
    room->rules_ = room->auction_.rules;
    TRY(room->load_state(reader));
    return room;
}

base::Status AuctionRoom::load_state(store::Reader& reader) {
    const base::Id<Auction>& id = auction_.id;
    set_seats(Auctions::seats(reader, id));
    keys_ = rows::keys(reader, id);
    secret_keys_.resize(keys_.size());
    for (std::size_t index = 0; index < keys_.size(); ++index) {
        const rows::StoredKey& key = keys_[index];
        if (!key.given_at) continue;
        secret_keys_[index] =
            TRY(vault_->open(TRY(base::from_base64(key.secret_key)),
                             "auction:" + id.text() + ":key:" + std::to_string(key.slot)));
    }
    bool keys_given = std::ranges::none_of(secret_keys_, &std::string::empty);
    auto reserve =
        reader.first("select reserve from trade_auction where id = :id", {{"id", id}})->text(0);
    if (!reserve.empty() && (keys_.empty() || keys_given)) {
        std::string text = keys_.empty() ? TRY(vault_->open(TRY(base::from_base64(reserve)),
                                                            "auction:" + id.text() + ":reserve"))
                                         : TRY(open_under_keys(box_keys(), reserve));
        SealedContent content = TRY(SealedContent::parse(text));
        rules_.reserve = TRY(base::Money::parse(content.amount, rules_.currency));
        reserve_salt_ = content.salt;
    } else {
        reserve_box_ = reserve;
    }
    std::vector<rows::StoredEvent> events = rows::events(reader, id, 0, 100'000'000);
    bool blind = rules_.opening == Opening::by_keys && !is_opened(events);
    SealedContents contents;
    if (!blind) contents = TRY(open_boxes(events));
    state_ = TRY(
        fold(rules_, entries_of(events), contents, blind ? Unopened::hidden : Unopened::refused));
    if (!keys_.empty()) events_ = std::move(events);
    state_.refused = auction_.refused;
    state_.missed_in_queue = auction_.missed_in_queue;
    for (rows::StoredAnswer& answer : rows::answers(reader, id)) {
        state_.answers[answer.bidder][answer.key_hash] = {answer.digest, answer.outcome};
    }
    for (const store::Row& row :
         reader.query("select alias, maximum, set_at from trade_auction_agent "
                      "where auction = :auction and ended_at is null",
                      {{"auction", id}})) {
        std::string text = TRY(vault_->open(TRY(base::from_base64(row.text(1))),
                                            "auction:" + id.text() + ":agent:" + row.text(0)));
        agents_.push_back(
            {row.text(0), TRY(base::Money::parse(text, rules_.currency)), row.time(2)});
    }
    return {};
}

Outcome AuctionRoom::apply_event(const Event& event, base::Time stamp, base::Random& random,
                                 const SealedContent* content) {
    std::uint64_t refused = state_.refused;
    Step step = apply(rules_, state_, event, stamp);
    gathered_.counts = gathered_.counts || state_.refused != refused;
    for (LogEntry& entry : step.entries) {
        // What the act itself became is the last entry of its name; timers stand before it.
        bool is_sealed = content && entry.type == name_of(Action::bid) &&
                         entry.payload.find("\"commitment\"") != std::string::npos;
        std::string box = is_sealed ? seal(*content, entry.seq, random) : std::string();
        if (!keys_.empty()) events_.push_back({entry, box});
        gathered_.events.push_back({std::move(entry), std::move(box)});
    }
    for (Effect& effect : step.effects)
        gathered_.effects.emplace_back(std::move(effect), state_.last_stamp);
    return step.outcome;
}

AuctionRoom::Judged AuctionRoom::judge(Event event, std::string_view key, base::Time stamp,
                                       base::Random& random) {
    Judged judged;
    // A bidder may bring the salt of a commitment of his own.
    if (event.salt.empty()) event.salt = base::random_token(random, 18);
    if (!key.empty()) {
        std::string content = request_content(event, rules_.currency);
        if (!event.commitment.empty()) content += '|' + event.salt + '|' + event.commitment;
        event.key = key_hash_of(auction_.id.text(), event.actor, key);
        event.digest = digest_of(key, content);
    }
    AmountText amount = read_amount(event.amount, rules_.currency);
    SealedContent content{amount.amount.to_string(), event.salt, event.units};
    auto known = [&] {
        auto kept = state_.answers.find(event.actor);
        return kept != state_.answers.end() && kept->second.contains(event.key);
    };
    bool was_known = !event.key.empty() && known();
    bool bids = event.action == Action::bid;
    judged.outcome = apply_event(event, stamp, random, bids ? &content : nullptr);
    if (!event.key.empty() && !was_known && known()) {
        gathered_.answers.push_back({event.actor, event.key, event.digest, judged.outcome});
    }
    bool taken = is_success(judged.outcome.code) && judged.outcome.repeat == Outcome::Repeat::first;
    if (taken && judged.outcome.seal == Outcome::Seal::sealed) judged.salt = event.salt;
    for (const rows::StoredEvent& event : gathered_.events) {
        if (taken && event.entry.seq == judged.outcome.seq) {
            judged.hash = base::to_hex(event.entry.hash);
        }
    }
    run_agents(stamp, random);
    return judged;
}

void AuctionRoom::tick(base::Time stamp, base::Random& random) {
    apply_event({}, stamp, random, nullptr);
    run_agents(stamp, random);
    bool keys_given = !keys_.empty() && std::ranges::none_of(secret_keys_, &std::string::empty);
    // A round after the opening: the keys are known, nobody has to be asked again.
    if (state_.phase == Phase::awaiting_opening && keys_given) {
        // A box that was changed keeps the sale waiting, for its host to see; the others go on.
        const base::Status opened = open_with_keys(stamp, random);
        if (!opened)
            spdlog::error("sale {}: {}", auction_.id.text(), base::describe(opened.error()));
    }
}

void AuctionRoom::set_seats(std::vector<AuctionSeat> seats) {
    seats_.clear();
    for (AuctionSeat& seat : seats)
        seats_.emplace(seat.alias, std::move(seat));
}

bool AuctionRoom::knows(std::string_view alias) const {
    return rules_.bidder(alias) || rules_.holder(alias) || state_.admitted.contains(alias);
}

void AuctionRoom::take_commands(const std::vector<rows::Command>& commands, base::Time stamp,
                                base::Random& random) {
    for (const rows::Command& command : commands) {
        bool known = std::ranges::any_of(
            gathered_.commands, [&](const auto& done) { return done.first == command.id; });
        if (known) continue;
        const Code code = command.event ? apply_event(*command.event, stamp, random, nullptr).code
                                        : Code::malformed_request;
        gathered_.commands.emplace_back(command.id, code);
        run_agents(stamp, random);
    }
}

void AuctionRoom::run_agents(base::Time stamp, base::Random& random) {
    if (agents_.empty()) return;
    // Each bid exhausts an agent or makes it lead, so this ends; the limit guards against ourselves.
    for (std::size_t round = 0; round < 4 * agents_.size() + 4; ++round) {
        base::Time now = std::max(stamp, state_.last_stamp);
        auto bid = next_agent_bid(rules_, state_, agents_, now);
        if (!bid) return;
        Event event{.action = Action::bid, .actor = bid->alias, .amount = bid->amount.to_string()};
        event.jump = Event::Jump::confirmed;
        Outcome outcome = apply_event(event, stamp, random, nullptr);
        if (is_success(outcome.code)) continue;
        // Something the agent may not do by itself (a deposit gone): the bidder must look.
        std::erase_if(agents_, [&](const BidAgent& agent) { return agent.alias == bid->alias; });
        gathered_.agents[bid->alias] = std::nullopt;
    }
}

std::optional<BidAgent> AuctionRoom::agent_of(std::string_view alias) const {
    auto found = std::ranges::find(agents_, alias, &BidAgent::alias);
    return found == agents_.end() ? std::nullopt : std::optional(*found);
}

base::Status AuctionRoom::set_agent(const std::string& alias, std::optional<base::Money> maximum,
                                    base::Time stamp, base::Random& random) {
    tick(stamp, random);
    if (!auction_.agent_allowed) return base::refuse(base::conflict("agent_not_allowed"));
    bool bids = rules_.bidder(alias) || state_.admitted.contains(alias);
    if (!bids) return base::refuse(base::forbidden(name_of(Code::not_a_bidder)));
    if (state_.phase != Phase::bidding) {
        return base::refuse(base::conflict(name_of(Code::bidding_closed)));
    }
    if (maximum) {
        base::Money least = next_amounts(rules_, state_, 1).front();
        const Bid* own = state_.own(alias);
        if (state_.lead == alias && own) least = own->amount;
        if (*maximum < least) {
            return base::refuse(base::invalid("agent_maximum_too_low")
                                    .at("maximum")
                                    .with("least", least.to_string()));
        }
    }
    auto known = std::ranges::find(agents_, alias, &BidAgent::alias);
    // Lowering or raising a limit takes a new place in time, as a new bid would.
    if (known != agents_.end()) agents_.erase(known);
    if (maximum) agents_.push_back({alias, *maximum, stamp});
    gathered_.agents[alias] =
        maximum ? std::optional(BidAgent{alias, *maximum, stamp}) : std::nullopt;
    run_agents(stamp, random);
    return {};
}

base::Status AuctionRoom::give_key(const party::Actor& actor, const std::string& secret_key,
                                   base::Time stamp, base::Random& random) {
    tick(stamp, random);
    auto holder = std::ranges::find_if(keys_, [&](const rows::StoredKey& key) {
        return !actor.account.empty() && key.holder.account == actor.account;
    });
    if (holder == keys_.end()) {
        return base::refuse(base::forbidden(name_of(Code::forbidden_role)));
    }
    // Before the close nobody's key may come near the boxes.
    if (state_.phase != Phase::awaiting_opening) {
        return base::refuse(base::conflict("key_not_needed_yet"));
    }
    auto index = static_cast<std::size_t>(holder - keys_.begin());
    if (!secret_keys_[index].empty()) return base::refuse(base::conflict("key_given"));
    if (!keys_belong(holder->holder.public_key, secret_key)) {
        return base::refuse(base::invalid("key_wrong").at("secret_key"));
    }
    secret_keys_[index] = secret_key;
    gathered_.keys.emplace_back(
        holder->slot,
        base::to_base64(vault_->seal(
            secret_key, "auction:" + auction_.id.text() + ":key:" + std::to_string(holder->slot),
            random)));
    if (std::ranges::any_of(secret_keys_, &std::string::empty)) return {};
    return open_with_keys(stamp, random);
}

base::Status AuctionRoom::open_with_keys(base::Time stamp, base::Random& random) {
    if (state_.sight == AuctionState::Sight::blind) {
        SealedContents contents = TRY(open_boxes(events_));
        if (!reserve_box_.empty()) {
            SealedContent reserve =
                TRY(SealedContent::parse(TRY(open_under_keys(box_keys(), reserve_box_))));
            rules_.reserve = TRY(base::Money::parse(reserve.amount, rules_.currency));
            reserve_salt_ = reserve.salt;
            reserve_box_.clear();
        }
        AuctionState seen = TRY(fold(rules_, entries_of(events_), contents, Unopened::refused));
        seen.answers = std::move(state_.answers);
        seen.refused = state_.refused;
        seen.missed_in_queue = state_.missed_in_queue;
        state_ = std::move(seen);
    }
    Outcome outcome = apply_event({.action = Action::open_bids}, stamp, random, nullptr);
    if (!is_success(outcome.code))
        return base::refuse(base::conflict("sealed_damaged").saying(name_of(outcome.code)));
    return {};
}

void AuctionRoom::note_outage(base::Time from, base::Time to) {
    base::SecureRandom random;
    from = std::max(from, state_.last_stamp);
    apply_event({.action = Action::outage_begins}, from, random, nullptr);
    apply_event({.action = Action::outage_ends}, to, random, nullptr);
}

std::optional<AuctionEnd> AuctionRoom::end() const {
    if (!state_.is_final()) return std::nullopt;
    AuctionEnd end{.price = {0, rules_.currency}, .reason = state_.failure};
    const auto organisation = [&](const std::string& alias) {
        const auto seat = seats_.find(alias);
        return seat == seats_.end() ? base::Id<party::Organisation>() : seat->second.organisation;
    };
    if (!state_.awards.empty()) {
        end.winner = organisation(state_.awards.front().bidder);
        end.price = state_.awards.front().price;
    }
    for (const Bid& bid : state_.ranking) {
        const bool has_won = std::ranges::any_of(
            state_.awards, [&](const Award& award) { return award.bidder == bid.bidder; });
        const bool is_out = state_.suspended_bidders.contains(bid.bidder) ||
                            state_.passed_over.contains(bid.bidder);
        if (!has_won && !is_out) end.runners.emplace_back(organisation(bid.bidder), bid.amount);
    }
    return end;
}

bool AuctionRoom::is_dirty() const {
    const Gathered& all = gathered_;
    return !all.events.empty() || !all.answers.empty() || !all.commands.empty() ||
           !all.keys.empty() || !all.agents.empty() || all.counts ||
           (auction_.phase == "announced" && state_.last_stamp >= state_.open);
}

base::Status AuctionRoom::store(store::Transaction& transaction, const Auctions& auctions,
                                const Lease& lease, base::Time stamp,
                                base::Time lease_until) const {
    std::string phase(state_.last_stamp >= state_.open || state_.phase != Phase::bidding
                          ? name_of(state_.phase)
                          : "announced");
    bool ours =
        transaction.execute(
            "update trade_auction set phase = :phase, closes_at = :closes_at, last_seq = :seq, "
            "head = :head, refused = :refused, missed = :missed, alive_at = :now, "
            "lease_until = case when lease_until > :until then lease_until else :until end, "
            "version = version + 1 "
            "where id = :id and lease_owner = :owner and lease_epoch = :epoch",
            {{"phase", phase},
             {"closes_at", state_.deadline},
             {"seq", static_cast<std::int64_t>(state_.seq)},
             {"head", base::to_hex(state_.head)},
             {"refused", static_cast<std::int64_t>(state_.refused)},
             {"missed", static_cast<std::int64_t>(state_.missed_in_queue)},
             {"now", stamp},
             {"until", lease_until},
             {"id", auction_.id},
             {"owner", lease.owner},
             {"epoch", lease.epoch}}) == 1;
    if (!ours) return base::refuse(lease_lost());
    rows::insert_events(transaction, auction_.id, gathered_.events);
    rows::insert_answers(transaction, auction_.id, gathered_.answers);
    for (const auto& [id, code] : gathered_.commands) {
        if (!rows::finish_command(transaction, id, code)) return base::refuse(lease_lost());
    }
    for (const auto& [slot, sealed] : gathered_.keys)
        rows::give_key(transaction, auction_.id, slot, sealed);
    for (const auto& [alias, agent] : gathered_.agents) {
        std::string maximum =
            agent ? base::to_base64(vault_->seal(
                        agent->maximum.to_string(),
                        "auction:" + auction_.id.text() + ":agent:" + alias, transaction.random()))
                  : std::string();
        rows::put_agent(transaction, auction_.id, alias, maximum, stamp);
    }
    if (!gathered_.events.empty()) {
        transaction.append(
            {"system", auction_.place, auction_.id.text(), "auction.events",
             base::canonical_json(base::json::object{{"first", gathered_.events.front().entry.seq},
                                                     {"last", gathered_.events.back().entry.seq},
                                                     {"head", base::to_hex(state_.head)}})});
    }
    for (const auto& [effect, at] : gathered_.effects) {
        AuctionNews news{.kind = effect.kind,
                         .alias = effect.bidder,
                         .at = at,
                         .due = effect.due,
                         .amount = effect.amount,
                         .reason = effect.reason};
        if (auto seat = seats_.find(effect.bidder); seat != seats_.end()) {
            news.organisation = seat->second.organisation;
        }
        for (const Award& award : state_.awards) {
            if (award.bidder == effect.bidder) news.units = award.units;
        }
        if (effect.kind == EffectKind::closed || effect.kind == EffectKind::failed)
            news.end = end();
        TRY(auctions.tell(transaction, auction_, news));
    }
    return {};
}

AuctionUpdate AuctionRoom::stored() {
    AuctionUpdate update;
    for (rows::StoredEvent& event : gathered_.events)
        update.entries.push_back(std::move(event.entry));
    gathered_ = {};
    bool begun = state_.last_stamp >= state_.open || state_.phase != Phase::bidding;
    auction_.phase = begun ? std::string(name_of(state_.phase)) : "announced";
    auction_.closes_at = state_.deadline;
    auction_.last_seq = state_.seq;
    auction_.head = base::to_hex(state_.head);
    auction_.refused = state_.refused;
    auction_.missed_in_queue = state_.missed_in_queue;
    ++auction_.version;
    update.view = view();
    return update;
}

std::shared_ptr<const AuctionView> AuctionRoom::view() {
    auto made = std::make_shared<AuctionView>();
    made->auction = auction_;
    // The answers under keys are many and nobody's business.
    auto answers = std::exchange(state_.answers, {});
    auto attempts = std::exchange(state_.attempts, {});
    auto history = std::exchange(state_.sealed_history, {});
    made->state = state_;
    state_.answers = std::move(answers);
    state_.attempts = std::move(attempts);
    state_.sealed_history = std::move(history);
    for (auto& [alias, bid] : made->state.sealed) {
        bid.amount = {0, rules_.currency};
        bid.salt.clear();
    }
    if (state_.is_final()) made->auction.rules.reserve = rules_.reserve;
    made->bidders = static_cast<std::size_t>(std::ranges::count_if(
        seats_, [](const auto& item) { return item.second.seat == Admission::Seat::bidder; }));
    return made;
}

base::json::object AuctionRoom::record(const std::vector<LogEntry>& entries) const {
    base::json::object made = record_json(rules_, state_, entries);
    made["title"] = auction_.title;
    made["announced_at"] = base::to_iso(auction_.announced_at);
    made["refused"] = auction_.refused;
    made["missed_in_queue"] = auction_.missed_in_queue;
    if (state_.is_final() && !rules_.reserve_commitment.empty() && rules_.reserve) {
        made["reserve_opening"] = reserve_opening(*rules_.reserve, reserve_salt_);
    }
    base::json::array keys;
    for (std::size_t index = 0; index < keys_.size(); ++index) {
        base::json::object key{{"holder", keys_[index].holder.name},
                               {"public_key", keys_[index].holder.public_key}};
        // Used once and for this sale only: now anybody can open the boxes again.
        if (state_.is_final() && !secret_keys_[index].empty()) {
            key["secret_key"] = secret_keys_[index];
        }
        keys.push_back(std::move(key));
    }
    if (!keys.empty()) made["keys"] = std::move(keys);
    return made;
}

}  // namespace trade
