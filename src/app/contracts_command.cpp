#include "app/contracts_command.h"

#include <fstream>
#include <ostream>
#include <sstream>

#include <fmt/format.h>

#include "app/site.h"
#include "base/json.h"
#include "contract/register_import.h"
#include "contract/statistics.h"
#include "format/csv.h"
#include "format/xlsx.h"

namespace app {
namespace {

using base::Result;
using base::json::array;
using base::json::object;
using contract::ImportReport;
using contract::RowFate;
using contract::StatisticFilter;
using contract::StatisticRow;

constexpr std::array<std::pair<RowFate, std::string_view>, 5> fates{
    {{RowFate::fresh, "fresh"},
     {RowFate::unchanged, "unchanged"},
     {RowFate::differs, "differs"},
     {RowFate::own, "own"},
     {RowFate::faulty, "faulty"}}};

object show(const StatisticRow& row) {
    return {{"key", row.key},
            {"count", row.count},
            {"total", row.total.to_string()},
            {"technical", row.technical.to_string()}};
}

/// One run of the command.
class ContractsCommand {
  public:
    ContractsCommand(const CommonOptions& common, const ContractsOptions& options,
                     std::ostream& out)
        : common_(common), options_(options), out_(out) {}

    Result<int> run() {
        site_ = TRY(Site::open(
            {.data = common_.data, .region = common_.region, .database_url = common_.database},
            clock_, random_));
        columns_ = TRY(contract::RegisterColumns::load(
            common_.region / "contract/register_columns.yaml", site_->region->codes));
        if (options_.action == "import") return import_file();
        if (options_.action == "export") return export_file();
        if (options_.action == "template") return write_file(exchange().batch_sheet());
        if (options_.action == "flow") return flow();
        if (options_.action == "calibers") return calibers();
        if (options_.action == "replay") return replay();
        if (options_.action == "rebuild") return rebuild();
        return stats();
    }

  private:
    contract::RegisterExchange exchange() const {
        return {columns_, site_->region->codes, site_->region->places};
    }
    contract::Statistics statistics() const { return contract::Statistics(site_->region->places); }

    Result<StatisticFilter> filter() const {
        StatisticFilter filter;
        if (!options_.from.empty()) filter.from = TRY(base::Date::parse(options_.from));
        if (!options_.to.empty()) filter.to = TRY(base::Date::parse(options_.to));
        filter.class_code = options_.class_code;
        filter.field = options_.field;
        filter.industry = options_.industry;
        filter.seller_place = options_.seller_place;
        filter.buyer_place = options_.buyer_place;
        if (options_.with_sample) filter.sample = StatisticFilter::Sample::include;
        return filter;
    }

    template <class T, class Work>
    Result<T> read(Work work) const {
        return site_->database->read<T>(
            [&](store::Reader& reader) -> Result<T> { return work(reader); });
    }

    Result<int> import_file() {
        std::ifstream in(options_.file, std::ios::binary);
        std::ostringstream bytes;
        bytes << in.rdbuf();
        if (!in) return base::refuse(base::invalid("file_unreadable"));
        format::Table table = options_.file.extension() == ".csv"
                                  ? TRY(format::read_csv(bytes.str()))
                                  : TRY(format::read_xlsx(bytes.str()));
        std::map<std::string, std::string> overrides;
        for (const std::string& pair : options_.map) {
            std::size_t sign = pair.find('=');
            if (sign == pair.npos) return base::refuse(base::invalid("register_map_malformed"));
            overrides[pair.substr(0, sign)] = pair.substr(sign + 1);
        }
        using Mode = contract::RegisterExchange::Mode;
        Mode mode = options_.mode == "replace" ? Mode::replace
                    : options_.mode == "add"   ? Mode::add
                                               : Mode::dry_run;
        ImportReport report = TRY(exchange().import_table(*site_->database, party::Actor::system(),
                                                          table, mode, overrides));
        common_.json ? show_json(report) : show_lines(report);
        bool agrees = mode == Mode::dry_run || report.reconciles();
        return report.count(RowFate::faulty) > 0 || !agrees ? 1 : 0;
    }

    std::string explain(const base::Error& fault) const {
        return site_->region->texts.explain(base::Language::zh_cn, fault);
    }

    void show_lines(const ImportReport& report) const {
        for (const auto& [title, field] : report.mapping)
            out_ << fmt::format("column  {} → {}\n", title, field);
        for (const std::string& title : report.unmapped)
            out_ << "column  " << title << " → not read\n";
        for (const contract::RowReport& row : report.rows) {
            for (const base::Error& fault : row.faults)
                out_ << fmt::format("row {}  {}  {}\n", row.row, fault.field, explain(fault));
            for (const std::string& field : row.differences)
                out_ << fmt::format("row {}  {}  differs: {}\n", row.row, row.national_no, field);
        }
        for (const auto& [fate, name] : fates)
            out_ << fmt::format("{:<10} {}\n", name, report.count(fate));
        for (const auto& [year, row] : report.in_file) {
            out_ << fmt::format("{}  {} contracts  total {}  technical {}", year, row.count,
                                row.total.to_string(), row.technical.to_string());
            auto stored = report.in_store.find(year);
            if (!report.in_store.empty()) {
                bool same = stored != report.in_store.end() && stored->second == row;
                out_ << (same ? "  = register" : "  ≠ register");
            }
            out_ << '\n';
        }
    }

    void show_json(const ImportReport& report) const {
        object result;
        for (const auto& [fate, name] : fates)
            result[name] = static_cast<std::int64_t>(report.count(fate));
        array faults;
        for (const contract::RowReport& row : report.rows) {
            for (const base::Error& fault : row.faults) {
                object shown = base::to_json(fault);
                shown["row"] = static_cast<std::int64_t>(row.row);
                faults.push_back(std::move(shown));
            }
        }
        array years;
        for (const auto& [year, row] : report.in_file)
            years.push_back(show(row));
        result["faults"] = std::move(faults);
        result["years"] = std::move(years);
        result["reconciles"] = report.reconciles();
        array unmapped;
        for (const std::string& title : report.unmapped)
            unmapped.emplace_back(title);
        result["unmapped"] = std::move(unmapped);
        out_ << base::json::serialize(result) << '\n';
    }

    Result<int> write_file(format::Sheet sheet) {
        format::Workbook workbook;
        workbook.title = sheet.name;
        workbook.created = clock_.now();
        std::size_t rows = sheet.rows.size();
        workbook.sheet = std::move(sheet);
        std::string bytes =
            TRY(format::write_xlsx(workbook, std::filesystem::temp_directory_path()));
        std::ofstream file(options_.file, std::ios::binary);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        file.flush();
        if (!file) return base::refuse(base::invalid("file_unwritable"));
        out_ << rows << " contracts written\n";
        return 0;
    }

    Result<int> export_file() {
        StatisticFilter wanted = TRY(filter());
        return write_file(TRY(read<format::Sheet>(
            [&](store::Reader& reader) { return exchange().export_sheet(reader, wanted); })));
    }

    Result<int> stats() {
        auto dimension = contract::find_dimension(options_.by);
        if (!dimension) return base::refuse(base::invalid("dimension_unknown"));
        StatisticFilter wanted = TRY(filter());
        auto rows = TRY(read<std::vector<StatisticRow>>(
            [&](store::Reader& reader) -> Result<std::vector<StatisticRow>> {
                auto table = statistics().table(reader, *dimension, wanted);
                StatisticRow all = statistics().sum(reader, wanted);
                all.key = "sum";
                table.push_back(std::move(all));
                return table;
            }));
        array shown;
        for (const StatisticRow& row : rows) {
            shown.push_back(show(row));
            if (common_.json) continue;
            out_ << fmt::format("{:<24} {:>8} {:>24} {:>24}\n", row.key, row.count,
                                row.total.to_grouped_string(), row.technical.to_grouped_string());
        }
        if (common_.json) out_ << base::json::serialize(object{{"rows", shown}}) << '\n';
        if (options_.compare) TRY(published());
        return 0;
    }

    base::Status published() {
        auto figures = TRY(contract::load_published(common_.region / "contract/published.yaml"));
        for (const contract::PublishedFigure& figure : figures) {
            out_ << fmt::format("published {:<7} {:<12} {:<20} {:>8} {:>24}  {} ({})\n",
                                figure.place, figure.period, figure.caliber, figure.count,
                                figure.amount.to_grouped_string(), figure.source, figure.sure);
        }
        return {};
    }

    Result<int> flow() {
        StatisticFilter wanted = TRY(filter());
        auto cells = TRY(read<std::vector<contract::FlowCell>>(
            [&](store::Reader& reader) -> Result<std::vector<contract::FlowCell>> {
                return statistics().flow(reader, wanted);
            }));
        array shown;
        for (const contract::FlowCell& cell : cells) {
            shown.push_back(object{{"from", cell.from},
                                   {"to", cell.to},
                                   {"count", cell.count},
                                   {"total", cell.total.to_string()}});
            if (!common_.json) {
                out_ << fmt::format("{} → {} {:>8} {:>24}\n", cell.from, cell.to, cell.count,
                                    cell.total.to_grouped_string());
            }
        }
        if (common_.json) out_ << base::json::serialize(object{{"flow", shown}}) << '\n';
        return 0;
    }

    Result<int> calibers() {
        StatisticFilter wanted = TRY(filter());
        std::string place =
            options_.place.empty() ? site_->region->places.region().code : options_.place;
        auto found =
            TRY(read<contract::Calibers>([&](store::Reader& reader) -> Result<contract::Calibers> {
                return statistics().calibers(reader, place, wanted);
            }));
        object shown{{"place", place},
                     {"output", show(found.output)},
                     {"absorbed", show(found.absorbed)},
                     {"within", show(found.within)},
                     {"without_double", show(found.without_double())}};
        out_ << base::json::serialize(shown) << '\n';
        return 0;
    }

    Result<int> replay() {
        auto report = TRY(contract::Statistics::replay(*site_->database));
        out_ << report.log_rows << " log rows, " << report.differences.size() << " differences\n";
        for (const std::string& subject : report.differences)
            out_ << subject << '\n';
        return report.differences.empty() ? 0 : 1;
    }

    Result<int> rebuild() {
        TRY(contract::Statistics::rebuild(*site_->database));
        return replay();
    }

    const CommonOptions& common_;
    const ContractsOptions& options_;
    std::ostream& out_;
    base::SystemClock clock_;
    base::SecureRandom random_;
    std::unique_ptr<Site> site_;
    contract::RegisterColumns columns_;
};

}  // namespace

int contracts_command(const CommonOptions& common, const ContractsOptions& options,
                      std::ostream& out, std::ostream& err) {
    auto done = ContractsCommand(common, options, out).run();
    if (done) return *done;
    err << "guiqiao: " << base::describe(done.error()) << '\n';
    return 2;
}

}  // namespace app
