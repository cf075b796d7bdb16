#include "match/desk.h"

#include <algorithm>
#include <set>

namespace match {
namespace {

base::Date today_of(const store::Database& database) {
    return base::date_in_shanghai(database.clock().now());
}

}  // namespace

base::Result<std::vector<catalog::Entry>> Desk::newest_demands(const party::Actor& actor,
                                                               const DeskFilter& filter) const {
    std::vector<catalog::Entry> demands;
    OfferedFilter wanted{.pairing = catalog::Pairing::wanted, .place = filter.place};
    std::size_t of_this_list = 0;
    std::string last_list;
    TRY(pairing_->each_offered(wanted, [&](const OfferedPage& page) {
        for (std::size_t i = 0; i < page.entries.size(); ++i) {
            const catalog::Entry& entry = page.entries[i];
            std::string list = entry.kind + entry.state;
            if (list != last_list) of_this_list = 0;
            last_list = std::move(list);
            const std::vector<std::string>& cards = page.items[i].cards;
            bool on_card = filter.card.empty() ||
                           std::find(cards.begin(), cards.end(), filter.card) != cards.end();
            if (!on_card || !entries_->may_read(actor, entry)) continue;
            demands.push_back(entry);
            if (++of_this_list >= filter.demands_max) return false;
        }
        return true;
    }));
    std::sort(demands.begin(), demands.end(),
              [](const catalog::Entry& a, const catalog::Entry& b) { return b.id < a.id; });
    if (demands.size() > filter.demands_max) demands.resize(filter.demands_max);
    return demands;
}

base::Result<std::vector<SuggestedPair>> Desk::today(const party::Actor& actor,
                                                     const DeskFilter& filter) const {
    std::vector<catalog::Entry> demands = TRY(newest_demands(actor, filter));
    std::set<std::pair<std::string, std::string>> judged;
    TRY(database_->read<void>([&](store::Reader& reader) -> base::Status {
        for (auto& pair : EvidenceBook::judged_by(reader, actor))
            judged.insert(std::move(pair));
        return {};
    }));
    std::vector<SuggestedPair> pairs;
    PairingOptions options;
    options.score_min = filter.score_min;
    for (const catalog::Entry& demand : demands) {
        auto partners =
            pairing_->pairing().partners(demand.id.text(), today_of(*database_), options);
        if (!partners) continue;  // withdrawn meanwhile
        TRY(database_->read<void>([&](store::Reader& reader) -> base::Status {
            std::size_t kept = 0;
            for (Partner& partner : *partners) {
                if (judged.contains({demand.id.text(), partner.id})) continue;
                auto other = catalog::Entries::find(reader, base::Id<catalog::Entry>(partner.id));
                if (!other || !entries_->may_read(actor, *other)) continue;
                pairs.push_back({demand, std::move(*other), std::move(partner.score)});
                if (++kept >= filter.partners_per_demand) break;
            }
            return {};
        }));
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const SuggestedPair& a, const SuggestedPair& b) {
                         return a.score.total > b.score.total;
                     });
    return pairs;
}

base::Result<std::vector<std::vector<OfferedPartner>>> Desk::partners_of_list(
    const party::Actor& actor, std::vector<Item> items, std::size_t count_max) const {
    using Lists = std::vector<std::vector<OfferedPartner>>;
    return database_->read<Lists>([&](store::Reader& reader) -> base::Result<Lists> {
        const std::string& owner = actor.organisation.text();
        OwnerFacts facts;
        if (!owner.empty()) facts = Owners::facts_of(reader, owner);
        Lists lists;
        for (Item& item : items) {
            EntryPairing::set_owner(item, owner, facts);
            std::vector<OfferedPartner>& found = lists.emplace_back();
            for (Partner& one : pairing_->pairing().partners_of(item, today_of(*database_))) {
                auto entry = catalog::Entries::find(reader, base::Id<catalog::Entry>(one.id));
                if (!entry || !entries_->may_read(actor, *entry)) continue;
                found.push_back({std::move(*entry), std::move(one.score)});
                if (found.size() >= count_max) break;
            }
        }
        return lists;
    });
}

}  // namespace match
