// Verification of a diligence archive: what a third party does with openssl, in one call.
#include <algorithm>
#include <charconv>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "store/merkle.h"
#include "trade/archive.h"

namespace trade {
namespace {

using base::json::object;

base::Error damaged(std::string_view part, std::string_view why) {
    return base::invalid("archive_damaged").with("part", part).saying(why);
}

std::string sha256_hex(std::string_view bytes) {
    return base::to_hex(base::sha256(bytes));
}

/// A step as the manifest claims it, read once.
struct Claim {
    std::string role, action, subject, hash, notice, evidence;
    std::int64_t seq = 0;
    base::Time at;
    object payload;  ///< of the row, after it was checked
};

class Verification {
  public:
    Verification(const ArchiveFiles& files, std::string_view public_key)
        : files_(files), public_key_(public_key) {}

    base::Result<ArchiveReport> run() {
        TRY(read_manifest());
        TRY(check_files());
        for (const base::json::value& step : base::array_at(manifest_, "steps")) {
            if (!step.is_object()) return base::refuse(damaged("manifest.json", "steps"));
            TRY(check_step(step.get_object()));
        }
        TRY(check_items());
        TRY(check_order());
        return report();
    }

  private:
    base::Result<std::string> file(std::string_view path) const {
        const auto found = files_.find(path);
        if (found == files_.end()) return base::refuse(damaged(path, "is not there"));
        return found->second;
    }

    base::Status read_manifest() {
        const std::string text = TRY(file("manifest.json"));
        const std::string signature = TRY(file("manifest.sig"));
        const auto parsed = base::parse_json(text, 64 << 20);
        if (!parsed || !parsed->is_object() || base::canonical_json(*parsed) != text)
            return base::refuse(damaged("manifest.json", "is not canonical JSON"));
        manifest_ = parsed->get_object();
        if (base::text_at(manifest_, "format") != "guiqiao-diligence-1")
            return base::refuse(damaged("manifest.json", "is of another format"));
        signature_algorithm_ = base::text_at(manifest_, "signature_algorithm");
        if (!base::verify_signature(public_key_, signature_algorithm_, text, signature))
            return base::refuse(damaged("manifest.sig", "was not made by this key"));
        if (base::text_at(manifest_, "public_key") != public_key_)
            return base::refuse(damaged("manifest.json", "names another key"));
        const auto algorithm =
            base::parse_hash_algorithm(base::text_at(manifest_, "log_algorithm"));
        if (!algorithm) return base::refuse(damaged("manifest.json", "log_algorithm"));
        algorithm_ = *algorithm;
        return {};
    }

    /// Every file named is there with its hash, and nothing else is.
    base::Status check_files() {
        std::set<std::string, std::less<>> named{"manifest.json", "manifest.sig"};
        std::string sums;
        for (const base::json::value& entry : base::array_at(manifest_, "files")) {
            if (!entry.is_object()) return base::refuse(damaged("manifest.json", "files"));
            const std::string path = base::text_at(entry.get_object(), "path");
            const std::string hash = base::text_at(entry.get_object(), "sha256");
            if (sha256_hex(TRY(file(path))) != hash)
                return base::refuse(damaged(path, "differs from its hash"));
            if (!named.insert(path).second) return base::refuse(damaged(path, "is named twice"));
            if (path != "SHA256SUMS") sums += hash + "  " + path + "\n";
        }
        for (const auto& [path, bytes] : files_) {
            if (!named.contains(path)) return base::refuse(damaged(path, "is not in the manifest"));
        }
        if (TRY(file("SHA256SUMS")) != sums)
            return base::refuse(damaged("SHA256SUMS", "differs from the manifest"));
        if (TRY(file("key.pem")) != public_key_)
            return base::refuse(damaged("key.pem", "is another key"));
        return {};
    }

    /// The row is what the manifest says, it hashes to a leaf of a batch, and the batch is signed.
    base::Status check_step(const object& step) {
        Claim claim{.role = base::text_at(step, "role"),
                    .action = base::text_at(step, "action"),
                    .subject = base::text_at(step, "subject"),
                    .hash = base::text_at(step, "hash"),
                    .notice = base::text_at(step, "notice"),
                    .evidence = base::text_at(step, "evidence"),
                    .seq = base::integer_at(step, "seq").value_or(0)};
        const std::string folder = "records/" + std::to_string(claim.seq) + "/";
        const auto at = base::parse_iso(base::text_at(step, "at"));
        if (!at) return base::refuse(damaged("manifest.json", "time of a step"));
        claim.at = *at;
        TRY(check_row(claim, folder));
        TRY(check_batch(claim, folder, base::object_at(step, "batch")));
        TRY(check_evidence(claim));
        claims_.push_back(std::move(claim));
        return {};
    }

    base::Status check_row(Claim& claim, const std::string& folder) const {
        const std::string row = TRY(file(folder + "row.txt"));
        if (base::to_hex(base::digest(algorithm_, row)) != claim.hash)
            return base::refuse(damaged(folder + "row.txt", "differs from its hash"));
        std::vector<std::string> lines;
        std::string_view rest = row;
        for (int i = 0; i < 7; ++i) {
            const std::size_t end = rest.find('\n');
            if (end == std::string_view::npos)
                return base::refuse(damaged(folder + "row.txt", "is not a row"));
            lines.emplace_back(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
        const bool is_claimed = lines[0] == "guiqiao-change-1" &&
                                lines[2] == base::to_iso(claim.at) && lines[5] == claim.subject &&
                                lines[6] == claim.action;
        const auto payload = base::parse_json(rest);
        if (!is_claimed || !payload || !payload->is_object())
            return base::refuse(damaged(folder + "row.txt", "is not what the manifest says"));
        claim.payload = payload->get_object();
        return {};
    }

    base::Result<base::Digest> digest_from(std::string_view hex, const std::string& path) const {
        const auto bytes = base::from_hex(hex);
        base::Digest digest{};
        if (!bytes || bytes->size() != digest.size())
            return base::refuse(damaged(path, "holds no hash"));
        std::copy(bytes->begin(), bytes->end(), digest.begin());
        return digest;
    }

    base::Status check_batch(const Claim& claim, const std::string& folder,
                             const object& batch) const {
        const std::string path = folder + "proof.txt";
        base::Digest node = store::merkle_leaf(algorithm_, store::leaf_text(claim.seq, claim.hash));
        for (const std::string& line : base::split(TRY(file(path)), '\n')) {
            if (line.empty()) continue;
            if (line.size() < 3 || (line[0] != 'L' && line[0] != 'R') || line[1] != ' ')
                return base::refuse(damaged(path, "is not a proof"));
            const base::Digest sibling = TRY(digest_from(std::string_view(line).substr(2), path));
            node = line[0] == 'L' ? store::merkle_node(algorithm_, sibling, node)
                                  : store::merkle_node(algorithm_, node, sibling);
        }
        const std::string text = TRY(file(folder + "batch.txt"));
        const std::vector<std::string> lines = base::split(text, '\n');
        const bool is_batch = lines.size() == 7 && lines[0] == "guiqiao-batch-1" &&
                              lines[1] == base::to_string(algorithm_) &&
                              lines[6] == base::text_at(batch, "root");
        if (!is_batch) return base::refuse(damaged(folder + "batch.txt", "is not the batch"));
        if (base::to_hex(node) != lines[6])
            return base::refuse(damaged(path, "does not lead to the root"));
        if (claim.seq < number(lines[2]) || claim.seq > number(lines[3]))
            return base::refuse(damaged(folder + "batch.txt", "does not cover the row"));
        const auto signature = base::from_base64(TRY(file(folder + "batch.sig")));
        if (!signature ||
            !base::verify_signature(public_key_, signature_algorithm_, text, *signature))
            return base::refuse(damaged(folder + "batch.sig", "was not made by this key"));
        return {};
    }

    static std::int64_t number(const std::string& text) {
        std::int64_t value = -1;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }

    /// The row speaks of the very file that stands for it.
    base::Status check_evidence(const Claim& claim) const {
        const auto must_say = [&](std::string_view key, const std::string& value) -> base::Status {
            if (base::text_at(claim.payload, key) == value) return {};
            return base::refuse(
                damaged(claim.evidence, "is not what row " + std::to_string(claim.seq) + " says"));
        };
        if (claim.evidence.empty()) return {};
        const std::string bytes = TRY(file(claim.evidence));
        if (claim.role == "minutes" || claim.role == "contract_text")
            return must_say("sha256", sha256_hex(bytes));
        if (claim.role == "notice_published") {
            TRY(must_say("body", sha256_hex(bytes)));
            const std::string folder = claim.evidence.substr(0, claim.evidence.rfind('/'));
            return must_say("record", sha256_hex(TRY(file(folder + "/record.json"))));
        }
        const auto content = base::parse_json(bytes, 64 << 20);
        if (!content || !content->is_object())
            return base::refuse(damaged(claim.evidence, "is not JSON"));
        if (claim.role == "objection_filed")
            return must_say("ground", base::text_at(content->get_object(), "ground"));
        if (claim.role != "registration") return {};
        TRY(must_say("number", base::text_at(content->get_object(), "number")));
        return must_say("digest", base::text_at(content->get_object(), "digest"));
    }

    const Claim* find(std::string_view role, std::string_view notice = {}) const {
        const auto found = std::ranges::find_if(claims_, [&](const Claim& claim) {
            return claim.role == role && (notice.empty() || claim.notice == notice);
        });
        return found == claims_.end() ? nullptr : &*found;
    }

    /// Each item of the checklist rests on a step that was proved, at the time it says.
    base::Status check_items() const {
        bool is_complete = true;
        for (const base::json::value& value : base::array_at(manifest_, "items")) {
            if (!value.is_object()) return base::refuse(damaged("manifest.json", "items"));
            const object& item = value.get_object();
            const std::string state = base::text_at(item, "state");
            is_complete = is_complete && (state == "done" || state == "not_needed");
            const std::int64_t seq = base::integer_at(item, "seq").value_or(0);
            if (seq == 0) continue;
            const bool is_proved = std::ranges::any_of(claims_, [&](const Claim& claim) {
                return claim.seq == seq && base::to_iso(claim.at) == base::text_at(item, "at");
            });
            if (!is_proved) return base::refuse(damaged("manifest.json", "an item without proof"));
        }
        if (is_complete != base::bool_at(manifest_, "complete"))
            return base::refuse(damaged("manifest.json", "complete"));
        return {};
    }

    /// Nothing to say about what is not there (an archive of a deal under way).
    static base::Status in_order(const Claim* first, const Claim* second) {
        if (first == nullptr || second == nullptr) return {};
        if (first->seq < second->seq && first->at <= second->at) return {};
        return base::refuse(
            damaged("manifest.json", first->role + " does not come before " + second->role));
    }

    base::Status check_order() const {
        const std::string notice = base::text_at(manifest_, "notice");
        const Claim* published = notice.empty() ? nullptr : find("notice_published", notice);
        const Claim* completed = notice.empty() ? nullptr : find("notice_completed", notice);
        const Claim* written = find("contract");
        if (!std::ranges::is_sorted(claims_, {}, &Claim::seq))
            return base::refuse(damaged("manifest.json", "steps are not in order"));
        TRY(in_order(find("minutes"), published));
        TRY(in_order(published, completed));
        TRY(in_order(completed, written));
        TRY(in_order(find("agreed"), published));
        TRY(in_order(find("agreed"), written));
        TRY(in_order(written, find("registration")));
        if (written != nullptr && base::bool_at(manifest_, "needs_notice") && completed == nullptr)
            return base::refuse(damaged("manifest.json", "contract without a completed notice"));
        if (completed != nullptr && find("minutes") == nullptr)
            return base::refuse(damaged("manifest.json", "notice without minutes"));
        for (const Claim& claim : claims_) {
            if (claim.notice != notice || notice.empty()) continue;
            if (claim.role == "objection_filed") TRY(in_order(published, &claim));
            // A tip may be answered later: only what stops the clock must end before it.
            if (claim.role == "objection_decided" && claim.action != "price_objection.note")
                TRY(in_order(&claim, completed));
        }
        return check_term(published, completed);
    }

    base::Status check_term(const Claim* published, const Claim* completed) const {
        if (published == nullptr || completed == nullptr) return {};
        const auto body = base::parse_json(TRY(file(published->evidence)), 64 << 20);
        if (!body || !body->is_object())
            return base::refuse(damaged(published->evidence, "is not JSON"));
        const object& term = base::object_at(body->get_object(), "term");
        const auto ends = base::parse_iso(base::text_at(term, "ends_at"));
        const std::int64_t days = base::integer_at(term, "calendar_days").value_or(0);
        if (!ends || completed->at < *ends || completed->at < published->at + base::days(days))
            return base::refuse(damaged("manifest.json", "the notice ended before its term"));
        return {};
    }

    base::Result<ArchiveReport> report() const {
        ArchiveReport result;
        result.agreement = base::text_at(manifest_, "agreement");
        result.is_complete = base::bool_at(manifest_, "complete");
        const auto made_at = base::parse_iso(base::text_at(manifest_, "made_at"));
        if (!made_at) return base::refuse(damaged("manifest.json", "made_at"));
        result.made_at = *made_at;
        for (const Claim& claim : claims_) {
            result.course.push_back(base::to_local_string(claim.at) + " #" +
                                    std::to_string(claim.seq) + " " + claim.role);
        }
        return result;
    }

    const ArchiveFiles& files_;
    std::string_view public_key_;
    object manifest_;
    std::string signature_algorithm_;
    base::HashAlgorithm algorithm_ = base::HashAlgorithm::sm3;
    std::vector<Claim> claims_;
};

}  // namespace

base::Result<ArchiveReport> verify_archive_files(const ArchiveFiles& files,
                                                 std::string_view public_key_pem) {
    return Verification(files, public_key_pem).run();
}

}  // namespace trade
