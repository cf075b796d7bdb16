#include <algorithm>

#include "store/change_log.h"
#include "store/log_form.h"
#include "store/merkle.h"

namespace store {
namespace {

constexpr std::int64_t page_rows = 1'000;
constexpr std::size_t faults_max = 100;

/// The last column is the hash that the row's `previous` must be: that of the same subject's row
/// before it. Asked of the database, so that no table of subjects is needed in memory.
constexpr std::string_view page =
    "select c.seq, c.at, c.actor, c.place, c.subject, c.action, c.payload, c.previous, c.hash, "
    "(select p.hash from change_log p where p.subject = c.subject and p.seq < c.seq "
    "order by p.seq desc limit 1) "
    "from change_log c where c.seq > :seq order by c.seq limit :limit";

std::vector<std::string> split_keys(std::string_view pem) {
    constexpr std::string_view start = "-----BEGIN";
    std::vector<std::string> keys;
    for (std::size_t at = pem.find(start); at != std::string_view::npos;) {
        std::size_t next = pem.find(start, at + 1);
        keys.emplace_back(pem.substr(at, next == std::string_view::npos ? next : next - at));
        at = next;
    }
    return keys;
}

/// Walks the log once in the order of its rows, and the batches beside it.
class Verification {
  public:
    Verification(Reader& reader, base::HashAlgorithm algorithm, std::string_view public_key_pem)
        : reader_(reader), algorithm_(algorithm), keys_(split_keys(public_key_pem)) {}

    VerifyReport run() {
        open_batch();
        while (true) {
            Rows rows = reader_.query(page, {{"seq", expected_seq_ - 1}, {"limit", page_rows}});
            if (rows.empty()) break;
            for (const Row& row : rows)
                check_row(row);
        }
        check_end();
        return std::move(report_);
    }

  private:
    void fault(std::string words) {
        if (report_.faults.size() < faults_max) report_.faults.push_back(std::move(words));
    }

    void check_row(const Row& row) {
        std::int64_t seq = row.integer(0);
        std::string name = "row " + std::to_string(seq) + " (subject " + row.text(4) + ")";
        if (seq != expected_seq_) {
            fault("row " + std::to_string(expected_seq_) + " is missing: the next is " + name);
        }
        expected_seq_ = seq + 1;
        ++report_.rows;

        Change change{row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)};
        if (row_hash(algorithm_, row.text(7), row.time(1), change) != row.text(8)) {
            fault(name + ": the hash does not belong to the content");
        }
        if (row.text(7) != row.text_or(9, {})) {
            fault(name + ": does not continue the subject's row before it");
        }
        add_to_batch(seq, row.text(8));
    }

    void add_to_batch(std::int64_t seq, const std::string& hash) {
        while (batch_ && seq > batch_->last_seq)
            close_batch();
        if (!batch_ || seq < batch_->first_seq) {
            ++report_.unsigned_rows;
            return;
        }
        leaves_.push_back(merkle_leaf(algorithm_, leaf_text(seq, hash)));
        if (seq == batch_->last_seq) close_batch();
    }

    void open_batch() {
        std::vector<BatchRoot> next = batches_after(reader_, batch_first_seq_, 1);
        batch_ = next.empty() ? std::nullopt : std::optional(next.front());
        leaves_.clear();
        if (!batch_) return;
        std::string name = batch_name();
        if (batch_->first_seq != signed_seq_ + 1 || batch_->last_seq < batch_->first_seq) {
            fault(name + ": does not begin where the batch before it ends");
        }
        if (batch_->previous_root != previous_root_) {
            fault(name + ": does not name the root of the batch before it");
        }
    }

    /// Checks the batch against the rows seen, and goes on to the next.
    void close_batch() {
        ++report_.batches;
        std::string name = batch_name();
        if (leaves_.empty() ||
            base::to_hex(merkle_root(algorithm_, std::move(leaves_))) != batch_->root) {
            fault(name + ": the root does not belong to the rows");
        }
        if (!is_signed(*batch_)) fault(name + ": the signature is not by the key given");
        batch_first_seq_ = batch_->first_seq;
        signed_seq_ = std::max(signed_seq_, batch_->last_seq);
        previous_root_ = batch_->root;
        open_batch();
    }

    bool is_signed(const BatchRoot& batch) const {
        base::Result<std::string> signature = base::from_base64(batch.signature);
        if (!signature) return false;
        std::string text = signed_text(batch, algorithm_);
        return std::any_of(keys_.begin(), keys_.end(), [&](const std::string& key) {
            return base::verify_signature(key, batch.algorithm, text, *signature);
        });
    }

    /// A batch whose last rows are gone.
    void check_end() {
        while (batch_) {
            fault("row " + std::to_string(std::max(expected_seq_, batch_->first_seq)) +
                  " is missing: " + batch_name() + " covers it");
            close_batch();
        }
    }

    std::string batch_name() const {
        return "batch " + std::to_string(batch_->first_seq) + "–" +
               std::to_string(batch_->last_seq);
    }

    Reader& reader_;
    base::HashAlgorithm algorithm_;
    std::vector<std::string> keys_;
    VerifyReport report_;
    std::int64_t expected_seq_ = 1;
    std::optional<BatchRoot> batch_;
    std::vector<base::Digest> leaves_;
    std::int64_t batch_first_seq_ = 0;  ///< of the batch closed last
    std::int64_t signed_seq_ = 0;
    std::string previous_root_;
};

}  // namespace

base::Result<VerifyReport> verify_log(Database& database, std::string_view public_key_pem) {
    return database.read<VerifyReport>([&](Reader& reader) -> base::Result<VerifyReport> {
        base::HashAlgorithm algorithm = TRY(log_algorithm(reader));
        return Verification(reader, algorithm, public_key_pem).run();
    });
}

}  // namespace store
