#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "match/scorer.h"
#include "party/permission.h"
#include "store/database.h"

namespace match {

/// What somebody did that says whether a pair fits. From opinion to money: the later ones count more.
enum class EvidenceKind { no, good, reply, meeting, contract };
std::string_view to_string(EvidenceKind kind);
std::optional<EvidenceKind> parse_evidence_kind(std::string_view name);

/// How much of each part a pair had, of what it could have had (0 to 1); unknown parts are absent.
using Shares = std::map<std::string, double>;
Shares shares_of(const Score& score);

struct Evidence {
    std::string id;
    std::string demand;
    std::string achievement;
    EvidenceKind kind = EvidenceKind::good;
    std::string reason;  ///< of a no: one of refusal_reasons()
    std::string note;
    std::string account;  ///< who judged; empty for what the site observed
    std::string organisation;
    Shares shares;  ///< at the time
    std::int64_t weights_version = 0;
    base::Time at;
};

/// Codes with texts in match.yaml under match.refusal: why a suggested pair does not fit.
std::vector<std::string_view> refusal_reasons();

/// Whose an entry of a pair is, and where.
struct PairSide {
    std::string owner;
    std::string place;
};

struct VerdictRequest {
    std::string demand;
    std::string achievement;
    bool is_good = false;
    std::string reason;  ///< required when it is not good
    std::string note;    ///< at most 500 characters, optional
    PairSide demand_side;
    PairSide achievement_side;
};

/// What an actor may say about a pair.
struct VerdictRight {
    bool may_refuse = false;
    bool may_approve = false;  ///< never of a pair of one's own: to like it is to ask for contact
};

/// The ledger of verdicts and observed facts about pairs. Rows are only added; a new verdict of the
/// same person on the same pair stands beside the old one, and the latest counts. Stateless;
/// thread-safe.
class EvidenceBook {
  public:
    explicit EvidenceBook(const party::Permissions& permissions) : permissions_(&permissions) {}

    VerdictRight right_of(const party::Actor& actor, const PairSide& demand,
                          const PairSide& achievement) const;
    /// A person's verdict. Errors: not_permitted (action match.judge, where either entry lies),
    /// `verdict_on_own_pair`, `refusal_reason_unknown`, `field_too_long` (note).
    base::Result<Evidence> judge(store::Transaction&, const party::Actor&, const VerdictRequest&,
                                 const Score& score, std::int64_t weights_version) const;
    /// What the site saw (reply, meeting, contract); `source` is the record it was seen in: told
    /// twice is told once. True when it was new.
    base::Result<bool> observe(store::Transaction&, EvidenceKind kind, std::string_view demand,
                               std::string_view achievement, std::string_view source,
                               const Score& score, std::int64_t weights_version) const;

    /// The latest of each person and kind about each pair, oldest first, at most `limit`.
    static std::vector<Evidence> all(store::Reader&, std::size_t limit);
    /// How many `all` would give without a limit.
    static std::int64_t count(store::Reader&);
    /// The pairs on which the organisation (or, without one, the account) has given a verdict.
    static std::vector<std::pair<std::string, std::string>> judged_by(store::Reader&,
                                                                      const party::Actor&);
    static std::vector<Evidence> of_pair(store::Reader&, std::string_view demand,
                                         std::string_view achievement);
    /// How often each refusal reason was given, for owners and the coach.
    static std::map<std::string, std::int64_t> refusals(store::Reader&);

  private:
    const party::Permissions* permissions_;
};

}  // namespace match
