#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace http {

/// The peers whose X-Forwarded-For and X-Request-Id are believed, as addresses ("10.0.0.7",
/// "::1") or networks ("10.0.0.0/8", "fd00::/8"). An IPv4 address that arrives as "::ffff:10.0.0.7"
/// is the same as without. A value; reading it is thread-safe.
class TrustedProxies {
  public:
    /// `proxy_malformed` {value}; also for bits behind the prefix ("10.0.0.1/8"), which mostly hide
    /// a mistake.
    static base::Result<TrustedProxies> parse(std::span<const std::string> networks);

    bool empty() const { return networks_.empty(); }
    /// False for what is not an address.
    bool contains(std::string_view address) const;
    /// The client behind the proxies: from the end of X-Forwarded-For, the first that is not one of
    /// them; the peer itself when it is not trusted or the header says nothing usable.
    std::string client_of(std::string_view peer, std::string_view forwarded) const;

  private:
    using Bytes = std::array<std::uint8_t, 16>;  ///< IPv4 as ::ffff:a.b.c.d
    struct Network {
        Bytes address;
        int prefix_bits;
    };
    static bool read_address(std::string_view text, Bytes& bytes, bool& is_v4);
    static bool within(const Bytes& address, const Network& network);

    std::vector<Network> networks_;
};

}  // namespace http
