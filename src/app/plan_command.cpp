// `guiqiao plan`: the plan's demands from the command line, with the figures of a site if there is one.
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/plan_board.h"
#include "app/site.h"
#include "base/random.h"

namespace app {
namespace {

/// A folder that lives as long as the command: a site to ask when none was named.
class PassingFolder {
  public:
    PassingFolder()
        : path_(std::filesystem::temp_directory_path() /
                fmt::format("guiqiao-plan-{}", static_cast<long>(::getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~PassingFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    PassingFolder(const PassingFolder&) = delete;
    PassingFolder& operator=(const PassingFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

void print(const std::vector<PlanRow>& rows, const Region& region) {
    std::size_t live = 0;
    for (const PlanRow& row : rows) {
        live += row.demand->is_live() ? 1U : 0U;
        std::cout << fmt::format("{:<8}{:<9}{:<7}{}\n", row.demand->id,
                                 row.demand->is_live() ? "live" : "not_yet", to_string(row.light),
                                 row.demand->title.in(base::Language::zh_cn));
    }
    std::cout << fmt::format("{}: {} / {} live\n", region.plan.document(), live, rows.size());
}

}  // namespace

int plan_command(const CommonOptions& options) {
    // A plan can be read before there is a site: then its figures have no data.
    PassingFolder passing;
    bool has_site =
        !options.database.empty() || std::filesystem::exists(options.data / "guiqiao.db");
    base::SystemClock clock;
    base::SecureRandom random;
    SiteOptions where{.data = has_site ? options.data : passing.path(),
                      .region = options.region,
                      .database_url = options.database};
    auto site = Site::open(std::move(where), clock, random);
    if (!site) {
        std::cerr << "guiqiao: " << base::describe(site.error()) << "\n";
        return 2;
    }
    const Region& region = *(*site)->region;
    base::Date today = base::date_in_shanghai((*site)->clock().now());
    auto rows = (*site)->database->read<std::vector<PlanRow>>(
        [&](store::Reader& reader) -> base::Result<std::vector<PlanRow>> {
            return plan_rows(reader, region, base::Language::zh_cn, "", today);
        });
    if (!rows) {
        std::cerr << "guiqiao: " << base::describe(rows.error()) << "\n";
        return 2;
    }
    if (options.json) {
        std::cout << base::json::serialize(plan_json(*rows, region, base::Language::zh_cn)) << "\n";
    } else {
        print(*rows, region);
    }
    return 0;
}

}  // namespace app
