#include "contract/register_import.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "base/yaml.h"

namespace contract {
namespace {

using base::invalid;
using base::Money;
using base::refuse;
using base::Result;
using base::Yaml;

constexpr std::array<std::pair<std::string_view, CellKind>, 6> cell_kinds{
    {{"number", CellKind::number},
     {"text", CellKind::text},
     {"code", CellKind::code},
     {"day", CellKind::day},
     {"place", CellKind::place},
     {"money", CellKind::money}}};

base::Error malformed_at(const Yaml& node, std::string_view words) {
    return node.fault("register_columns_malformed", words);
}

Result<RegisterColumn> read_column(const Yaml& node, const workflow::Codes& codes) {
    TRY(node.only_keys({"field", "titles", "as", "codes", "required"}));
    RegisterColumn column;
    column.field = TRY(TRY(node.required("field")).text());
    column.titles = TRY(node["titles"].texts());
    column.is_required = TRY(node["required"].boolean_or(false));
    column.codes = node["codes"].text_or("");
    std::string kind = TRY(TRY(node.required("as")).text());
    auto found = std::find_if(cell_kinds.begin(), cell_kinds.end(),
                              [&](const auto& row) { return row.first == kind; });
    if (found == cell_kinds.end()) return refuse(malformed_at(node, "unknown 'as'"));
    column.kind = found->second;
    if (column.titles.empty()) return refuse(malformed_at(node, "no titles"));
    if (column.kind == CellKind::code && !codes.has_list(column.codes)) {
        return refuse(malformed_at(node, "no code list '" + column.codes + "'"));
    }
    return column;
}

/// A header for comparing: without white space, width, line breaks.
std::string header_key(std::string_view text) {
    std::string folded = base::fold(text);
    std::string key;
    for (char c : folded) {
        if (c != ' ' && c != '*') key += c;
    }
    return key;
}

/// "2025/3/7", "2025.03.07", "2025年3月7日" or "20250307" as ISO.
Result<base::Date> read_day(std::string text) {
    for (std::string_view mark : {"年", "月", "/", "."})
        text = base::replace_all(std::move(text), mark, "-");
    text = base::replace_all(std::move(text), "日", "");
    text = text.substr(0, text.find(' '));
    if (text.size() == 8 && text.find('-') == text.npos) {
        text = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6);
    }
    std::vector<std::string> parts = base::split(text, '-');
    if (parts.size() != 3) return refuse(invalid("date_malformed").with("value", text));
    for (std::size_t i = 1; i < 3; ++i) {
        if (parts[i].size() == 1) parts[i] = "0" + parts[i];
    }
    return base::Date::parse(base::join(parts, "-"));
}

/// Ten thousand yuan with up to six decimals, as yuan.
Result<Money> read_ten_thousands(const std::string& text) {
    std::string plain = base::replace_all(text, ",", "");
    std::size_t point = plain.find('.');
    std::string fraction = point == plain.npos ? "" : plain.substr(point + 1);
    std::string whole = plain.substr(0, point);
    if (fraction.size() > 6 || whole.size() > 12) {
        return refuse(invalid("amount_too_precise").with("value", text));
    }
    fraction.resize(6, '0');
    return Money::parse(whole + fraction.substr(0, 4) + "." + fraction.substr(4));
}

void add_to(YearSums& sums, int year, const Money& total, const Money& technical) {
    StatisticRow& row = sums[year];
    row.key = std::to_string(year);
    ++row.count;
    row.total += total;
    row.technical += technical;
}

PastContract past_of(std::string national_no, base::json::object body) {
    PastContract contract;
    contract.national_no = std::move(national_no);
    contract.class_code = base::text_at(body, "class_code");
    auto day = base::Date::parse(base::text_at(body, "registered_on"));
    if (day) contract.registered_on = *day;
    if (auto total = Money::parse(base::text_at(body, "total"))) contract.total = *total;
    if (auto part = Money::parse(base::text_at(body, "technical"))) contract.technical = *part;
    contract.body = std::move(body);
    return contract;
}

struct Stored {
    std::string id;
    base::json::object body;
};

std::optional<Stored> find_stored(store::Reader& reader, const std::string& national_no) {
    auto row = reader.first("select id, body from contract_past where national_no = :number",
                            {{"number", national_no}});
    if (!row) return {};
    auto body = base::parse_json(row->text(1), 1 << 20);
    CHECK(body.has_value() && body->is_object());
    return Stored{row->text(0), body->get_object()};
}

StatisticRecord record_of(const std::string& id, const PastContract& contract) {
    StatisticRecord record = record_of_body(contract.body);
    record.subject = id;
    record.day = contract.registered_on;
    record.class_code = contract.class_code;
    record.total = contract.total;
    record.technical = contract.technical;
    record.is_imported = true;
    return record;
}

/// The contract that was registered here and comes back in a register: under our number, or under a
/// national one and then known by seller, day of signing, sum and title.
std::optional<Contract> own_registration(store::Reader& reader, const PastContract& row) {
    if (auto named = find_registered(reader, row.national_no)) return named;
    std::string seller = base::text_at(row.body, "seller_credit_code");
    if (seller.empty()) return {};
    for (const store::Row& found : reader.query(
             "select subject from contract_statistic where seller_key = :seller and total_fen = "
             ":total and is_imported = 0 order by subject",
             {{"seller", party_key(seller)}, {"total", row.total.minor}})) {
        auto contract = find_contract(reader, found.id<Contract>(0));
        CHECK(contract.has_value());
        bool same =
            base::text_at(contract->body, "seller_credit_code") == seller &&
            base::text_at(contract->body, "signed_on") == base::text_at(row.body, "signed_on") &&
            base::fold(contract->title()) == base::fold(base::text_at(row.body, "title"));
        if (same) return contract;
    }
    return {};
}

void judge_against_store(store::Reader& reader, const PastContract& contract, RowReport& report) {
    if (auto own = own_registration(reader, contract)) {
        report.fate = RowFate::own;
        report.own = own->local_no;
        return;
    }
    auto stored = find_stored(reader, contract.national_no);
    if (!stored) return;
    for (const auto& member : contract.body) {
        if (base::text_at(stored->body, member.key()) != base::text_at(contract.body, member.key()))
            report.differences.emplace_back(member.key());
    }
    report.fate = report.differences.empty() ? RowFate::unchanged : RowFate::differs;
}

/// What stands in the store for a row: what was imported, or what our own registration counts.
void add_kept(store::Reader& reader, const RowReport& row, YearSums& sums) {
    std::string subject;
    if (row.fate == RowFate::own) {
        subject = find_registered(reader, row.own)->id.text();
    } else {
        subject = find_stored(reader, row.national_no)->id;
    }
    auto record = Statistics::find(reader, subject);
    if (record) add_to(sums, record->day.year, record->total, record->technical);
}

}  // namespace

struct RegisterExchange::Reading {
    struct Source {
        const RegisterColumn* column = nullptr;
        std::size_t cell = 0;
        bool in_ten_thousands = false;
    };
    std::vector<Source> sources;
};

Result<RegisterColumns> RegisterColumns::load(const std::filesystem::path& file,
                                              const workflow::Codes& codes) {
    Yaml root = TRY(Yaml::load(file));
    TRY(root.only_keys({"sure", "columns", "ten_thousands", "classes", "earliest"}));
    RegisterColumns result;
    std::set<std::string> fields;
    for (const Yaml& node : TRY(root.required("columns")).items()) {
        RegisterColumn column = TRY(read_column(node, codes));
        if (!fields.insert(column.field).second) return refuse(malformed_at(node, "field twice"));
        result.columns_.push_back(std::move(column));
    }
    for (const auto& [wording, node] : root["classes"].pairs()) {
        std::string code = TRY(node.text());
        if (!codes.has("contract_classes", code))
            return refuse(malformed_at(node, "no such class"));
        result.classes_[wording] = std::move(code);
    }
    result.ten_thousands_ = TRY(root["ten_thousands"].texts());
    result.earliest_ = TRY(base::Date::parse(TRY(TRY(root.required("earliest")).text())));
    return result;
}

std::string RegisterColumns::class_of(std::string_view wording) const {
    auto found = classes_.find(wording);
    return found == classes_.end() ? std::string() : found->second;
}

std::size_t ImportReport::count(RowFate fate) const {
    return static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [&](const RowReport& row) { return row.fate == fate; }));
}

Result<RegisterExchange::Reading> RegisterExchange::read_header(
    const format::Table& table, const std::map<std::string, std::string>& overrides,
    ImportReport& report) const {
    if (table.rows.empty()) return refuse(invalid("register_header_missing"));
    Reading reading;
    std::set<std::string> taken;
    const format::Row& header = table.rows.front();
    for (std::size_t cell = 0; cell < header.cells.size(); ++cell) {
        const std::string& title = header.cells[cell];
        if (base::trim(title).empty()) continue;
        std::string key = header_key(title);
        bool in_ten_thousands = false;
        for (const std::string& unit : columns_->ten_thousands())
            in_ten_thousands |= key.find(unit) != key.npos;
        // "成交额（万元）" is the column "成交额" in another unit.
        std::string bare = key.substr(0, std::min(key.find("("), key.find("（")));
        const RegisterColumn* found = nullptr;
        auto chosen = overrides.find(title);
        for (const RegisterColumn& column : columns_->all()) {
            bool named = chosen != overrides.end() && chosen->second == column.field;
            for (const std::string& wording : column.titles) {
                if (chosen != overrides.end()) break;
                named |=
                    header_key(wording) == key || (in_ten_thousands && header_key(wording) == bare);
            }
            if (named) found = &column;
        }
        if (found == nullptr) {
            report.unmapped.push_back(title);
            continue;
        }
        if (!taken.insert(found->field).second) {
            return refuse(invalid("register_column_twice").with("column", title));
        }
        report.mapping[title] = found->field;
        reading.sources.push_back({found, cell, in_ten_thousands});
    }
    std::vector<std::string> missing;
    for (const RegisterColumn& column : columns_->all()) {
        if (column.is_required && !taken.contains(column.field))
            missing.push_back(column.titles.front());
    }
    if (missing.empty()) return reading;
    return refuse(invalid("register_header_missing").with("columns", base::join(missing, "、")));
}

Result<std::string> RegisterExchange::code_for(const RegisterColumn& column,
                                               const std::string& text) const {
    if (codes_->has(column.codes, text)) return text;
    std::string wanted = base::fold(text);
    for (const workflow::Code& code : codes_->list(column.codes)) {
        if (base::fold(code.label.in(base::Language::zh_cn)) == wanted) return code.code;
    }
    if (column.field == "class_code") {
        if (std::string code = columns_->class_of(text); !code.empty()) return code;
    }
    return refuse(invalid("register_code_unknown").with("value", text));
}

Result<std::string> RegisterExchange::read_cell(const RegisterColumn& column,
                                                const std::string& text,
                                                bool in_ten_thousands) const {
    switch (column.kind) {
        case CellKind::number:
            if (text.size() > 40 ||
                text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "abcdefghijklmnopqrstuvwxyz-") != text.npos) {
                return refuse(invalid("register_number_malformed").with("value", text));
            }
            return text;
        case CellKind::text:
            if (base::count_characters(text) > 200 || base::has_control_characters(text)) {
                return refuse(
                    invalid("register_text_malformed").with("value", base::shorten(text, 40)));
            }
            return text;
        case CellKind::code:
            return code_for(column, text);
        case CellKind::day: {
            base::Date day = TRY(read_day(text));
            if (day < columns_->earliest()) {
                return refuse(invalid("register_date_too_early")
                                  .with("value", day.to_string())
                                  .with("earliest", columns_->earliest().to_string()));
            }
            return day.to_string();
        }
        case CellKind::place:
            for (const party::Place& place : places_->all()) {
                if (place.name.in(base::Language::zh_cn) == text) return place.code;
            }
            if (base::count_characters(text) > 60 || base::has_control_characters(text)) {
                return refuse(
                    invalid("register_text_malformed").with("value", base::shorten(text, 40)));
            }
            return text;
        case CellKind::money: {
            Money amount = TRY(in_ten_thousands ? read_ten_thousands(text) : Money::parse(text));
            if (amount.is_negative()) return refuse(invalid("amount_negative").with("value", text));
            return amount.to_string();
        }
    }
    return text;
}

PastContract RegisterExchange::read_row(const Reading& reading, const format::Row& row,
                                        RowReport& report) const {
    base::json::object body;
    for (const Reading::Source& source : reading.sources) {
        std::string text = base::trim(row.at(source.cell));
        std::string cell = format::cell_name(source.cell, row.number);
        if (text.empty()) {
            if (source.column->is_required)
                report.faults.push_back(invalid("field_missing").at(cell));
            continue;
        }
        auto value = read_cell(*source.column, text, source.in_ten_thousands);
        if (value) {
            body[source.column->field] = *value;
        } else {
            base::Error fault = value.error();
            fault.field = cell;
            report.faults.push_back(std::move(fault));
        }
    }
    std::string national_no = base::text_at(body, "national_no");
    PastContract contract = past_of(std::move(national_no), std::move(body));
    report.national_no = contract.national_no;
    if (report.faults.empty() && contract.technical > contract.total) {
        report.faults.push_back(invalid("register_technical_exceeds")
                                    .with("technical", contract.technical.to_grouped_string())
                                    .with("total", contract.total.to_grouped_string()));
    }
    std::string signed_on = base::text_at(contract.body, "signed_on");
    if (report.faults.empty() && signed_on > contract.registered_on.to_string()) {
        report.faults.push_back(invalid("register_signed_after_registered").with("day", signed_on));
    }
    if (!report.faults.empty()) report.fate = RowFate::faulty;
    return contract;
}

void RegisterExchange::write_row(store::Transaction& transaction, const party::Actor& actor,
                                 const PastContract& contract, std::string_view batch) const {
    auto stored = find_stored(transaction, contract.national_no);
    std::string id = stored ? stored->id : transaction.new_id<Contract>().text();
    store::Bindings columns{{"id", id},
                            {"number", contract.national_no},
                            {"body", base::canonical_json(contract.body)},
                            {"batch", batch},
                            {"at", transaction.now()}};
    transaction.execute(
        stored ? "update contract_past set national_no = :number, body = :body, batch = :batch, "
                 "imported_at = :at where id = :id"
               : "insert into contract_past (id, national_no, body, batch, imported_at) values "
                 "(:id, :number, :body, :batch, :at)",
        columns);
    transaction.append(
        {.actor = actor.log_name(),
         .place = "",
         .subject = id,
         .action = stored ? "contract.past_replaced" : "contract.past_imported",
         .payload = base::canonical_json(base::json::object{{"number", contract.national_no}})});
    Statistics::count(transaction, record_of(id, contract));
}

Result<ImportReport> RegisterExchange::import_table(
    store::Database& database, const party::Actor& actor, const format::Table& table, Mode mode,
    const std::map<std::string, std::string>& overrides) const {
    if (!actor.is_system && !actor.holds("officer")) {
        return refuse(base::forbidden("not_permitted"));
    }
    auto work = [&](store::Reader& reader,
                    store::Transaction* transaction) -> Result<ImportReport> {
        ImportReport report;
        Reading reading = TRY(read_header(table, overrides, report));
        std::set<std::string> seen;
        std::string batch = transaction ? transaction->new_id<Contract>().text() : "";
        for (std::size_t i = 1; i < table.rows.size(); ++i) {
            RowReport row{.row = table.rows[i].number};
            PastContract contract = read_row(reading, table.rows[i], row);
            if (row.fate != RowFate::faulty && !seen.insert(contract.national_no).second) {
                row.faults.push_back(
                    invalid("register_number_twice").with("number", contract.national_no));
                row.fate = RowFate::faulty;
            }
            if (row.fate != RowFate::faulty) {
                judge_against_store(reader, contract, row);
                add_to(report.in_file, contract.registered_on.year, contract.total,
                       contract.technical);
                bool writes = row.fate == RowFate::fresh ||
                              (row.fate == RowFate::differs && mode == Mode::replace);
                if (transaction != nullptr && writes)
                    write_row(*transaction, actor, contract, batch);
            }
            if (transaction != nullptr && row.fate != RowFate::faulty)
                add_kept(reader, row, report.in_store);
            report.rows.push_back(std::move(row));
        }
        return report;
    };
    if (mode == Mode::dry_run) {
        return database.read<ImportReport>(
            [&](store::Reader& reader) { return work(reader, nullptr); });
    }
    return database.write<ImportReport>(
        [&](store::Transaction& transaction) { return work(transaction, &transaction); });
}

std::vector<PastContract> RegisterExchange::past(store::Reader& reader) {
    std::vector<PastContract> contracts;
    for (const store::Row& row :
         reader.query("select national_no, body from contract_past order by national_no")) {
        auto body = base::parse_json(row.text(1), 1 << 20);
        CHECK(body.has_value() && body->is_object());
        contracts.push_back(past_of(row.text(0), body->get_object()));
    }
    return contracts;
}

std::string RegisterExchange::shown(const RegisterColumn& column,
                                    const base::json::object& body) const {
    std::string value = base::text_at(body, column.field);
    if (column.kind != CellKind::code || value.empty()) return value;
    std::string label = codes_->label(column.codes, value, base::Language::zh_cn);
    // Two codes may share a label; then the code itself comes back as what it was.
    auto back = code_for(column, label);
    return back && *back == value ? label : value;
}

format::Sheet RegisterExchange::batch_sheet() const {
    static const std::map<CellKind, format::ColumnType> types{
        {CellKind::day, format::ColumnType::date}, {CellKind::money, format::ColumnType::money}};
    format::Sheet sheet;
    sheet.name = "技术合同登记";
    for (const RegisterColumn& column : columns_->all()) {
        format::SheetColumn written;
        written.title = column.titles.front();
        written.required = column.is_required;
        written.width = 18;
        if (auto type = types.find(column.kind); type != types.end()) written.type = type->second;
        if (column.kind == CellKind::code) {
            for (const workflow::Code& code : codes_->list(column.codes))
                written.options.push_back(code.label.in(base::Language::zh_cn));
        }
        sheet.columns.push_back(std::move(written));
    }
    sheet.blank_rows = 200;
    return sheet;
}

Result<format::Sheet> RegisterExchange::export_sheet(store::Reader& reader,
                                                     const StatisticFilter& filter) const {
    format::Sheet sheet = batch_sheet();
    sheet.blank_rows = 0;
    Statistics statistics(*places_);
    std::vector<std::pair<std::string, base::json::object>> rows;
    for (const StatisticRecord& record : statistics.records(reader, filter, 1'000'000)) {
        base::json::object body;
        if (record.is_imported) {
            auto row = reader.first("select body from contract_past where id = :id",
                                    {{"id", record.subject}});
            CHECK(row.has_value());
            body = TRY(base::require_object(TRY(base::parse_json(row->text(0), 1 << 20))));
        } else {
            auto contract = find_contract(reader, base::Id<Contract>(record.subject));
            CHECK(contract.has_value());
            body = contract->body;
            body["national_no"] =
                contract->national_no.empty() ? contract->local_no : contract->national_no;
            body["class_code"] = contract->class_code;
            body["registered_on"] = record.day.to_string();
            body["total"] = contract->total.to_string();
            body["technical"] = contract->technical.to_string();
        }
        rows.emplace_back(record.day.to_string() + record.subject, std::move(body));
    }
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [key, body] : rows) {
        std::vector<std::string> cells;
        for (const RegisterColumn& column : columns_->all())
            cells.push_back(shown(column, body));
        sheet.rows.push_back(std::move(cells));
    }
    return sheet;
}

}  // namespace contract
