#pragma once

#include <string>

#include "party/actor.h"
#include "party/permission.h"

/// Actors and records as the workflow tests need them.
namespace workflow::test {

inline const base::Id<party::Organisation> university{"01ORGUNIVERSITY00000000000"};
inline const base::Id<party::Organisation> company{"01ORGCOMPANY00000000000000"};

inline party::Actor actor(std::string name, std::string role, std::string place,
                          base::Id<party::Organisation> organisation = {}) {
    party::Actor result;
    result.account = base::Id<party::Account>("01ACC" + name);
    result.name = std::move(name);
    result.organisation = organisation;
    result.grants.push_back({std::move(role), std::move(place), organisation});
    return result;
}

inline party::Actor owner() {
    return actor("owner", "transfer_officer", "", university);
}
inline party::Actor other_owner() {
    return actor("other", "enterprise_member", "", company);
}
inline party::Actor officer(std::string place) {
    return actor("officer" + place, "officer", place);
}

/// A record of the university in Nanning's district Xingning (450102).
inline party::Standing standing(std::string place = "450102") {
    return {std::move(place), university, {}, {}, base::Id<party::Account>("01ACCowner")};
}

}  // namespace workflow::test
