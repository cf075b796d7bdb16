#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "party/permission.h"
#include "run_cases/world.h"
#include "workflow/process.h"

namespace run_cases {

/// Every step of a process, tried over HTTP by every role in every position to one record: the answer
/// must be what the process file says. Whoever may not take a step is refused (401, 403, or 404 when
/// he may not even see the record); whoever may is never refused for want of permission, only for the
/// record's state or for what the step needs. The record is left as it was.
struct MatrixWalk {
    std::string process;
    std::string target;  ///< "/api/entries/01H…/{transition}"
    /// Names of declared people for whose organisations the roles are tried.
    std::string owner, counterpart, point;
    std::string place;  ///< of the record
    std::string body;   ///< JSON to send along, e.g. with a version that no record has
    std::string only;   ///< one step; empty: all, each in place of {transition}

    base::Status run(World& world);

  private:
    struct Position {
        std::string name;  ///< "owner", "city"
        std::string organisation;
        std::string place;
    };
    std::vector<Position> positions(World& world) const;
    base::Status walk_role(World& world, const party::Role& role, const Position& position);
    base::Status try_step(World& world, Agent& agent, const workflow::Transition& transition,
                          const std::string& who, const party::Actor& actor);
    bool is_walked(const workflow::Transition& transition) const {
        return only.empty() || transition.code == only;
    }

    party::Standing standing_;
    std::vector<std::string> faults_;
    int cells_ = 0;
};

}  // namespace run_cases
