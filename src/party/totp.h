#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace party {

/// RFC 6238 with HMAC-SHA-1, 30-second steps: what every authenticator app understands. Pure.
inline constexpr std::int64_t totp_step_seconds = 30;

std::int64_t totp_step(base::Time moment);
/// The code of a step, `digits` long with leading zeros. `secret` is raw bytes.
std::string totp_code(std::string_view secret, std::int64_t step, int digits = 6);
/// The step whose code it is, one step before to one after `now`, later than `last_step` (a code
/// works once); nothing if none.
std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code,
                                       base::Time now, std::int64_t last_step);
/// RFC 4648 base 32 without padding.
std::string to_base32(std::string_view bytes);
/// "otpauth://totp/Guiqiao:login?secret=…&issuer=Guiqiao"
std::string totp_url(std::string_view secret, std::string_view login);

}  // namespace party
