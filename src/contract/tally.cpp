#include "contract/tally.h"

#include <set>

#include "contract/contract.h"

namespace contract {
namespace {

void add(store::Reader& reader, const workflow::Cases& cases, const TallyQuestion& question,
         const std::string& column, std::set<std::string>& seen, Tally& result) {
    const std::string from = question.year ? std::to_string(*question.year) + "-01-01" : "0";
    const std::string to = question.year ? std::to_string(*question.year) + "-12-31" : "9999-12-31";
    for (const store::Row& row :
         reader.query("select id, total_fen, technical_fen from contract_contract where " + column +
                          " = :who and registered_on >= :low and registered_on <= :high"
                          " and class_code like :class",
                      {{"who", question.organisation.text()},
                       {"low", from},
                       {"high", to},
                       {"class", question.class_prefix + "%"}})) {
        const auto stands = cases.find(reader, Contracts::process, row.text(0));
        const bool counts = stands && stands->current.state != "cancelled";
        if (!counts || !seen.insert(row.text(0)).second) continue;
        result.count += 1;
        result.amount += base::Money::fen(row.integer(1));
        result.technical += base::Money::fen(row.integer(2));
    }
}

}  // namespace

Tally tally(store::Reader& reader, const workflow::Cases& cases, const TallyQuestion& question) {
    Tally result;
    std::set<std::string> seen;
    if (question.side != "buyer") add(reader, cases, question, "owner", seen, result);
    if (question.side != "seller") add(reader, cases, question, "counterpart", seen, result);
    return result;
}

}  // namespace contract
