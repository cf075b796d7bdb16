#include "match/conditions.h"

#include <algorithm>
#include <cmath>

namespace match {
namespace {

Reason unknown(Part part, std::string_view code) {
    Reason reason;
    reason.part = part;
    reason.known = false;
    reason.missing.emplace_back(code);
    return reason;
}

Reason known(Part part, double share, std::string_view missing = {}) {
    Reason reason;
    reason.part = part;
    reason.share = share;
    if (!missing.empty()) reason.missing.emplace_back(missing);
    return reason;
}

template <class Values, class Value>
bool contains(const Values& values, const Value& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

bool has_expired(const Item& item, base::Date today) {
    return item.deadline && *item.deadline < today;
}

/// One side is abroad as the other sees it.
bool is_abroad(const Item& demand, const Item& achievement) {
    bool other_country = !achievement.country.empty() && !demand.country.empty() &&
                         achievement.country != demand.country;
    return other_country || demand.is_foreign != achievement.is_foreign;
}

}  // namespace

Stop stop_of(const Item& a, const Item& b, base::Date today) {
    if (a.kind == b.kind) return Stop::same_kind;
    if (!a.owner.empty() && a.owner == b.owner) return Stop::same_owner;
    if (has_expired(a, today) || has_expired(b, today)) return Stop::expired;
    if (a.is_secret || b.is_secret) return Stop::secret;
    const Item& achievement = a.kind == ItemKind::achievement ? a : b;
    const Item& demand = a.kind == ItemKind::achievement ? b : a;
    if (achievement.is_export_controlled && is_abroad(demand, achievement))
        return Stop::export_controlled;
    if (achievement.is_exclusively_licensed) return Stop::exclusive_elsewhere;
    if (!a.owner.empty() && contains(b.blocked_owners, a.owner)) return Stop::owner_blocked;
    if (!b.owner.empty() && contains(a.blocked_owners, b.owner)) return Stop::owner_blocked;
    return Stop::none;
}

Reason card_reason(const Item& demand, const Item& achievement) {
    if (demand.cards.empty() || achievement.cards.empty())
        return unknown(Part::card, "card_unknown");
    if (demand.cards.front() == achievement.cards.front()) return known(Part::card, 1);
    for (const std::string& card : demand.cards) {
        if (contains(achievement.cards, card)) return known(Part::card, 0.6);
    }
    return known(Part::card, 0, "card_differs");
}

Reason maturity_reason(const Item& demand, const Item& achievement) {
    if (!demand.trl_min || !achievement.trl) return unknown(Part::maturity, "trl_unknown");
    int short_by = *demand.trl_min - *achievement.trl;
    if (short_by <= 0) return known(Part::maturity, 1);
    return known(Part::maturity, std::pow(0.5, short_by), "trl_below");
}

Reason price_reason(const Item& demand, const Item& achievement) {
    if (!demand.price || !achievement.price) return unknown(Part::price, "price_unknown");
    if (demand.price->currency != achievement.price->currency)
        return unknown(Part::price, "currency_differs");
    if (demand.price->minor <= 0) return unknown(Part::price, "price_unknown");
    // A ratio of two amounts, for ranking only; no amount comes out of it.
    auto per_mille = static_cast<std::int64_t>(static_cast<__int128>(achievement.price->minor) *
                                               1000 / demand.price->minor);
    if (per_mille <= 1000) return known(Part::price, 1);
    std::int64_t left = std::clamp<std::int64_t>(2000 - per_mille, 0, 1000);
    return known(Part::price, static_cast<double>(left) / 1000, "price_above_budget");
}

Reason mode_reason(const Item& demand, const Item& achievement) {
    if (demand.modes.empty() || achievement.modes.empty())
        return unknown(Part::mode, "mode_unknown");
    for (const std::string& mode : demand.modes) {
        if (contains(achievement.modes, mode)) return known(Part::mode, 1);
    }
    return known(Part::mode, 0, "mode_differs");
}

Reason place_reason(const Item& demand, const Item& achievement) {
    if (demand.place && achievement.place) {
        std::int64_t a = *demand.place;
        std::int64_t b = *achievement.place;
        if (a == b && a % 100 != 0) return known(Part::place, 1);
        if (a / 100 == b / 100) return known(Part::place, 0.8);
        if (a / 10'000 == b / 10'000) return known(Part::place, 0.5);
        return known(Part::place, 0.3, "place_far");
    }
    if (is_abroad(demand, achievement)) return known(Part::place, 0.2, "place_abroad");
    if (demand.country.empty() || achievement.country.empty())
        return unknown(Part::place, "place_unknown");
    bool same = !demand.region.empty() && demand.region == achievement.region;
    return known(Part::place, same ? 0.8 : 0.5);
}

Reason record_reason(const Item& demand, const Item& achievement) {
    constexpr int asked_min = 3;
    double least = 1;
    bool any = false;
    for (const Item* side : {&demand, &achievement}) {
        if (side->requests_due < asked_min) continue;
        any = true;
        // One answer is granted in advance, so that few requests do not condemn.
        least = std::min(least, static_cast<double>(side->requests_answered + 1) /
                                    static_cast<double>(side->requests_due + 1));
    }
    if (!any) return unknown(Part::owner, "record_unknown");
    return least < 0.5 ? known(Part::owner, least, "record_slow")
                       : known(Part::owner, std::min(1.0, least));
}

}  // namespace match
