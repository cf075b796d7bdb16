#include "programme/programmes.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "programme/compose.h"
#include "programme/records.h"

namespace programme {
namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

/// All the roles that a programme names.
std::set<std::string> roles_of(const Programme& programme) {
    std::set<std::string> roles;
    const auto add = [&](const std::vector<party::Who>& list) {
        for (const party::Who& who : list)
            roles.insert(who.role);
    };
    add(programme.applicant.who);
    for (const Step& step : programme.steps) {
        add(step.who);
        add(step.hears);
        if (step.kind == StepKind::review) roles.insert(step.expert_role);
        if (!step.clock.escalate_to.empty()) roles.insert(step.clock.escalate_to);
    }
    for (const FollowUpRule& rule : programme.follow_ups) {
        add(rule.who);
        add(rule.judges);
        roles.insert(rule.escalate_to);
    }
    roles.erase("*");
    roles.erase("");
    return roles;
}

}  // namespace

base::Result<Programmes> Programmes::load(const std::filesystem::path& folder,
                                          const workflow::Codes& codes) {
    Programmes result;
    std::vector<std::string> faults;
    for (const std::filesystem::path& file : files_in(folder)) {
        auto programme = Programme::load(file, codes);
        if (programme)
            result.programmes_.push_back(std::move(*programme));
        else
            faults.push_back(base::describe(programme.error()));
    }
    if (faults.empty()) return result;
    return base::refuse(base::invalid("programmes_invalid").saying(base::join(faults, "\n")));
}

const Programme* Programmes::find(std::string_view code) const {
    const auto found = std::ranges::find(programmes_, code, &Programme::code);
    return found == programmes_.end() ? nullptr : &*found;
}

std::vector<std::string> Programmes::faults(const Around& around) const {
    std::vector<std::string> result;
    for (const Programme& programme : programmes_) {
        const std::string file = programme.code + ".yaml: ";
        for (const std::string& role : roles_of(programme)) {
            if (around.roles.find(role) == nullptr) result.push_back(file + "no role " + role);
        }
        for (const RecordRule& record : programme.records) {
            if (!is_record_source(record.source))
                result.push_back(file + "records: no source " + record.source);
        }
        const auto processes = compose(programme, around.texts);
        if (!processes) {
            result.push_back(file + base::describe(processes.error()));
            continue;
        }
        for (const workflow::Process& process : *processes) {
            for (const std::string& fault : process.faults())
                result.push_back(file + fault);
        }
    }
    return result;
}

}  // namespace programme
