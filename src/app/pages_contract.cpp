// The public face of registrations: anyone verifies a certificate.
#include "app/page_view.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;

base::Result<http::Reply> verify(const PageView& view, const http::Request& request) {
    std::string code = request.query_or("code");
    object page{{"title", view.text(request, "verify.title")}, {"code", code}};
    if (code.empty()) return view.render(request, "verify", std::move(page));
    page = TRY(view.read([&](store::Reader& reader) -> base::Result<object> {
        auto contract = contract::find_registered(reader, code);
        if (!contract) {
            page["not_found"] = true;
            return page;
        }
        contract::CertificateView certificate =
            TRY(view.site().certificates->view(reader, *contract, *view.site().cases));
        std::string verdict = certificate.state == "revoked"     ? "revoked"
                              : certificate.state == "cancelled" ? "cancelled"
                              : certificate.was_changed          ? "changed"
                                                                 : "valid";
        page["found"] = true;
        page["box"] = verdict == "cancelled" || verdict == "revoked" ? "faults" : "done";
        page["verdict"] = view.text(request, "verify." + verdict);
        page["verdict_hint"] = view.text(request, "verify." + verdict + "_hint");
        // Whoever holds the code holds the certificate and may see all of it; by the number alone
        // only that the registration exists.
        bool by_code = code == contract->certificate_code;
        array pairs;
        std::size_t shown = 0;
        for (const auto& [label, text] :
             view.site().certificates->lines(certificate, request.language)) {
            bool is_number_or_class = shown == 0 || shown == 2;
            if (by_code || is_number_or_class ||
                label == view.text(request, "certificate.registered_on") ||
                label == view.text(request, "certificate.point")) {
                pairs.push_back(object{{"label", label}, {"text", text}});
            }
            ++shown;
        }
        page["pairs"] = std::move(pairs);
        page["digest"] = certificate.digest + "\n" + certificate.signature;
        return page;
    }));
    return view.render(request, "verify", std::move(page));
}

}  // namespace

void mount_contract_pages(http::Router& router, const PageView& view) {
    router.get("/contracts/verify", {.hidden = true},
               [&view](const http::Request& request) { return verify(view, request); });
}

}  // namespace app
