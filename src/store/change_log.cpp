#include "store/change_log.h"

#include "base/check.h"
#include "store/log_form.h"
#include "store/merkle.h"

namespace store {
namespace {

constexpr std::string_view columns =
    "select seq, at, actor, place, subject, action, payload, previous, hash from change_log ";
/// Rows of one batch at most: bounds the memory of signing and proving (64 bytes a row).
constexpr std::int64_t batch_rows_max = 65'536;
constexpr std::int64_t page_rows = 4'096;

LogRow log_row(const Row& row) {
    return {row.integer(0),
            row.time(1),
            {row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)},
            row.text(7),
            row.text(8)};
}

std::vector<LogRow> log_rows(const Rows& rows) {
    std::vector<LogRow> result;
    result.reserve(rows.size());
    for (const Row& row : rows)
        result.push_back(log_row(row));
    return result;
}

BatchRoot batch_root(const Row& row) {
    return {row.integer(0), row.integer(1), row.time(2), row.text(3),
            row.text(4),    row.text(5),    row.text(6)};
}

constexpr std::string_view last_batch =
    "select first_seq, last_seq, signed_at, previous_root, root, signature, algorithm "
    "from change_batch order by first_seq desc limit 1";

struct Unsigned {
    std::int64_t first_seq = 0;
    std::int64_t last_seq = 0;
    std::string previous_root;
    std::string root;
    base::HashAlgorithm algorithm = base::HashAlgorithm::sm3;
    bool is_empty() const { return first_seq > last_seq; }
};

/// The rows since the last batch with their root. Rows that are committed never change, so this
/// reads a snapshot and leaves the writer free.
base::Result<Unsigned> find_unsigned(Database& database) {
    return database.read<Unsigned>([](Reader& reader) -> base::Result<Unsigned> {
        Unsigned batch;
        batch.algorithm = TRY(log_algorithm(reader));
        std::int64_t signed_seq = 0;
        if (std::optional<Row> row = reader.first(last_batch)) {
            signed_seq = row->integer(1);
            batch.previous_root = row->text(4);
        }
        batch.first_seq = signed_seq + 1;
        batch.last_seq = std::min(last_seq(reader), signed_seq + batch_rows_max);
        if (batch.is_empty()) return batch;
        batch.root = base::to_hex(
            merkle_root(batch.algorithm,
                        read_leaves(reader, batch.algorithm, batch.first_seq, batch.last_seq)));
        return batch;
    });
}

/// False if another node has signed meanwhile.
base::Result<bool> store_batch(Database& database, const Unsigned& batch,
                               const base::Signer& signer) {
    return database.write<bool>([&](Transaction& transaction) -> base::Result<bool> {
        std::int64_t signed_seq = transaction.number("select max(last_seq) from change_batch");
        if (signed_seq + 1 != batch.first_seq) return false;
        std::string text = batch_form({batch.algorithm, batch.first_seq, batch.last_seq,
                                       transaction.now(), batch.previous_root, batch.root});
        transaction.execute(
            "insert into change_batch "
            "(first_seq, last_seq, signed_at, previous_root, root, signature, algorithm) values "
            "(:first_seq, :last_seq, :signed_at, :previous_root, :root, :signature, :algorithm)",
            {{"first_seq", batch.first_seq},
             {"last_seq", batch.last_seq},
             {"signed_at", transaction.now()},
             {"previous_root", batch.previous_root},
             {"root", batch.root},
             {"signature", base::to_base64(signer.sign(text))},
             {"algorithm", signer.algorithm()}});
        return true;
    });
}

}  // namespace

std::vector<LogRow> changes_after(Reader& reader, std::int64_t seq, std::size_t limit) {
    return log_rows(
        reader.query(std::string(columns) + "where seq > :seq order by seq limit :limit",
                     {{"seq", seq}, {"limit", static_cast<std::int64_t>(limit)}}));
}

std::vector<LogRow> changes_of(Reader& reader, std::string_view subject) {
    return log_rows(reader.query(std::string(columns) + "where subject = :subject order by seq",
                                 {{"subject", subject}}));
}

std::int64_t last_seq(Reader& reader) {
    return reader.number("select max(seq) from change_log");
}

base::Result<base::HashAlgorithm> log_algorithm(Reader& reader) {
    std::optional<Row> row =
        reader.first("select value from store_setting where name = 'log_algorithm'");
    CHECK_WITH(row.has_value(), "the store's own tables are missing: migrate first");
    return base::parse_hash_algorithm(row->text(0));
}

base::Status sign_batch(Database& database, const base::Signer& signer) {
    while (true) {
        Unsigned batch = TRY(find_unsigned(database));
        if (batch.is_empty()) return {};
        if (!TRY(store_batch(database, batch, signer))) return {};
    }
}

std::string signed_text(const BatchRoot& batch, base::HashAlgorithm algorithm) {
    return batch_form({algorithm, batch.first_seq, batch.last_seq, batch.signed_at,
                       batch.previous_root, batch.root});
}

std::optional<BatchRoot> batch_of(Reader& reader, std::int64_t seq) {
    std::optional<Row> row = reader.first(
        "select first_seq, last_seq, signed_at, previous_root, root, signature, algorithm "
        "from change_batch where first_seq <= :seq order by first_seq desc limit 1",
        {{"seq", seq}});
    if (!row || row->integer(1) < seq) return std::nullopt;
    return batch_root(*row);
}

std::vector<BatchRoot> batches_after(Reader& reader, std::int64_t seq, std::size_t limit) {
    std::vector<BatchRoot> batches;
    for (const Row& row : reader.query(
             "select first_seq, last_seq, signed_at, previous_root, root, signature, algorithm "
             "from change_batch where first_seq > :seq order by first_seq limit :limit",
             {{"seq", seq}, {"limit", static_cast<std::int64_t>(limit)}})) {
        batches.push_back(batch_root(row));
    }
    return batches;
}

std::vector<std::pair<char, std::string>> inclusion_proof(Reader& reader, std::int64_t seq) {
    std::optional<BatchRoot> batch = batch_of(reader, seq);
    base::Result<base::HashAlgorithm> algorithm = log_algorithm(reader);
    if (!batch || !algorithm) return {};
    std::vector<base::Digest> leaves =
        read_leaves(reader, *algorithm, batch->first_seq, batch->last_seq);
    auto index = static_cast<std::size_t>(seq - batch->first_seq);
    if (index >= leaves.size()) return {};
    std::vector<std::pair<char, std::string>> proof;
    for (const MerkleStep& step : merkle_path(*algorithm, std::move(leaves), index)) {
        proof.emplace_back(step.side == Side::left ? 'L' : 'R', base::to_hex(step.hash));
    }
    return proof;
}

std::vector<base::Digest> read_leaves(Reader& reader, base::HashAlgorithm algorithm,
                                      std::int64_t first_seq, std::int64_t last_seq) {
    std::vector<base::Digest> leaves;
    std::int64_t after = first_seq - 1;
    while (after < last_seq) {
        Rows rows = reader.query(
            "select seq, hash from change_log where seq > :after and seq <= :last "
            "order by seq limit :limit",
            {{"after", after}, {"last", last_seq}, {"limit", page_rows}});
        if (rows.empty()) break;
        for (const Row& row : rows) {
            leaves.push_back(merkle_leaf(algorithm, leaf_text(row.integer(0), row.text(1))));
        }
        after = rows.back().integer(0);
    }
    return leaves;
}

}  // namespace store
