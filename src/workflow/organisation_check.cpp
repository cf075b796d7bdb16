#include "workflow/organisation_check.h"

#include <array>

namespace workflow {
namespace {

using party::OrganisationState;

/// The step that leads to a state of the record.
std::string_view step_to(OrganisationState state) {
    switch (state) {
        case OrganisationState::pending:
            return "resubmit";
        case OrganisationState::verified:
            return "verify";
        case OrganisationState::refused:
            return "refuse";
        case OrganisationState::suspended:
            return "suspend";
    }
    return {};
}

constexpr std::size_t page = 200;

}  // namespace

base::Status OrganisationCheck::changed(store::Transaction& transaction, const party::Actor& actor,
                                        const party::Organisation& organisation,
                                        const party::Standing& standing) const {
    if (cases_->process(process) == nullptr) return {};
    const std::string subject = organisation.id.text();
    const auto known = cases_->find(transaction, process, subject);
    if (!known) {
        // Entered by an officer: confirmed from the first, nothing waits.
        if (organisation.state != OrganisationState::pending) return {};
        TRY(cases_->open(transaction, actor,
                         {.process = std::string(process),
                          .subject = subject,
                          .title = organisation.name,
                          .standing = standing}));
        return {};
    }
    TRY(cases_->restate(transaction, process, subject, organisation.name, standing));
    if (known->current.state == to_string(organisation.state)) return {};
    Event event;
    event.transition = step_to(organisation.state);
    if (organisation.state != OrganisationState::pending) event.text = organisation.decision_reason;
    TRY(cases_->advance(transaction, actor, process, subject, event));
    return {};
}

base::Result<int> OrganisationCheck::adopt(store::Database& database,
                                           const party::Organisations& organisations) const {
    if (cases_->process(process) == nullptr) return 0;
    int adopted = 0;
    party::Organisations::Filter filter;
    filter.state = OrganisationState::pending;
    filter.limit = page;
    while (true) {
        const auto waiting = TRY(database.read<std::vector<party::Organisation>>(
            [&](store::Reader& reader) -> base::Result<std::vector<party::Organisation>> {
                return party::Organisations::list(reader, filter);
            }));
        for (const party::Organisation& each : waiting) {
            const bool known = TRY(database.read<bool>([&](store::Reader& reader) {
                return base::Result<bool>(
                    cases_->find(reader, process, each.id.text()).has_value());
            }));
            if (known) continue;
            TRY(database.write<void>([&](store::Transaction& transaction) -> base::Status {
                const auto now = TRY(party::Organisations::require(transaction, each.id));
                return changed(transaction, party::Actor::system(), now,
                               organisations.standing_of(now));
            }));
            ++adopted;
        }
        if (waiting.size() < page) return adopted;
        filter.after = waiting.back().id.text();
    }
}

}  // namespace workflow
