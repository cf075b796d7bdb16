#include "app/simulate.h"

#include <ostream>

#include "base/json.h"
#include "trade/auction_simulate.h"

namespace app {

int simulate(const SimulateOptions& options, std::ostream& out, std::ostream& err) {
    std::uint64_t auctions = 0, events = 0, accepted = 0, sold = 0, broken = 0;
    for (std::uint64_t number = 0; number < options.seeds; ++number) {
        std::uint64_t seed = options.seed + number;
        trade::SimulationReport report = trade::simulate_auctions(seed, options.days);
        auctions += report.auctions;
        events += report.events;
        accepted += report.accepted;
        sold += report.sold;
        broken += report.violations.size();
        if (options.output == SimulateOptions::Output::text) out << report.text;
        for (const std::string& violation : report.violations) {
            err << "seed " << seed << ": " << violation << '\n';
        }
    }
    if (options.output == SimulateOptions::Output::json) {
        out << base::json::serialize(base::json::object{{"seed", options.seed},
                                                        {"seeds", options.seeds},
                                                        {"days", options.days},
                                                        {"auctions", auctions},
                                                        {"events", events},
                                                        {"accepted", accepted},
                                                        {"sold", sold},
                                                        {"violations", broken}})
            << '\n';
    } else {
        out << auctions << " sales, " << events << " events, " << accepted << " bids accepted, "
            << sold << " sold, " << broken << " invariants broken\n";
    }
    return broken == 0 ? 0 : 1;
}

}  // namespace app
