// The deal certificate as a document. What it attests is in listing_office.cpp (deal_statement).
#include "base/hash.h"
#include "format/pdf.h"
#include "format/qr.h"
#include "trade/listing_api.h"

namespace trade {

std::vector<std::pair<std::string, std::string>> deal_certificate_lines(
    const base::Texts& texts, const base::json::object& statement, base::Language language) {
    const auto label = [&](std::string_view key) {
        return texts.get(language, "listing." + std::string(key));
    };
    const auto value = [&](std::string_view key) { return base::text_at(statement, key); };
    const auto currency = base::Currency::parse(value("currency"));
    const auto price = base::Money::parse(value("price"), currency.value_or(base::Currency()));
    const auto at = base::parse_iso(value("certified_at"));
    return {{label("number"), value("certificate")},
            {label("object"), value("object")},
            {label("seller"), value("seller")},
            {label("winner"), value("buyer")},
            {label("operator"), value("host")},
            {label("mode"), label("mode_listing")},
            {label("price_result"),
             price ? price->to_grouped_string() + " " + value("currency") : value("price")},
            {label("contract_number"), value("contract_number")},
            {label("certified_at"), at ? base::to_local_string(*at) : ""},
            {label("terms_hash"), value("terms")}};
}

base::Result<std::string> deal_certificate_pdf(store::Reader& reader, const ListingApi& api,
                                               const Listing& listing, base::Language language,
                                               base::Time now) {
    if (listing.certificate.empty())
        return base::refuse(base::not_found("deal_certificate_unknown"));
    const base::json::object statement = deal_statement(reader, listing);
    const std::string digest = base::to_hex(base::sha256(base::canonical_json(statement)));
    const auto text = [&](std::string_view key) {
        return api.texts->get(language, "listing." + std::string(key));
    };
    format::PdfDocument document({.title = text("certificate_title") + " " + listing.certificate,
                                  .language = language,
                                  .created = now,
                                  .footer = listing.certificate});
    document.title(text("certificate_title"));
    if (listing.is_sample) document.paragraph(text("sample"));
    document.key_values(deal_certificate_lines(*api.texts, statement, language));
    document.space(4);
    const format::QrCode code =
        TRY(format::QrCode::make(api.site_url + "/deals/verify?code=" + listing.certificate));
    document.qr(
        code, 34,
        text("number") + ": " + listing.certificate + "\n" + text("digest") + ": " + digest);
    document.note(text("certificate_note"));
    document.note(base::to_base64(api.signer->sign(digest)));
    return document.finish();
}

}  // namespace trade
