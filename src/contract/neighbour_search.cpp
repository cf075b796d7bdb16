#include "contract/neighbour_search.h"

#include <set>

#include "contract/statistics.h"
#include "workflow/attachment.h"

namespace contract {
namespace {

NeighbourParty party_from(store::Reader& reader, const base::json::object& body,
                          std::string_view side) {
    NeighbourParty party;
    party.credit_code = base::text_at(body, std::string(side) + "_credit_code");
    // "境外" and the like name nobody.
    if (!party::is_valid_credit_code(party.credit_code)) return {};
    if (auto known = party::Organisations::find_by_credit_code(reader, party.credit_code)) {
        party.address = known->address;
    }
    return party;
}

/// Waits for a decision. A draft may never be filed, and what was refused or withdrawn is none.
bool is_filed(store::Reader& reader, const workflow::Cases& cases, std::string_view contract) {
    auto current = cases.find(reader, Contracts::process, contract);
    return current &&
           (current->current.state == "submitted" || current->current.state == "supplement");
}

}  // namespace

NeighbourContract neighbour_from(store::Reader& reader, const Contract& contract) {
    NeighbourContract result;
    result.id = contract.id.text();
    result.seller = party_from(reader, contract.body, "seller");
    result.buyer = party_from(reader, contract.body, "buyer");
    result.title = contract.title();
    for (const auto& file : workflow::Attachments::of(reader, contract.id.text())) {
        if (file.kind == "contract_text" && !file.removed) result.text_hash = file.sha256;
    }
    if (auto day = base::Date::parse(base::text_at(contract.body, "signed_on")))
        result.signed_on = *day;
    auto total = base::Money::parse(base::text_at(contract.body, "total"));
    if (total) result.total = *total;
    result.technical = contract.registered_on ? contract.technical : result.total;
    return result;
}

std::vector<NeighbourQuestion> neighbours_of(store::Reader& reader, const workflow::Cases& cases,
                                             const Profile& profile, const Contract& contract) {
    std::set<std::string> ids;
    std::string seller = party_key(base::text_at(contract.body, "seller_credit_code"));
    std::string buyer = party_key(base::text_at(contract.body, "buyer_credit_code"));
    for (const store::Row& row : reader.query(
             "select subject from contract_statistic where seller_key in (:seller, :buyer) and "
             "buyer_key in (:seller, :buyer) and (seller_key <> '' or buyer_key <> '') and "
             "is_imported = 0 order by day desc limit 500",
             {{"seller", seller}, {"buyer", buyer}})) {
        ids.insert(row.text(0));
    }
    // Applications on their way count as well: a contract is often split on one day.
    for (const store::Row& row :
         reader.query("select id from contract_contract where owner = :owner and registered_on is "
                      "null and id <> :id order by id desc limit 500",
                      {{"owner", contract.owner}, {"id", contract.id}})) {
        if (is_filed(reader, cases, row.text(0))) ids.insert(row.text(0));
    }
    ids.erase(contract.id.text());
    std::vector<NeighbourContract> others;
    for (const std::string& id : ids) {
        if (auto other = find_contract(reader, base::Id<Contract>(id)))
            others.push_back(neighbour_from(reader, *other));
    }
    return neighbour_questions(profile, neighbour_from(reader, contract), others);
}

}  // namespace contract
