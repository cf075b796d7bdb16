// An application as far as the deal already tells it.
#include "contract/agreement.h"
#include "contract/contract.h"

namespace contract {
namespace {

using base::json::array;
using base::json::object;

/// What a mode of cooperation makes of the contract: class, kind of its one part, licence.
struct ModeRow {
    std::string_view mode;
    std::string_view class_code;
    std::string_view part_kind;
    std::string_view ip;
    std::string_view licence;
};
constexpr ModeRow mode_rows[] = {
    {"transfer", "TRANSFER.PATENT", "rights", "patent", ""},
    {"licence_exclusive", "LICENCE.PATENT.EXCLUSIVE", "use", "patent", "exclusive"},
    {"licence_sole", "LICENCE.PATENT.SOLE", "use", "patent", "sole"},
    {"licence_ordinary", "LICENCE.PATENT.ORDINARY", "use", "patent", "ordinary"},
    {"equity", "TRANSFER.EQUITY", "equity", "patent", ""},
    {"development", "DEV.COMMISSIONED", "rnd", "", ""},
    {"cooperation", "DEV.COOPERATIVE", "rnd", "", ""},
    {"consulting", "CONSULT", "analysis", "", ""},
    {"service", "SERVICE.GENERAL", "problem", "", ""},
};

void set_party(object& body, std::string_view side, const party::Organisation& organisation) {
    std::string prefix(side);
    body[prefix + "_name"] = organisation.name;
    body[prefix + "_credit_code"] = organisation.credit_code;
    body[prefix + "_place"] = organisation.place;
}

void set_mode(object& body, std::string_view mode) {
    for (const ModeRow& row : mode_rows) {
        if (row.mode != mode) continue;
        body["class_claimed"] = row.class_code;
        object part{{"id", "P1"}, {"kind", row.part_kind}};
        if (!row.ip.empty()) part["ip"] = row.ip;
        if (!row.licence.empty()) part["licence"] = row.licence;
        if (mode == "cooperation") part["research_by"] = "all";
        body["parts"] = array{part};
    }
}

}  // namespace

object body_from(store::Reader& reader, const Agreement& agreement, base::Time now) {
    object body{{"title", agreement.result_name()}, {"direction", "domestic"}};
    auto seller = party::Organisations::find(reader, agreement.seller);
    auto buyer = party::Organisations::find(reader, agreement.buyer);
    if (seller) set_party(body, "seller", *seller);
    if (buyer) set_party(body, "buyer", *buyer);
    base::Date today = base::date_in_shanghai(now);
    body["signed_on"] = today.to_string();
    body["valid_from"] = today.to_string();
    set_mode(body, base::text_at(agreement.body, "mode"));
    for (std::string_view name : {"ip_terms", "payment_mode"}) {
        std::string text = base::text_at(agreement.body, name);
        if (!text.empty()) body[name] = text;
    }
    std::string scope = base::text_at(agreement.body, "scope");
    if (!scope.empty()) body["subject"] = scope;
    auto entry = catalog::Entries::find(reader, agreement.entry);
    if (entry) {
        std::string field = base::text_at(entry->body, "field");
        if (!field.empty()) body["field"] = field;
    }
    auto price = agreement.price();
    if (price && price->currency == base::Currency()) {
        body["total"] = price->to_string();
        body["lines"] =
            array{object{{"part", "P1"}, {"amount", price->to_string()}, {"kind", "technical"}}};
    }
    return body;
}

}  // namespace contract
