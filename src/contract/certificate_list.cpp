#include "contract/certificate_list.h"

#include "base/check.h"
#include "format/pdf.h"

namespace contract {

CertificateList certificates_of(store::Reader& reader, const workflow::Cases& cases,
                                const party::Organisation& owner, int year) {
    CertificateList list{.seller = owner.name, .year = year};
    for (const store::Row& row :
         reader.query("select id from contract_contract where owner = :owner and registered_on >= "
                      ":from and registered_on <= :to order by local_no limit 5000",
                      {{"owner", owner.id},
                       {"from", base::Date{year, 1, 1}.to_string()},
                       {"to", base::Date{year, 12, 31}.to_string()}})) {
        auto contract = find_contract(reader, row.id<Contract>(0));
        auto current = cases.find(reader, Contracts::process, row.text(0));
        CHECK(contract.has_value() && current.has_value());
        CertificateList::Line line{std::move(*contract), current->current.state};
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
                        line.counts() ? contract.total.to_grouped_string() : word(line.state),
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
