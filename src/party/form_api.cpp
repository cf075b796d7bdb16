// The HTML forms of the public pages, which work without scripts (struct PartyApi). Their pages are
// drawn elsewhere; here they are received. A refusal becomes the error page with all defects.

#include "base/hash.h"
#include "party/party_api.h"

namespace party {

namespace {

using Fields = std::map<std::string, std::string>;

std::string field(const Fields& fields, const std::string& name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
}

/// A path on this site, or the fallback: nobody is sent elsewhere after signing in.
std::string local_path(const std::string& wanted, std::string fallback) {
    const bool local = wanted.starts_with('/') && !wanted.starts_with("//") &&
                       wanted.find('\\') == std::string::npos && wanted.size() < 500;
    for (const char letter : wanted)
        if (static_cast<unsigned char>(letter) <= ' ' || letter == 0x7f) return fallback;
    return local ? wanted : fallback;
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' ||
                           letter == '.' || letter == '/';
        if (plain)
            result += letter;
        else
            result += "%" + base::to_hex(std::span(&byte, 1));
    }
    return result;
}

Accounts::NewAccount account_of(const Fields& fields, base::Language language) {
    Accounts::NewAccount draft;
    draft.login = field(fields, "login");
    draft.name = field(fields, "person_name");
    draft.email = field(fields, "email");
    draft.phone = field(fields, "phone");
    draft.password = field(fields, "password");
    draft.language = language;
    return draft;
}

base::Result<http::Reply> receive_sign_in(const PartyApi& api, const http::Request& request) {
    const Fields fields = TRY(request.form());
    SignIn wanted;
    wanted.login = field(fields, "login");
    wanted.password = field(fields, "password");
    wanted.totp = field(fields, "totp");
    wanted.address = request.remote_address;
    wanted.device = request.header("user-agent");
    const std::string next = local_path(field(fields, "next"), "/desk/");
    const auto opened = api.accounts.sign_in(api.database, wanted);
    if (opened) return http::see_other(next).with_cookie(api.session_cookie(opened->second));
    // Back to the form, which shows the refusal; nothing that was typed goes into the address.
    const base::Error& reason = opened.error();
    if (reason.kind == base::ErrorKind::unavailable) return base::refuse(reason);
    std::string location = "/sign-in?error=" + escaped(reason.code) + "&next=" + escaped(next);
    if (const auto until = reason.parameters.find("until"); until != reason.parameters.end())
        location += "&until=" + escaped(until->second);
    return http::see_other(std::move(location));
}

base::Result<http::Reply> receive_registration(const PartyApi& api, const http::Request& request) {
    const Fields fields = TRY(request.form());
    OrganisationDraft organisation;
    organisation.credit_code = field(fields, "credit_code");
    organisation.name = field(fields, "name");
    organisation.name_en = field(fields, "name_en");
    organisation.place = field(fields, "place");
    organisation.address = field(fields, "address");
    organisation.introduction = field(fields, "introduction");
    organisation.kind = TRY(parse_organisation_kind(field(fields, "kind")));
    organisation.is_public_body = !field(fields, "is_public_body").empty();
    TRY(api.accounts.register_with_organisation(api.database, account_of(fields, request.language),
                                                organisation, api.organisations));
    return http::see_other("/sign-in?registered=1");
}

}  // namespace

void PartyApi::mount_forms(http::Router& router) const {
    const PartyApi api = *this;
    router.post("/sign-in", {.summary = "Sign in (form)", .cost = 10, .hidden = true},
                [api](const http::Request& request) { return receive_sign_in(api, request); });
    router.post("/sign-out", {.summary = "Sign out (form)", .hidden = true},
                [api](const http::Request& request) -> base::Result<http::Reply> {
                    const auto cookie = request.cookies.find(std::string(cookie_name));
                    if (cookie != request.cookies.end())
                        TRY(api.accounts.sign_out(api.database, cookie->second));
                    return http::see_other("/").with_cookie(api.ended_cookie());
                });
    router.post("/register", {.summary = "Register (form)", .cost = 20, .hidden = true},
                [api](const http::Request& request) { return receive_registration(api, request); });
    router.post("/setup", {.summary = "First administrator (form)", .cost = 20, .hidden = true},
                [api](const http::Request& request) -> base::Result<http::Reply> {
                    const Fields fields = TRY(request.form());
                    TRY(api.accounts.set_up(api.database, field(fields, "code"),
                                            account_of(fields, request.language)));
                    return http::see_other("/sign-in?registered=1");
                });
    router.post("/invitations/{code}",
                {.summary = "Accept an invitation (form)", .cost = 20, .hidden = true},
                [api](const http::Request& request) -> base::Result<http::Reply> {
                    const Fields fields = TRY(request.form());
                    TRY(api.accounts.accept_invitation(api.database, request.value("code"),
                                                       account_of(fields, request.language)));
                    return http::see_other("/sign-in?registered=1");
                });
}

}  // namespace party
