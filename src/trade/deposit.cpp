#include "trade/deposit.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/json.h"
#include "store/write_row.h"

namespace trade {
namespace {

std::optional<Account> parse_account(std::string_view name) {
    for (int index = 0; index < account_count; ++index) {
        const auto account = static_cast<Account>(index);
        if (name_of(account) == name) return account;
    }
    return std::nullopt;
}

StoredPosting read_row(const store::Row& row) {
    StoredPosting stored;
    stored.procedure = row.text(0);
    stored.posting.owner = row.text(1);
    const auto from = parse_account(row.text(2)), to = parse_account(row.text(3));
    const auto currency = base::Currency::parse(row.text(5));
    // Books are of the home currency; what does not read moves nothing, which no book takes.
    if (from && to && currency && *currency == base::Currency()) {
        stored.posting.from = *from;
        stored.posting.to = *to;
        stored.posting.amount = {row.integer(4), *currency};
    }
    stored.posting.reason = row.text(6);
    stored.source = row.text(7);
    stored.due = row.time_if(8);
    stored.at = row.time(9);
    return stored;
}

constexpr std::string_view select_postings =
    "select procedure_id, owner, from_account, to_account, amount, currency, reason, source, "
    "due_at, at from trade_deposit_posting ";

/// The book, or `ledger_unbalanced` where a stored posting does not follow from those before it.
base::Result<Ledger> book_of(const std::vector<StoredPosting>& postings) {
    Ledger ledger;
    for (const StoredPosting& stored : postings) {
        if (const auto posted = ledger.post(stored.posting); !posted || !ledger.balanced()) {
            return base::refuse(
                base::conflict("ledger_unbalanced")
                    .saying(stored.procedure + ": " +
                            (posted ? std::string("not balanced") : posted.error().code)));
        }
    }
    return ledger;
}

}  // namespace

std::vector<StoredPosting> Deposits::postings(store::Reader& reader, std::string_view procedure) {
    std::vector<StoredPosting> found;
    const auto rows =
        reader.query(std::string(select_postings) + "where procedure_id = :procedure order by seq",
                     {{"procedure", procedure}});
    for (const store::Row& row : rows)
        found.push_back(read_row(row));
    return found;
}

base::Result<Ledger> Deposits::book(store::Reader& reader, std::string_view procedure) {
    return book_of(postings(reader, procedure));
}

base::Status Deposits::post(store::Transaction& transaction, std::string_view procedure,
                            const Posting& posting, std::string_view source,
                            std::optional<base::Time> due) {
    Ledger ledger = TRY(book(transaction, procedure));
    TRY(ledger.post(posting));
    CHECK(ledger.balanced());
    const auto seq = static_cast<std::int64_t>(ledger.postings().size());
    store::insert_row(transaction, "trade_deposit_posting",
                      {{"procedure_id", procedure},
                       {"seq", seq},
                       {"owner", posting.owner},
                       {"from_account", name_of(posting.from)},
                       {"to_account", name_of(posting.to)},
                       {"amount", posting.amount.minor},
                       {"currency", posting.amount.currency.code()},
                       {"reason", posting.reason},
                       {"source", source},
                       {"due_at", due},
                       {"at", transaction.now()}});
    transaction.append({.actor = "system",
                        .place = "",
                        .subject = std::string(procedure),
                        .action = "deposit.posted",
                        .payload = base::canonical_json(
                            base::json::object{{"seq", seq},
                                               {"owner", posting.owner},
                                               {"from", name_of(posting.from)},
                                               {"to", name_of(posting.to)},
                                               {"amount", posting.amount.to_string()},
                                               {"currency", posting.amount.currency.code()},
                                               {"source", source}})});
    return {};
}

base::Result<std::vector<Deposits::Owed>> Deposits::owed(store::Reader& reader,
                                                         std::string_view procedure) {
    const std::vector<StoredPosting> all = postings(reader, procedure);
    const Ledger ledger = TRY(book_of(all));
    std::vector<Owed> list;
    for (const std::string& party : ledger.owners_with(Account::released)) {
        Owed owed{std::string(procedure), party, ledger.balance(party, Account::released), {}};
        for (const StoredPosting& stored : all) {
            const bool frees = stored.posting.owner == party &&
                               stored.posting.to == Account::released && stored.due;
            if (frees) owed.due = *stored.due;
        }
        list.push_back(std::move(owed));
    }
    std::ranges::stable_sort(list, {}, &Owed::due);
    return list;
}

base::Status Deposits::refunded(store::Transaction& transaction, std::string_view procedure,
                                std::string_view party, base::Money amount,
                                std::string_view source) {
    const Ledger ledger = TRY(book(transaction, procedure));
    if (amount.minor <= 0 || ledger.balance(party, Account::released) < amount)
        return base::refuse(base::conflict("refund_not_due"));
    return post(transaction, procedure,
                {std::string(party), Account::released, Account::refunded, amount, "refund"},
                source);
}

Deposits::Check Deposits::check(store::Reader& reader) {
    Check result;
    std::vector<StoredPosting> book;
    const auto close_book = [&] {
        if (book.empty()) return;
        Ledger ledger;
        ++result.books;
        for (const StoredPosting& stored : book) {
            if (auto posted = ledger.post(stored.posting); !posted || !ledger.balanced()) {
                result.faults.push_back(stored.procedure + ": " +
                                        (posted ? "not balanced" : posted.error().code));
                break;
            }
        }
        result.received += ledger.received();
        result.held += ledger.total(Account::held) + ledger.total(Account::bonded);
        result.returned += ledger.returned();
        result.forfeited += ledger.total(Account::forfeited);
        result.applied += ledger.total(Account::applied) + ledger.total(Account::fee);
        result.unallocated += ledger.total(Account::unallocated);
        book.clear();
    };
    const auto rows = reader.query(std::string(select_postings) + "order by procedure_id, seq", {});
    for (const store::Row& row : rows) {
        StoredPosting stored = read_row(row);
        if (!book.empty() && book.front().procedure != stored.procedure) close_book();
        book.push_back(std::move(stored));
        ++result.postings;
    }
    close_book();
    const base::Money sum =
        result.held + result.returned + result.forfeited + result.applied + result.unallocated;
    if (sum != result.received) result.faults.push_back("all books together do not balance");
    return result;
}

}  // namespace trade
