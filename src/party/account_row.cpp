#include "party/account_row.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "party/password.h"

namespace party {

namespace {

constexpr std::string_view select_account =
    "select id, login, name, email, phone, language, active, totp_confirmed, "
    "must_change_password, version, password_hash, totp_secret, totp_last_step from party_account ";

AccountSecrets read_row(const store::Row& row) {
    AccountSecrets result;
    Account& account = result.account;
    account.id = row.id<Account>(0);
    account.login = row.text(1);
    account.name = row.text(2);
    account.email = row.text(3);
    account.phone = row.text(4);
    account.language = base::parse_language(row.text(5)).value_or(base::Language::zh_cn);
    account.active = row.flag(6);
    account.has_totp = row.flag(7);
    account.must_change_password = row.flag(8);
    account.version = row.integer(9);
    result.password_hash = row.text(10);
    result.totp_secret = row.text(11);
    result.totp_last_step = row.integer(12);
    return result;
}

bool is_login_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '.' ||
           letter == '_' || letter == '-' || letter == '@';
}

bool is_plausible_phone(std::string_view phone) {
    const auto digits = std::ranges::count_if(phone, [](char c) { return c >= '0' && c <= '9'; });
    const bool letters_fit = std::ranges::all_of(phone, [](char c) {
        return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == ' ' || c == '(' || c == ')';
    });
    return letters_fit && digits >= 5 && phone.size() <= 30;
}

}  // namespace

std::optional<AccountSecrets> load_account(store::Reader& reader, const base::Id<Account>& id) {
    const auto row = reader.first(std::string(select_account) + "where id = :id", {{"id", id}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

std::optional<AccountSecrets> load_account_by_login(store::Reader& reader, std::string_view login) {
    const auto row =
        reader.first(std::string(select_account) + "where login = :login", {{"login", login}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

std::string fold_login(std::string_view login) {
    if (!base::is_valid_utf8(login)) return {};
    return base::to_lower_ascii(base::trim(login));
}

bool is_plausible_email(std::string_view email) {
    const std::size_t at = email.find('@');
    if (at == std::string_view::npos || at == 0 || email.size() > 254) return false;
    const std::string_view domain = email.substr(at + 1);
    const bool no_spaces = std::ranges::none_of(email, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == '<' || c == '>' ||
               c == ';' || c == '"' || c == 0x7f;
    });
    return no_spaces && domain.find('@') == std::string_view::npos &&
           domain.find('.') != std::string_view::npos && !domain.starts_with('.') &&
           !domain.ends_with('.');
}

std::vector<base::Error> check_profile(Accounts::Profile& profile) {
    std::vector<base::Error> defects;
    for (const auto& [field, value] :
         {std::pair{"name", &profile.name}, std::pair{"email", &profile.email},
          std::pair{"phone", &profile.phone}}) {
        if (base::is_valid_utf8(*value) && !base::has_control_characters(*value)) continue;
        defects.push_back(base::invalid("field_control_characters").at(field));
    }
    if (!defects.empty()) return defects;
    profile.name = base::trim(profile.name);
    profile.email = base::trim(profile.email);
    profile.phone = base::trim(profile.phone);
    if (profile.name.empty()) defects.push_back(base::invalid("field_missing").at("name"));
    if (base::count_characters(profile.name) > 50)
        defects.push_back(base::invalid("field_too_long").with("max", "50").at("name"));
    if (!profile.email.empty() && !is_plausible_email(profile.email))
        defects.push_back(base::invalid("email_malformed").at("email"));
    if (!profile.phone.empty() && !is_plausible_phone(profile.phone))
        defects.push_back(base::invalid("phone_malformed").at("phone"));
    return defects;
}

std::vector<base::Error> check_account(Accounts::NewAccount& account) {
    std::vector<base::Error> defects;
    account.login = fold_login(account.login);
    const bool login_fits = account.login.size() >= 3 && account.login.size() <= 40 &&
                            std::ranges::all_of(account.login, is_login_letter);
    if (!login_fits) defects.push_back(base::invalid("login_malformed").at("login"));
    Accounts::Profile profile{account.name, account.email, account.phone, account.language};
    for (base::Error& defect : check_profile(profile))
        defects.push_back(std::move(defect));
    account.name = profile.name;
    account.email = profile.email;
    account.phone = profile.phone;
    const auto policy = check_password_policy(account.password, account.login, account.name);
    if (!policy) defects.push_back(policy.error());
    return defects;
}

std::string hash_of_token(std::string_view token) {
    return base::to_hex(base::sha256(token));
}

}  // namespace party
