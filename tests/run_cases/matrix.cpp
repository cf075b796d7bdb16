#include "run_cases/matrix.h"

#include <iostream>

#include "base/text.h"

namespace run_cases {

namespace {

constexpr std::string_view walker = "walker@matrix";
constexpr std::string_view stranger = "stranger@matrix";

const workflow::Process* find_process(World& world, const std::string& code) {
    for (const workflow::Process& process : world.site().region->processes)
        if (process.code() == code) return &process;
    return nullptr;
}

base::Id<party::Organisation> id_of(const std::string& text) {
    return base::Id<party::Organisation>(text);
}

/// Refusals that mean "not you", whatever the record's state is.
bool refuses_person(const Answer& answer) {
    return answer.status == 401 || answer.status == 403 || answer.status == 404;
}

base::Error internal(std::string words) {
    return base::error(base::ErrorKind::internal, "matrix_not_walked").saying(words);
}

}  // namespace

std::vector<MatrixWalk::Position> MatrixWalk::positions(World& world) const {
    const party::Places& places = world.site().region->places;
    std::vector<Position> list{{"visitor", {}, {}}};
    const auto add_side = [&](std::string name, const std::string& person) {
        if (!person.empty()) list.push_back({std::move(name), world.organisation_of(person), {}});
    };
    add_side("owner", owner);
    add_side("counterpart", counterpart);
    add_side("point", point);
    add_side("stranger", std::string(stranger));
    list.push_back({"region", {}, places.region().code});
    list.push_back({"city", {}, places.city_of(place)});
    list.push_back({"place", {}, place});
    for (const party::Place& other : places.all()) {
        if (party::Places::contains(other.code, place)) continue;
        list.push_back({"elsewhere", {}, other.code});
        break;
    }
    return list;
}

base::Status MatrixWalk::run(World& world) {
    const workflow::Process* subject = find_process(world, process);
    if (subject == nullptr) return base::refuse(internal("no process " + process));
    TRY(world.add_person({.name = std::string(stranger),
                          .role = "enterprise_member",
                          .place = world.site().region->places.region().code,
                          .organisation = "旁观企业",
                          .kind = "enterprise"}));
    // So that the walker is never one of the last of them.
    for (const char* name : {"first@matrix", "second@matrix"}) {
        TRY(world.add_person({.name = name,
                              .role = "administrator",
                              .place = world.site().region->places.region().code}));
    }
    standing_ = {place,
                 id_of(world.organisation_of(owner)),
                 id_of(world.organisation_of(counterpart)),
                 id_of(world.organisation_of(point)),
                 {}};
    for (const Position& position : positions(world)) {
        if (position.name == "visitor") {
            Agent visitor{.address = "10.9.0.1"};
            for (const workflow::Transition& transition : subject->transitions())
                TRY(try_step(world, visitor, transition, "visitor", party::Actor::visitor()));
            continue;
        }
        for (const party::Role& role : world.site().region->roles.all()) {
            const bool at_place = role.scope == party::RoleScope::place;
            if (at_place != position.organisation.empty()) continue;
            TRY(walk_role(world, role, position));
        }
    }
    std::cout << "     " << process << ": " << cells_ << " cells\n";
    if (cells_ == 0) return base::refuse(internal("no step " + only + " in " + process));
    if (faults_.empty()) return {};
    return base::refuse(internal("  " + base::join(faults_, "\n  ")));
}

/// The walker holds the role only as long as it tries the steps.
base::Status MatrixWalk::walk_role(World& world, const party::Role& role,
                                   const Position& position) {
    app::Site& site = world.site();
    Agent& agent = *TRY(world.nobody_in_particular(std::string(walker)));
    const std::string account = world.account_of(std::string(walker));
    party::Membership wanted{.id = {},
                             .account = base::Id<party::Account>(account),
                             .organisation = id_of(position.organisation),
                             .role = role.code,
                             .place = position.place,
                             .valid_from = world.clock().now()};
    const auto given =
        site.database->write<party::Membership>([&](store::Transaction& transaction) {
            return site.accounts->grant(transaction, party::Actor::system(), wanted);
        });
    if (!given) return {};  // roles.yaml does not let this role be held there: no such cell
    const Answer acting = TRY(world.send(agent, {.method = "POST",
                                                 .target = "/api/session/organisation",
                                                 .headers = {},
                                                 .content_type = "application/json",
                                                 .body = base::json::serialize(base::json::object{
                                                     {"organisation", position.organisation}})}));
    if (acting.status != 200) return base::refuse(internal("acting for: " + acting.body));
    party::Actor actor;
    actor.account = wanted.account;
    actor.organisation = wanted.organisation;
    actor.grants.push_back({role.code, position.place, wanted.organisation});
    for (const workflow::Transition& transition : find_process(world, process)->transitions())
        TRY(try_step(world, agent, transition, role.code + "/" + position.name, actor));
    return site.database->write<void>([&](store::Transaction& transaction) {
        return site.accounts->end_membership(transaction, party::Actor::system(), given->id);
    });
}

base::Status MatrixWalk::try_step(World& world, Agent& agent,
                                  const workflow::Transition& transition, const std::string& who,
                                  const party::Actor& actor) {
    if (!is_walked(transition)) return {};
    // A version that no record has: whoever may take the step learns that it changed, and nothing moves.
    const Answer answer =
        TRY(world.send(agent, {.method = "POST",
                               .target = base::replace_all(target, "{transition}", transition.code),
                               .headers = {{"If-Match", "\"999999\""}},
                               .content_type = "application/json",
                               .body = body}));
    ++cells_;
    const bool may = party::allows(transition.who, actor, standing_);
    if (may != refuses_person(answer)) return {};
    faults_.push_back(who + " " + transition.code + ": " + (may ? "may" : "may not") + ", but " +
                      std::to_string(answer.status) + " " + answer.code);
    return {};
}

}  // namespace run_cases
