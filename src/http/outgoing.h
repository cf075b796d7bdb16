#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace http {

enum class PrivateAddresses { refused, allowed };

struct FetchOptions {
    /// Loopback, private, link-local and other addresses that are not on the public Internet.
    PrivateAddresses private_addresses = PrivateAddresses::refused;
    base::Duration wait = base::seconds(10);  ///< everything together but the name server's answer
    std::size_t bytes_max = 4 << 20;
    int redirects_max = 3;  ///< to the same host only
    std::map<std::string, std::string> headers = {};
    std::string body = {};  ///< not empty: a POST of this, which no redirect leads elsewhere
};

struct Fetched {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

/// GET of an http or https address that somebody else wrote (a feed, a web hook), guarded against
/// being sent to our own network: the name is resolved here, every address is judged, and the
/// connection goes to the judged address, not to a second answer of the name server. Certificates
/// are verified. Blocks; for worker threads and jobs. Thread-safe.
/// Errors: `fetch_url_malformed`, `fetch_address_refused`, `fetch_failed`, `fetch_timed_out`,
/// `fetch_too_large`, `fetch_redirect_refused`.
base::Result<Fetched> fetch(std::string_view url, const FetchOptions& options = {});

/// True for an address (IPv4 or IPv6 text) that is on the public Internet.
bool is_public_address(std::string_view address);

}  // namespace http
