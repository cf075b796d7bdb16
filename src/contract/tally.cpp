#include "contract/tally.h"

namespace contract {

Tally tally(store::Reader& reader, const TallyQuestion& question) {
    const bool sells = question.side != "buyer";
    const bool buys = question.side != "seller";
    const std::string year = question.year ? std::to_string(*question.year) : "";
    // Statistics hold exactly the registrations that stand.
    const auto row = reader.first(
        "select count(*), cast(sum(s.total_fen) as bigint), cast(sum(s.technical_fen) as bigint) "
        "from contract_statistic s join contract_contract c on c.id = s.subject where "
        "((:sells = 1 and c.owner = :who) or (:buys = 1 and c.counterpart = :who)) and "
        "(:year = '' or substr(s.day, 1, 4) = :year) and (:class = '' or s.class_code = :class or "
        "(s.class_code >= :class_low and s.class_code < :class_high))",
        {{"sells", sells},
         {"buys", buys},
         {"who", question.organisation},
         {"year", year},
         {"class", question.class_code},
         {"class_low", question.class_code + "."},
         {"class_high", question.class_code + "/"}});
    return {row->integer(0), base::Money::fen(row->integer_if(1).value_or(0)),
            base::Money::fen(row->integer_if(2).value_or(0))};
}

}  // namespace contract
