#pragma once

#include <optional>
#include <string>
#include <vector>

#include "party/account.h"
#include "store/database.h"

namespace party {

/// What only this module sees of an account's row.
struct AccountSecrets {
    Account account;
    std::string password_hash;
    std::string totp_secret;  ///< base64 of the sealed bytes, empty if none
    std::int64_t totp_last_step = 0;
};

std::optional<AccountSecrets> load_account(store::Reader& reader, const base::Id<Account>& id);
std::optional<AccountSecrets> load_account_by_login(store::Reader& reader, std::string_view login);

/// The form in which logins are stored and compared.
std::string fold_login(std::string_view login);

/// Trims the texts of `account` in place and returns what is wrong with them.
std::vector<base::Error> check_account(Accounts::NewAccount& account);
/// As above, for the parts that people may change.
std::vector<base::Error> check_profile(Accounts::Profile& profile);
bool is_plausible_email(std::string_view email);

/// SHA-256 in hex: tokens and codes are stored only so.
std::string hash_of_token(std::string_view token);

}  // namespace party
