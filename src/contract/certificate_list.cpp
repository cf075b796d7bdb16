#include "contract/certificate_list.h"

#include <set>

#include "base/check.h"
#include "format/pdf.h"

namespace contract {

CertificateList certificates_of(store::Reader& reader, const workflow::Cases& cases,
                                const party::Organisation& owner, int year) {
    CertificateList list{.seller = owner.name, .year = year};
    std::set<std::string> standing;
    for (const store::Row& row : reader.query(
             "select s.subject from contract_statistic s join contract_contract c on c.id = "
             "s.subject where c.owner = :owner",
             {{"owner", owner.id}})) {
        standing.insert(row.text(0));
    }
    for (Contract& contract : registrations_of(reader, owner.id, {year, 1, 1}, {year, 12, 31})) {
        CertificateList::Line line{std::move(contract), {}};
        if (!standing.contains(line.contract.id.text())) {
            auto current = cases.find(reader, Contracts::process, line.contract.id.text());
            CHECK(current.has_value());
            line.ended = current->current.state;
        }
        if (line.counts()) {
            list.total += line.contract.total;
            list.technical += line.contract.technical;
        }
        list.lines.push_back(std::move(line));
    }
    return list;
}

std::string certificate_list_pdf(const CertificateList& list, const base::Texts& texts,
                                 const workflow::Codes& codes, base::Language language,
                                 base::Time now) {
    auto word = [&](const std::string& key,
                    const std::map<std::string, std::string>& parameters = {}) {
        return texts.get(language, "certificate_list." + key, parameters);
    };
    std::string title = word("title", {{"year", std::to_string(list.year)}});
    format::PdfDocument document({.title = title,
                                  .language = language,
                                  .created = now,
                                  .footer = word("footer", {{"day", base::to_local_string(now)}})});
    document.title(title);
    document.key_values({{word("seller"), list.seller},
                         {word("number_of"), std::to_string(list.lines.size())},
                         {word("total"), list.total.to_grouped_string()},
                         {word("technical"), list.technical.to_grouped_string()}});
    std::vector<std::vector<std::string>> rows;
    for (const CertificateList::Line& line : list.lines) {
        const Contract& contract = line.contract;
        rows.push_back({contract.local_no, contract.title(),
                        codes.label("contract_classes", contract.class_code, language),
                        base::text_at(contract.body, "buyer_name"),
                        contract.registered_on->to_string(),
                        line.counts() ? contract.total.to_grouped_string() : word(line.ended),
                        line.counts() ? contract.technical.to_grouped_string() : ""});
    }
    document.table({{word("number"), 4},
                    {word("contract"), 5},
                    {word("class"), 3},
                    {word("buyer"), 4},
                    {word("day"), 3},
                    {word("total"), 3, format::Align::right},
                    {word("technical"), 3, format::Align::right}},
                   rows);
    document.note(word("note"));
    return document.finish();
}

}  // namespace contract
