#include "indicator/columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <tuple>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/check.h"
#include "base/json.h"
#include "party/place.h"
#include "store/change_log.h"

namespace indicator {
namespace {

// Control characters between the values of a line and between lines, as the statements below write
// them: one text per month instead of a row per line is what makes a build take seconds.
constexpr char unit_separator = '\x1f';
constexpr char record_separator = '\x1e';

/// `select` of a column list as one text per line, all lines as one text.
std::string lines_of(store::Dialect dialect, std::initializer_list<std::string_view> columns) {
    bool sqlite = dialect == store::Dialect::sqlite;
    const char* character = sqlite ? "char" : "chr";
    std::string line;
    for (std::string_view column : columns) {
        if (!line.empty()) line += fmt::format(" || {}(31) || ", character);
        line += column;
    }
    return fmt::format("{}({}, {}(30))", sqlite ? "group_concat" : "string_agg", line, character);
}

base::Error not_separable() {
    return base::error(base::ErrorKind::unavailable, "facts_not_separable");
}

/// Calls `visit` with the values of each line; false if a line has not `Count` of them.
template <std::size_t Count, class Visit>
bool each_line(std::string_view text, Visit visit) {
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find(record_separator));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        std::array<std::string_view, Count> parts;
        std::size_t count = 0;
        for (std::size_t end = 0; end != std::string_view::npos; ++count) {
            end = line.find(unit_separator);
            if (count < Count) parts[count] = line.substr(0, end);
            if (end != std::string_view::npos) line.remove_prefix(end + 1);
        }
        if (count != Count || !visit(parts)) return false;
    }
    return true;
}

bool parse_number(std::string_view text, std::int64_t& value) {
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    return fault == std::errc() && end == text.data() + text.size();
}

/// Sums under names, in the order of the names.
class Groups {
  public:
    void add(const std::string& key, const Cells::Sum& sum) {
        Figure& figure = figures_.try_emplace(key, Figure{key, 0, base::Money()}).first->second;
        figure.count += sum.count;
        figure.amount += base::Money::fen(sum.amount_fen);
    }
    std::vector<Figure> finish() {
        std::vector<Figure> figures;
        for (auto& [key, figure] : figures_) {
            if (figure.count != 0 || !figure.amount.is_zero()) figures.push_back(std::move(figure));
        }
        return figures;
    }

  private:
    std::map<std::string, Figure> figures_;
};

template <class Admits>
std::vector<std::uint8_t> flags(const Dictionary& dictionary, Admits admits) {
    std::vector<std::uint8_t> result;
    for (std::size_t i = 0; i < dictionary.size(); ++i)
        result.push_back(admits(dictionary.text(i)) ? 1 : 0);
    return result;
}

}  // namespace

std::optional<std::uint16_t> Dictionary::code_of(std::string_view text) {
    auto found = codes_.find(text);
    if (found != codes_.end()) return found->second;
    if (texts_.size() > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    auto code = static_cast<std::uint16_t>(texts_.size());
    texts_.emplace_back(text);
    codes_.emplace(std::string(text), code);
    return code;
}

void MonthCells::add(std::uint16_t place, std::uint16_t class_code, std::uint16_t field,
                     bool is_sample, std::int64_t count, std::int64_t amount_fen) {
    places.push_back(place);
    classes.push_back(class_code);
    fields.push_back(field);
    samples.push_back(is_sample ? 1 : 0);
    counts.push_back(count);
    amounts_fen.push_back(amount_fen);
}

void MonthCells::compact() {
    std::vector<std::uint32_t> order(size());
    std::iota(order.begin(), order.end(), 0U);
    auto key = [&](std::uint32_t i) {
        return std::tuple(places[i], classes[i], fields[i], samples[i]);
    };
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
    MonthCells merged;
    for (std::size_t at = 0; at < order.size();) {
        std::uint32_t first = order[at];
        std::int64_t count = 0;
        std::int64_t amount = 0;
        for (; at < order.size() && key(order[at]) == key(first); ++at) {
            count += counts[order[at]];
            amount += amounts_fen[order[at]];
        }
        if (count == 0 && amount == 0) continue;
        merged.add(places[first], classes[first], fields[first], samples[first] != 0, count,
                   amount);
    }
    merged.compact_size = merged.size();
    *this = std::move(merged);
}

base::Result<Cells> Cells::build(store::Reader& reader, Source source) {
    Cells cells;
    TRY(source == Source::facts ? cells.add_facts(reader) : cells.add_rollup(reader));
    for (auto& [kind, months] : cells.kinds_) {
        for (auto& [month, lines] : months)
            lines.compact();
    }
    return cells;
}

MonthCells& Cells::lines_of_month(std::string_view kind, std::string_view month) {
    auto months = kinds_.find(kind);
    if (months == kinds_.end()) months = kinds_.emplace(kind, Months()).first;
    auto lines = months->second.find(month);
    if (lines == months->second.end()) lines = months->second.emplace(month, MonthCells()).first;
    return lines->second;
}

bool Cells::add_line(MonthCells& month, std::span<const std::string_view, 6> parts) {
    std::int64_t count = 0;
    std::int64_t amount_fen = 0;
    if (!parse_number(parts[4], count) || !parse_number(parts[5], amount_fen)) return false;
    auto place = places_.code_of(parts[0]);
    auto class_code = classes_.code_of(parts[1]);
    auto field = fields_.code_of(parts[2]);
    if (!place || !class_code || !field) return false;
    month.add(*place, *class_code, *field, parts[3] == "1", count, amount_fen);
    return true;
}

/// Month by month, as the key of the rollup goes.
base::Status Cells::add_rollup(store::Reader& reader) {
    std::string sql =
        fmt::format("select {} from indicator_rollup where kind = :kind and month = :month",
                    lines_of(reader.dialect(),
                             {"place", "class_code", "field", "is_sample", "count", "amount_fen"}));
    for (const store::Row& row :
         reader.query("select distinct kind, month from indicator_rollup")) {
        store::Rows text = reader.query(sql, {{"kind", row.text(0)}, {"month", row.text(1)}});
        MonthCells& month = lines_of_month(row.text(0), row.text(1));
        bool sound = each_line<6>(text.at(0).text_or(0, {}),
                                  [&](const auto& parts) { return add_line(month, parts); });
        if (!sound) return base::refuse(not_separable());
    }
    return {};
}

/// In the order of ids, which is that in which facts lie in the table.
base::Status Cells::add_facts(store::Reader& reader) {
    std::string sql = fmt::format(
        "select max(id), {} from (select * from indicator_fact where id > :after order by id "
        "limit 20000) page",
        lines_of(reader.dialect(), {"kind", "substr(day, 1, 7)", "place", "class_code", "field",
                                    "is_sample", "count", "amount_fen"}));
    std::string after;
    while (true) {
        store::Rows page = reader.query(sql, {{"after", after}});
        std::string last = page.at(0).text_or(0, {});
        if (last.empty()) return {};
        after = std::move(last);
        bool sound = each_line<8>(page.at(0).text_or(1, {}), [&](const auto& parts) {
            return add_line(lines_of_month(parts[0], parts[1]),
                            std::span(parts).template subspan<2>());
        });
        if (!sound) return base::refuse(not_separable());
    }
}

base::Status Cells::add(const Fact& fact) {
    auto place = places_.code_of(fact.place);
    auto class_code = classes_.code_of(fact.class_code);
    auto field = fields_.code_of(fact.field);
    if (!place || !class_code || !field) return base::refuse(not_separable());
    kinds_[fact.kind][fact.day.to_string().substr(0, 7)].add(
        *place, *class_code, *field, fact.is_sample, fact.count, fact.amount.minor);
    return {};
}

void Cells::compact() {
    constexpr std::size_t loose_max = 4'096;
    for (auto& [kind, months] : kinds_) {
        for (auto& [month, cells] : months) {
            if (cells.size() > 2 * cells.compact_size + loose_max) cells.compact();
        }
    }
}

/// What the loops over the lines ask: whether a code counts, and under which group it falls.
struct Cells::Lens {
    std::vector<std::uint8_t> places, classes, fields;
    std::array<std::uint8_t, 2> samples{1, 1};
    const std::vector<std::uint16_t> MonthCells::* group_column = nullptr;
    std::vector<std::string> keys;  ///< by code of the grouping column
    std::vector<Sum> sums;          ///< likewise

    bool admits(const MonthCells& cells, std::size_t i) const {
        return (places[cells.places[i]] & classes[cells.classes[i]] & fields[cells.fields[i]] &
                samples[cells.samples[i]]) != 0;
    }
    Sum sum_of(const MonthCells& cells) const {
        Sum sum;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (!admits(cells, i)) continue;
            sum.count += cells.counts[i];
            sum.amount_fen += cells.amounts_fen[i];
        }
        return sum;
    }
    void add_groups(const MonthCells& cells) {
        const std::vector<std::uint16_t>& codes = cells.*group_column;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (!admits(cells, i)) continue;
            sums[codes[i]].count += cells.counts[i];
            sums[codes[i]].amount_fen += cells.amounts_fen[i];
        }
    }
};

Cells::Lens Cells::lens_over(const Slice& slice, Dimension dimension) const {
    party::PlaceRange range =
        slice.place.empty() ? party::PlaceRange{"", "999999"} : party::Places::range(slice.place);
    std::string below = slice.class_prefix + ".";
    Lens lens;
    lens.places = flags(places_, [&](const std::string& place) {
        return place >= range.low && place <= range.high;
    });
    lens.classes = flags(classes_, [&](const std::string& code) {
        return slice.class_prefix.empty() || code == slice.class_prefix || code.starts_with(below);
    });
    lens.fields = flags(fields_, [&](const std::string& field) {
        return slice.field.empty() || field == slice.field;
    });
    lens.samples[1] = slice.with_sample ? 1 : 0;
    const Dictionary* dictionary = nullptr;
    if (dimension == Dimension::city || dimension == Dimension::place) {
        dictionary = &places_;
        lens.group_column = &MonthCells::places;
    } else if (dimension == Dimension::class_code) {
        dictionary = &classes_;
        lens.group_column = &MonthCells::classes;
    } else if (dimension == Dimension::field) {
        dictionary = &fields_;
        lens.group_column = &MonthCells::fields;
    }
    if (dictionary == nullptr) return lens;
    for (std::size_t i = 0; i < dictionary->size(); ++i) {
        const std::string& text = dictionary->text(i);
        lens.keys.push_back(dimension == Dimension::city ? text.substr(0, 4) + "00" : text);
    }
    lens.sums.resize(dictionary->size());
    return lens;
}

std::vector<Figure> Cells::sum_by(const Slice& slice, Dimension dimension) const {
    auto found = kinds_.find(slice.kind);
    if (found == kinds_.end()) return {};
    Lens lens = lens_over(slice, dimension);
    Groups groups;
    for (const auto& [month, cells] : found->second) {
        if (!slice.from_month.empty() && month < slice.from_month) continue;
        if (!slice.to_month.empty() && month > slice.to_month) break;
        if (lens.group_column != nullptr) {
            lens.add_groups(cells);
            continue;
        }
        std::string key = dimension == Dimension::month  ? month
                          : dimension == Dimension::year ? month.substr(0, 4)
                                                         : std::string();
        groups.add(key, lens.sum_of(cells));
    }
    for (std::size_t i = 0; i < lens.keys.size(); ++i)
        groups.add(lens.keys[i], lens.sums[i]);
    return groups.finish();
}

std::size_t Cells::line_count() const {
    std::size_t total = 0;
    for (const auto& [kind, months] : kinds_) {
        for (const auto& [month, cells] : months)
            total += cells.size();
    }
    return total;
}

std::size_t Cells::byte_count() const {
    std::size_t total = 0;
    for (const auto& [kind, months] : kinds_) {
        for (const auto& [month, cells] : months) {
            total +=
                2 * (cells.places.capacity() + cells.classes.capacity() + cells.fields.capacity()) +
                cells.samples.capacity() +
                8 * (cells.counts.capacity() + cells.amounts_fen.capacity());
        }
    }
    return total;
}

std::map<std::string, Cells::Sum> Cells::flat() const {
    std::map<std::string, Sum> lines;
    for (const auto& [kind, months] : kinds_) {
        for (const auto& [month, cells] : months) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                auto& sum = lines[fmt::format(
                    "{} {} {} {} {}{}", kind, month, places_.text(cells.places[i]),
                    classes_.text(cells.classes[i]), fields_.text(cells.fields[i]),
                    cells.samples[i] != 0 ? " sample" : "")];
                sum.count += cells.counts[i];
                sum.amount_fen += cells.amounts_fen[i];
            }
        }
    }
    std::erase_if(lines, [](const auto& line) { return line.second == Sum{}; });
    return lines;
}

std::string Cells::first_difference(const Cells& left, const Cells& right) {
    auto one = left.flat();
    auto other = right.flat();
    auto [at, beside] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
    if (at == one.end() && beside == other.end()) return {};
    bool left_first = beside == other.end() || (at != one.end() && at->first <= beside->first);
    const std::string& line = left_first ? at->first : beside->first;
    auto words = [&](const auto& lines) {
        auto found = lines.find(line);
        if (found == lines.end()) return std::string("nothing");
        return fmt::format("{}/{}", found->second.count, found->second.amount_fen);
    };
    return fmt::format("{}: {} and {}", line, words(one), words(other));
}

std::vector<Figure> Columns::sum_by(store::Reader& reader, const Slice& slice,
                                    Dimension dimension) {
    auto from_rollup = [&] { return indicator::sum_by(reader, slice, dimension); };
    if (state_ != State::ready) return from_rollup();  // without waiting for anybody
    std::int64_t seq = store::last_seq(reader);
    {
        std::shared_lock lock(mutex_);
        if (state_ != State::ready) return from_rollup();
        if (covered_ == seq) {
            ++answered_;
            return cells_.sum_by(slice, dimension);
        }
        // An older snapshot than what is held must not see what came after it.
        if (covered_ > seq) return from_rollup();
    }
    // What a transaction has appended itself may still be undone: never taken into the columns.
    if (dynamic_cast<store::Transaction*>(&reader) != nullptr) return from_rollup();
    std::unique_lock lock(mutex_);
    if (state_ == State::ready && covered_ < seq) {
        base::Status caught_up = catch_up(reader, seq);
        if (!caught_up) {
            spdlog::error("indicator columns given up: {}", base::describe(caught_up.error()));
            state_ = State::empty;
            cells_ = Cells();
            covered_ = 0;
        }
    }
    if (state_ != State::ready || covered_ != seq) {
        lock.unlock();
        return from_rollup();
    }
    ++answered_;
    return cells_.sum_by(slice, dimension);
}

base::Status Columns::catch_up(store::Reader& reader, std::int64_t seq) {
    constexpr std::size_t page_rows = 5'000;
    while (covered_ < seq) {
        std::vector<store::LogRow> rows = store::changes_after(reader, covered_, page_rows);
        if (rows.empty()) break;
        for (const store::LogRow& row : rows) {
            if (row.change.action != fact_action) continue;
            base::json::value payload = TRY(base::parse_json(row.change.payload));
            TRY(cells_.add(TRY(fact_from(TRY(base::require_object(payload))))));
        }
        covered_ = rows.back().seq;
    }
    cells_.compact();
    return {};
}

base::Status Columns::build(store::Database& database) {
    State expected = State::empty;
    if (!state_.compare_exchange_strong(expected, State::building)) return {};
    struct Built {
        Cells cells;
        std::int64_t seq = 0;
    };
    auto built = database.read<Built>([](store::Reader& reader) -> base::Result<Built> {
        Built result;
        result.seq = store::last_seq(reader);
        result.cells = TRY(Cells::build(reader, Cells::Source::rollup));
        return result;
    });
    if (!built) {
        state_ = State::empty;
        return base::refuse(std::move(built).error());
    }
    std::unique_lock lock(mutex_);
    cells_ = std::move(built->cells);
    covered_ = built->seq;
    state_ = State::ready;
    return {};
}

std::size_t Columns::line_count() const {
    std::shared_lock lock(mutex_);
    return cells_.line_count();
}

std::size_t Columns::byte_count() const {
    std::shared_lock lock(mutex_);
    return cells_.byte_count();
}

}  // namespace indicator
