#include "contract/certificate.h"

#include "base/hash.h"
#include "format/pdf.h"
#include "format/qr.h"

namespace contract {
namespace {

std::string yuan(const base::Money& money) {
    return money.to_grouped_string() + " CNY";
}

/// Full amounts with their capitals, as paper certificates have them.
std::string amount_text(const base::Money& money, base::Language language) {
    bool chinese = language == base::Language::zh_cn || language == base::Language::zh_tw;
    return chinese ? yuan(money) + "  " + money.to_chinese_capitals() : yuan(money);
}

}  // namespace

base::Result<CertificateView> Certificates::view(store::Reader& reader, const Contract& contract,
                                                 const workflow::Cases& cases) const {
    if (!contract.registered_on) return base::refuse(base::conflict("certificate_not_issued"));
    workflow::Case current = TRY(cases.require(reader, Contracts::process, contract.id.text()));
    CertificateView view;
    view.contract = &contract;
    view.state = current.current.state;
    for (const auto& decision : cases.decisions(reader, Contracts::process, contract.id.text())) {
        view.was_changed = view.was_changed || decision.transition == "accept_change";
    }
    view.point_name = TRY(party::Organisations::require(reader, contract.point)).name;
    view.digest = registered_digest(contract);
    view.signature = base::to_base64(signer_->sign(view.digest));
    return view;
}

std::string Certificates::verification_url(const Contract& contract) const {
    return site_url_ + "/contracts/verify?code=" + contract.certificate_code;
}

std::string Certificates::class_name(const Contract& contract, base::Language language) const {
    auto profile = rule_sets_->find(contract.rule_set);
    if (profile) {
        for (const ContractClass& entry : (*profile)->classes()) {
            if (entry.code == contract.class_code) return entry.name.in(language);
        }
    }
    return contract.class_code;
}

std::vector<std::pair<std::string, std::string>> Certificates::lines(
    const CertificateView& view, base::Language language) const {
    const Contract& contract = *view.contract;
    auto label = [&](std::string_view key) {
        return texts_->get(language, "certificate." + std::string(key));
    };
    auto body = [&](std::string_view field) { return base::text_at(contract.body, field); };
    auto profile = rule_sets_->find(contract.rule_set);
    return {{label("number"), contract.local_no},
            {label("contract"), contract.title()},
            {label("class"), class_name(contract, language)},
            {label("seller"), body("seller_name")},
            {label("buyer"), body("buyer_name")},
            {label("signed_on"), body("signed_on")},
            {label("valid"), body("valid_from") + " – " + body("valid_to")},
            {label("total"), amount_text(contract.total, language)},
            {label("technical"), amount_text(contract.technical, language)},
            {label("accepted_on"), contract.accepted_on ? contract.accepted_on->to_string() : ""},
            {label("registered_on"), contract.registered_on->to_string()},
            {label("point"), view.point_name},
            {label("rule_set"), profile ? (*profile)->name().in(language) : contract.rule_set}};
}

base::Result<std::string> Certificates::pdf(const CertificateView& view, base::Language language,
                                            base::Time now) const {
    const Contract& contract = *view.contract;
    auto text = [&](std::string_view key) {
        return texts_->get(language, "certificate." + std::string(key), {{"site", site_url_}});
    };
    format::PdfDocument document({.title = text("title") + " " + contract.local_no,
                                  .language = language,
                                  .created = now,
                                  .footer = contract.local_no});
    document.title(text("title"));
    if (contract.is_sample) document.paragraph(text("sample"));
    document.key_values(lines(view, language));
    document.space(4);
    format::QrCode code = TRY(format::QrCode::make(verification_url(contract)));
    document.qr(code, 34,
                text("code") + ": " + contract.certificate_code + "\n" + text("check") + "\n" +
                    text("digest") + ": " + view.digest);
    document.note(text("note"));
    return document.finish();
}

}  // namespace contract
