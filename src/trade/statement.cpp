#include "trade/statement.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/write_row.h"

namespace trade {
namespace {

struct Column {
    std::string_view name;
    std::vector<std::string_view> titles;  ///< as banks head it, in lower case
};

/// \u escapes: what Chinese banks write over their columns.
const std::array<Column, 5>& columns() {
    static const std::array<Column, 5> table = {{
        {"number", {"number", "serial", "\u6d41\u6c34\u53f7", "\u4ea4\u6613\u6d41\u6c34\u53f7"}},
        {"date", {"date", "\u65e5\u671f", "\u4ea4\u6613\u65e5\u671f"}},
        {"amount", {"amount", "\u91d1\u989d", "\u4ea4\u6613\u91d1\u989d"}},
        {"payer",
         {"payer", "name", "\u4ed8\u6b3e\u4eba", "\u5bf9\u65b9\u6237\u540d",
          "\u4ed8\u6b3e\u65b9\u540d\u79f0"}},
        {"reference", {"reference", "\u9644\u8a00", "\u6458\u8981", "\u7528\u9014"}},
    }};
    return table;
}

constexpr std::string_view select_lines =
    "select id, host, number, day, amount, payer, reference, verdict, listing, party, file, at "
    "from trade_statement_line ";

StatementLine read_row(const store::Row& row) {
    StatementLine line;
    line.id = row.text(0);
    line.host = row.id<party::Organisation>(1);
    line.number = row.text(2);
    line.day = row.text(3);
    line.amount = base::Money::fen(row.integer(4));
    line.payer = row.text(5);
    line.reference = row.text(6);
    line.verdict = row.text(7);
    line.listing = row.text(8);
    line.party = row.text(9);
    line.file = row.text(10);
    line.at = row.time(11);
    return line;
}

void insert(store::Transaction& transaction, const party::Actor& actor, const StatementLine& line) {
    store::insert_row(transaction, "trade_statement_line",
                      {{"id", line.id},
                       {"host", line.host},
                       {"number", line.number},
                       {"day", line.day},
                       {"amount", line.amount.minor},
                       {"payer", line.payer},
                       {"reference", line.reference},
                       {"verdict", line.verdict},
                       {"listing", line.listing},
                       {"party", line.party},
                       {"file", line.file},
                       {"imported_by", actor.log_name()},
                       {"at", transaction.now()}});
}

void update(store::Transaction& transaction, const StatementLine& line) {
    store::update_row(transaction, "trade_statement_line",
                      {{"verdict", line.verdict},
                       {"listing", line.listing},
                       {"party", line.party},
                       {"id", line.id}});
}

bool same_payment(const StatementLine& left, const StatementLine& right) {
    return left.day == right.day && left.amount == right.amount && left.payer == right.payer &&
           (left.verdict == "unreadable") == (right.verdict == "unreadable");
}

/// Money of a line that waits stands in the house's own book; no line of another kind has any there.
base::Status leave_suspense(store::Transaction& transaction, const StatementLine& line,
                            std::string_view reason) {
    const std::string book = Deposits::suspense(line.host.text());
    const base::Money waits =
        TRY(Deposits::book(transaction, book)).balance(line.id, Account::unallocated);
    if (waits.is_zero()) return {};
    return Deposits::post(
        transaction, book,
        {line.id, Account::unallocated, Account::outside, waits, std::string(reason)},
        "statement:" + line.id);
}

struct Place {
    std::string listing, party;
};

/// The reference may stand among other words: any run of letters and digits is tried.
std::optional<Place> find_reference(store::Reader& reader, std::string_view words) {
    std::string run;
    const auto look = [&]() -> std::optional<Place> {
        const std::string code = std::exchange(run, {});
        if (code.size() != 10 || !code.starts_with("GQ")) return std::nullopt;
        const auto row = reader.first(
            "select listing, party from trade_deposit_reference where reference = :code",
            {{"code", code}});
        if (!row) return std::nullopt;
        return Place{row->text(0), row->text(1)};
    };
    for (const char c : std::string(words) + " ") {
        const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_letter) {
            run += c;
        } else if (c >= 'a' && c <= 'z') {
            run += static_cast<char>(c - 'a' + 'A');
        } else if (auto found = look()) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace

bool same_payer(std::string_view statement, std::string_view organisation) {
    const auto plain = [](std::string_view text) {
        std::string name = base::fold(text);
        for (std::string_view drop : {" ", "\u3000", "(", ")", "\uff08", "\uff09"})
            name = base::replace_all(name, drop, "");
        return name;
    };
    return plain(statement) == plain(organisation);
}

base::Status Statements::may(const party::Actor& actor,
                             const base::Id<party::Organisation>& host) const {
    return listings_->permissions().require(actor, "listing.operate", {"", {}, {}, host, {}});
}

base::Result<Statements::Import> Statements::import(store::Transaction& transaction,
                                                    const party::Actor& actor,
                                                    const base::Id<party::Organisation>& host,
                                                    const StatementRows& rows,
                                                    std::string_view file_hash) const {
    TRY(may(actor, host));
    if (rows.size() < 2) return base::refuse(base::invalid("statement_empty"));
    std::array<std::size_t, 5> at{};
    for (std::size_t column = 0; column < columns().size(); ++column) {
        const auto& wanted = columns()[column];
        const auto found = std::ranges::find_if(rows.front(), [&](const std::string& title) {
            const std::string plain = base::to_lower_ascii(base::trim(title));
            return std::ranges::find(wanted.titles, plain) != wanted.titles.end();
        });
        if (found == rows.front().end()) {
            return base::refuse(base::invalid("statement_unreadable").with("column", wanted.name));
        }
        at[column] = static_cast<std::size_t>(found - rows.front().begin());
    }
    std::vector<StatementLine> lines;
    for (std::size_t index = 1; index < rows.size(); ++index) {
        const auto cell = [&](std::size_t column) {
            const std::size_t position = at[column];
            return position < rows[index].size() ? base::trim(rows[index][position])
                                                 : std::string();
        };
        StatementLine line;
        line.host = host;
        line.number = cell(0);
        line.day = cell(1);
        line.payer = cell(3);
        line.reference = cell(4);
        line.file = file_hash;
        const auto amount = base::Money::parse(cell(2));
        if (amount) line.amount = *amount;
        if (!amount || line.number.empty()) line.verdict = "unreadable";
        lines.push_back(std::move(line));
    }
    return book_all(transaction, actor, std::move(lines));
}

base::Result<Statements::Import> Statements::import(
    store::Transaction& transaction, const party::Actor& actor,
    const base::Id<party::Organisation>& host, const std::vector<ProviderPayment>& payments) const {
    TRY(may(actor, host));
    std::vector<StatementLine> lines;
    for (const ProviderPayment& payment : payments) {
        StatementLine line;
        line.host = host;
        line.number = payment.number;
        line.day = payment.day.to_string();
        line.amount = payment.amount;
        line.payer = payment.payer;
        line.reference = payment.reference;
        line.file = "provider";
        lines.push_back(std::move(line));
    }
    return book_all(transaction, actor, std::move(lines));
}

base::Result<Statements::Import> Statements::book_all(store::Transaction& transaction,
                                                      const party::Actor& actor,
                                                      std::vector<StatementLine> lines) const {
    Import result;
    for (StatementLine& line : lines) {
        line.id = transaction.new_id<StatementLine>().text();
        line.at = transaction.now();
        if (!line.number.empty()) TRY(compare(transaction, line));
        if (line.verdict == "duplicate") ++result.duplicates;
        if (line.verdict.empty()) TRY(book(transaction, line));
        insert(transaction, actor, line);
        result.lines.push_back(line);
    }
    transaction.append({.actor = actor.log_name(),
                        .place = "",
                        .subject = lines.empty() ? "" : lines.front().host.text(),
                        .action = "statement.imported",
                        .payload = base::canonical_json(base::json::object{
                            {"lines", static_cast<std::int64_t>(lines.size())},
                            {"duplicates", static_cast<std::int64_t>(result.duplicates)},
                            {"file", lines.empty() ? "" : lines.front().file}})});
    return result;
}

/// The bank's number is what makes a line itself: banks let one download a day twice, and correct.
base::Status Statements::compare(store::Transaction& transaction, StatementLine& line) const {
    const auto row =
        transaction.first(std::string(select_lines) +
                              "where host = :host and number = :number and verdict not in "
                              "('duplicate', 'superseded', 'differs') order by id desc",
                          {{"host", line.host}, {"number", line.number}});
    if (!row) return {};
    StatementLine known = read_row(*row);
    const bool is_open = known.waits() || known.verdict == "set_aside";
    // Words around a reference change from one download to the next; whom it names does not.
    const auto place = find_reference(transaction, line.reference);
    const bool same_place = known.reference == line.reference || !place ||
                            (place->listing == known.listing && place->party == known.party);
    const bool same_words = is_open ? known.reference == line.reference : same_place;
    if (same_payment(known, line) && same_words) {
        line.verdict = "duplicate";
        return {};
    }
    if (!is_open) {
        // The money was booked; what the bank says now is for a person, and no new money.
        line.verdict = "differs";
        return {};
    }
    if (line.verdict == "unreadable") return {};
    if (known.waits()) TRY(leave_suspense(transaction, known, "superseded"));
    known.verdict = "superseded";
    update(transaction, known);
    return {};
}

/// Where the line belongs, or why a person has to look at it.
base::Status Statements::book(store::Transaction& transaction, StatementLine& line) const {
    const auto suspend = [&](std::string_view verdict) -> base::Status {
        line.verdict = verdict;
        if (line.amount.minor <= 0) return {};
        return Deposits::post(
            transaction, Deposits::suspense(line.host.text()),
            {line.id, Account::outside, Account::unallocated, line.amount, std::string(verdict)},
            "statement:" + line.id);
    };
    const auto place = find_reference(transaction, line.reference);
    if (!place || line.amount.is_zero()) return suspend("unmatched");
    const Listing listing = TRY(listings_->require(transaction, base::Id<Listing>(place->listing)));
    if (listing.host != line.host) return suspend("unmatched");
    line.listing = place->listing;
    line.party = place->party;
    const auto bidder = TRY(
        party::Organisations::require(transaction, base::Id<party::Organisation>(place->party)));
    if (!same_payer(line.payer, bidder.name)) return suspend("wrong_payer");
    if (line.amount.is_negative()) {
        const auto paid = Deposits::refunded(transaction, line.listing, line.party, -line.amount,
                                             "statement:" + line.id);
        line.verdict = paid ? "refunded" : "wrong_amount";
        return {};
    }
    const Stage stage = listing.state.stage;
    const bool is_price = (stage == Stage::payment_pending || stage == Stage::settled) &&
                          line.party == listing.state.winner;
    const ListingParty* party = listing.state.party(line.party);
    const base::Money held = party ? party->deposit : base::Money();
    if (!is_price && line.amount + held != listing.state.rules.deposit)
        return suspend("wrong_amount");
    if (auto booked = settle_line(transaction, line, listing); !booked)
        return suspend(is_price ? "wrong_amount" : "unmatched");
    return {};
}

/// Books what fits: towards the price where that is due, else as a deposit.
base::Status Statements::settle_line(store::Transaction& transaction, StatementLine& line,
                                     const Listing& listing) const {
    const Stage stage = listing.state.stage;
    const bool is_price = (stage == Stage::payment_pending || stage == Stage::settled) &&
                          line.party == listing.state.winner;
    if (is_price) {
        TRY(listings_->record(transaction, listing.id,
                              {"pay",
                               "treasury",
                               "system",
                               "",
                               {{"amount", line.amount.to_string()}, {"line", line.id}}}));
        TRY(Deposits::post(transaction, listing.id.text(),
                           {line.party, Account::outside, Account::applied, line.amount, "price"},
                           "statement:" + line.id));
        line.verdict = "paid";
        return {};
    }
    TRY(listings_->record(transaction, listing.id,
                          {"deposit",
                           "treasury",
                           "system",
                           line.party,
                           {{"amount", line.amount.to_string()}, {"line", line.id}}}));
    TRY(Deposits::post(transaction, listing.id.text(),
                       {line.party, Account::outside, Account::held, line.amount, "deposit"},
                       "statement:" + line.id));
    line.verdict = "matched";
    return {};
}

base::Result<StatementLine> Statements::open_line(store::Transaction& transaction,
                                                  const party::Actor& actor,
                                                  std::string_view id) const {
    auto line = find(transaction, id);
    if (!line) return base::refuse(base::not_found("statement_line_unknown"));
    TRY(may(actor, line->host));
    if (!line->waits()) return base::refuse(base::conflict("statement_line_matched"));
    return std::move(*line);
}

base::Result<StatementLine> Statements::match(store::Transaction& transaction,
                                              const party::Actor& actor, std::string_view id,
                                              const base::Id<Listing>& listing_id,
                                              std::string_view party) const {
    StatementLine line = TRY(open_line(transaction, actor, id));
    if (line.verdict == "differs" || line.amount.is_zero())
        return base::refuse(base::conflict("statement_line_matched"));
    const std::string source = "statement:" + line.id;
    if (listing_id.empty() && line.amount.is_negative()) {
        // The way back of a payment that belonged to no sale; `party` is its line.
        TRY(Deposits::refunded(transaction, Deposits::suspense(line.host.text()), party,
                               -line.amount, source));
        line.verdict = "refunded";
        update(transaction, line);
        return line;
    }
    const Listing listing = TRY(listings_->require(transaction, listing_id));
    if (listing.host != line.host) return base::refuse(base::not_found("listing_unknown"));
    const auto bidder = TRY(party::Organisations::require(
        transaction, base::Id<party::Organisation>(std::string(party))));
    if (!same_payer(line.payer, bidder.name))
        return base::refuse(base::conflict("statement_payer_differs"));
    line.listing = listing_id.text();
    line.party = party;
    if (line.amount.is_negative()) {
        // A payment out that did not carry the reference.
        TRY(Deposits::refunded(transaction, line.listing, line.party, -line.amount, source));
        line.verdict = "refunded";
        update(transaction, line);
        return line;
    }
    TRY(leave_suspense(transaction, line, "matched"));
    TRY(settle_line(transaction, line, listing));
    update(transaction, line);
    return line;
}

base::Result<StatementLine> Statements::set_aside(store::Transaction& transaction,
                                                  const party::Actor& actor, std::string_view id,
                                                  std::string_view reason) const {
    StatementLine line = TRY(open_line(transaction, actor, id));
    if (base::trim(reason).empty())
        return base::refuse(base::invalid("reason_missing").at("reason"));
    TRY(leave_suspense(transaction, line, "set_aside"));
    line.verdict = "set_aside";
    update(transaction, line);
    transaction.append({.actor = actor.log_name(),
                        .place = "",
                        .subject = line.host.text(),
                        .action = "statement.set_aside",
                        .payload = base::canonical_json(
                            base::json::object{{"line", line.id}, {"reason", reason}})});
    return line;
}

base::Result<StatementLine> Statements::send_back(store::Transaction& transaction,
                                                  const party::Actor& actor,
                                                  std::string_view id) const {
    StatementLine line = TRY(open_line(transaction, actor, id));
    const bool has_money = line.amount.minor > 0 && line.verdict != "differs";
    if (!has_money) return base::refuse(base::conflict("statement_line_matched"));
    const std::string book = Deposits::suspense(line.host.text());
    TRY(Deposits::post(transaction, book,
                       {line.id, Account::unallocated, Account::released, line.amount, "returned"},
                       "statement:" + line.id, transaction.now() + base::days(3)));
    line.verdict = "returned";
    update(transaction, line);
    return line;
}

base::Result<std::vector<Statements::Owed>> Statements::owed(store::Reader& reader,
                                                             std::string_view host) const {
    std::vector<Owed> list;
    Listings::Filter filter{.host = std::string(host), .limit = 500};
    for (const Listing& listing : listings_->list(reader, filter)) {
        for (const Deposits::Owed& item : TRY(Deposits::owed(reader, listing.id.text())))
            list.push_back({item.procedure, listing.title, item.party, item.amount, item.due});
    }
    // Payments sent back before they belonged to a sale: the payer of the line is who waits.
    for (const Deposits::Owed& item : TRY(Deposits::owed(reader, Deposits::suspense(host)))) {
        const auto line = find(reader, item.party);
        list.push_back({"", line ? line->payer : "", item.party, item.amount, item.due});
    }
    std::ranges::stable_sort(list, {}, &Owed::due);
    return list;
}

std::vector<StatementLine> Statements::lines(store::Reader& reader, const Filter& filter) {
    std::string where = "where 1 = 1";
    store::Bindings bindings{{"limit", static_cast<std::int64_t>(filter.limit)}};
    const auto narrow = [&](std::string_view column, const std::string& value) {
        if (value.empty()) return;
        where += " and " + std::string(column) + " = :" + std::string(column);
        bindings.push_back({column, value});
    };
    narrow("host", filter.host);
    narrow("listing", filter.listing);
    if (filter.verdict == "waiting") {
        where +=
            " and verdict in "
            "('unmatched', 'wrong_payer', 'wrong_amount', 'unreadable', 'differs')";
    } else {
        narrow("verdict", filter.verdict);
    }
    if (!filter.after.empty()) {
        where += " and id < :after";
        bindings.push_back({"after", filter.after});
    }
    std::vector<StatementLine> found;
    const auto rows = reader.query(
        std::string(select_lines) + where + " order by id desc limit :limit", bindings);
    for (const store::Row& row : rows)
        found.push_back(read_row(row));
    return found;
}

std::optional<StatementLine> Statements::find(store::Reader& reader, std::string_view id) {
    const auto row = reader.first(std::string(select_lines) + "where id = :id", {{"id", id}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

}  // namespace trade
