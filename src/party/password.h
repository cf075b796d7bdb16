#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace party {

/// Passwords: Argon2id (libsodium, interactive limits: 64 MiB, about 50–100 ms). At most four are
/// computed at once, so that a flood of sign-ins cannot eat the machine's memory. Thread-safe.
/// Never call these within a store transaction.
std::string hash_password(std::string_view password);

/// False for a wrong password and for an empty hash, after the same work in both cases: an unknown
/// login must not be told by time.
bool verify_password(std::string_view hash, std::string_view password);

/// The policy: 10–200 characters, valid UTF-8 without control characters, not the login or the
/// name, none of the common ones (also not with digits appended), not one repeated character or a
/// plain run. Error `password_weak` {rule}.
base::Status check_password_policy(std::string_view password, std::string_view login,
                                   std::string_view name);

}  // namespace party
