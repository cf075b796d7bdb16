#include "http/outgoing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/text.h"
#include "http/wire_parser.h"

namespace http {
namespace {

using base::ErrorKind;

struct Address {
    std::string host;  ///< without the brackets of an IPv6 address
    std::string port;
    std::string target;  ///< path and query
    bool secure = false;
    std::string authority;  ///< as in the Host header
};

base::Error failed(std::string_view code, std::string_view host, std::string_view detail = {}) {
    const bool theirs = code == "fetch_failed" || code == "fetch_timed_out";
    return base::error(theirs ? ErrorKind::unavailable : ErrorKind::invalid, code)
        .with("host", host)
        .saying(detail);
}

base::Result<Address> read_url(std::string_view url) {
    const auto malformed = [] { return base::refuse(base::invalid("fetch_url_malformed")); };
    Address address;
    if (url.starts_with("https://")) {
        address.secure = true;
    } else if (!url.starts_with("http://")) {
        return malformed();
    }
    url.remove_prefix(address.secure ? 8 : 7);
    if (url.size() > 2000 || std::any_of(url.begin(), url.end(), [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '\\';
        })) {
        return malformed();
    }
    url = url.substr(0, url.find('#'));
    const std::size_t end = url.find_first_of("/?");
    const std::string_view authority = url.substr(0, end);
    address.target = end == std::string_view::npos ? "/" : std::string(url.substr(end));
    if (address.target.front() == '?') address.target.insert(0, "/");
    // user:password@host is how a link pretends to lead elsewhere.
    if (authority.empty() || authority.find('@') != std::string_view::npos) return malformed();
    std::string_view host = authority;
    std::string_view port = address.secure ? "443" : "80";
    const std::size_t colon = authority.rfind(':');
    const bool bracketed = authority.front() == '[';
    if (colon != std::string_view::npos && (!bracketed || authority[colon - 1] == ']')) {
        host = authority.substr(0, colon);
        port = authority.substr(colon + 1);
    }
    if (bracketed) {
        if (host.size() < 3 || host.back() != ']') return malformed();
        host = host.substr(1, host.size() - 2);
    }
    int number = 0;
    const auto [rest, problem] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool whole = problem == std::errc() && rest == port.data() + port.size();
    if (host.empty() || host.size() > 253 || !whole || number < 1 || number > 65535) {
        return malformed();
    }
    address.host = base::to_lower_ascii(host);
    address.port = std::string(port);
    address.authority = std::string(authority);
    return address;
}

bool is_public_v4(std::uint32_t address) {
    struct Block {
        std::uint32_t network;
        int bits;
    };
    // IANA's registry of special-purpose addresses, and multicast and reserved space.
    static constexpr std::array blocks{
        Block{0x00000000, 8},  Block{0x0a000000, 8},  Block{0x64400000, 10}, Block{0x7f000000, 8},
        Block{0xa9fe0000, 16}, Block{0xac100000, 12}, Block{0xc0000000, 24}, Block{0xc0000200, 24},
        Block{0xc0586300, 24}, Block{0xc0a80000, 16}, Block{0xc6120000, 15}, Block{0xc6336400, 24},
        Block{0xcb007100, 24}, Block{0xe0000000, 4},  Block{0xf0000000, 4},
    };
    return std::none_of(blocks.begin(), blocks.end(), [&](const Block& block) {
        return (address ^ block.network) >> (32 - block.bits) == 0;
    });
}

bool is_public_v6(const in6_addr& address) {
    const std::uint8_t* bytes = address.s6_addr;
    const auto last_four = [bytes](int from) {
        std::uint32_t number = 0;
        for (int i = from; i < from + 4; ++i)
            number = number << 8 | bytes[i];
        return number;
    };
    if (IN6_IS_ADDR_V4MAPPED(&address)) return is_public_v4(last_four(12));
    // NAT64 and 6to4 carry an IPv4 address inside.
    static constexpr std::array<std::uint8_t, 12> nat64{0, 0x64, 0xff, 0x9b};
    if (std::equal(nat64.begin(), nat64.end(), bytes)) return is_public_v4(last_four(12));
    if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_public_v4(last_four(2));
    const bool global_unicast = (bytes[0] & 0xe0) == 0x20;
    const bool teredo_or_special = bytes[0] == 0x20 && bytes[1] == 0x01 && (bytes[2] & 0xfe) == 0;
    const bool documentation =
        bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8;
    return global_unicast && !teredo_or_special && !documentation;
}

bool is_public(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        return is_public_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
    }
    return address.sa_family == AF_INET6 &&
           is_public_v6(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

/// A connection, plain or TLS, all of whose operations end at one deadline.
class Wire {
  public:
    Wire(std::string host, base::Duration deadline) : host_(std::move(host)), deadline_(deadline) {}
    ~Wire() {
        tls_.reset();
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    base::Status connect(const addrinfo& to) {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = ::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor_ < 0) return broken(std::strerror(errno));
        if (::connect(descriptor_, to.ai_addr, to.ai_addrlen) == 0) return {};
        if (errno != EINPROGRESS) return broken(std::strerror(errno));
        TRY(wait_for(POLLOUT));
        int problem = 0;
        socklen_t length = sizeof problem;
        ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &problem, &length);
        return problem == 0 ? base::Status() : broken(std::strerror(problem));
    }

    base::Status secure() {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (!context_ || SSL_CTX_set_default_verify_paths(context_.get()) != 1) {
            return broken("no TLS context");
        }
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
        tls_.reset(SSL_new(context_.get()));
        if (!tls_) return broken("no TLS session");
        SSL_set_tlsext_host_name(tls_.get(), host_.c_str());
        in6_addr ignored{};
        const bool numeric = inet_pton(AF_INET, host_.c_str(), &ignored) == 1 ||
                             inet_pton(AF_INET6, host_.c_str(), &ignored) == 1;
        if (numeric) {
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), host_.c_str());
        } else {
            SSL_set1_host(tls_.get(), host_.c_str());
        }
        SSL_set_fd(tls_.get(), descriptor_);
        while (true) {
            const int outcome = SSL_connect(tls_.get());
            if (outcome == 1) return {};
            TRY(wait_for_tls(outcome));
        }
    }

    base::Status send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto length = static_cast<int>(bytes.size());
            const ssize_t count =
                tls_ ? SSL_write(tls_.get(), bytes.data(), length)
                     : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(count));
            } else {
                TRY(wait_after(static_cast<int>(count), POLLOUT));
            }
        }
        return {};
    }

    /// 0 at the end of the connection.
    base::Result<std::size_t> receive(std::span<char> into) {
        while (true) {
            const ssize_t count =
                tls_ ? SSL_read(tls_.get(), into.data(), static_cast<int>(into.size()))
                     : ::recv(descriptor_, into.data(), into.size(), 0);
            if (count > 0) return static_cast<std::size_t>(count);
            if (tls_ &&
                SSL_get_error(tls_.get(), static_cast<int>(count)) == SSL_ERROR_ZERO_RETURN) {
                return std::size_t{0};
            }
            if (!tls_ && count == 0) return std::size_t{0};
            TRY(wait_after(static_cast<int>(count), POLLIN));
        }
    }

  private:
    struct FreeTls {
        void operator()(SSL* tls) const { SSL_free(tls); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };

    base::Status broken(std::string_view why) const {
        return base::refuse(failed("fetch_failed", host_, why));
    }
    base::Status wait_for(short events) const {
        while (true) {
            const std::int64_t left =
                (deadline_.microseconds - base::elapsed_since_start().microseconds) / 1000;
            if (left <= 0) return base::refuse(failed("fetch_timed_out", host_));
            pollfd wanted{descriptor_, events, 0};
            const int outcome = ::poll(&wanted, 1, static_cast<int>(left));
            if (outcome > 0) return {};
            if (outcome < 0 && errno != EINTR) return broken(std::strerror(errno));
        }
    }
    base::Status wait_for_tls(int outcome) const {
        switch (SSL_get_error(tls_.get(), outcome)) {
            case SSL_ERROR_WANT_READ:
                return wait_for(POLLIN);
            case SSL_ERROR_WANT_WRITE:
                return wait_for(POLLOUT);
            default:
                return broken("TLS failed, or the certificate does not hold");
        }
    }
    base::Status wait_after(int outcome, short events) const {
        if (tls_) return wait_for_tls(outcome);
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return wait_for(events);
        return broken(std::strerror(errno));
    }

    const std::string host_;
    const base::Duration deadline_;
    int descriptor_ = -1;
    std::unique_ptr<SSL_CTX, FreeTls> context_;
    std::unique_ptr<SSL, FreeTls> tls_;
};

base::Status connect_guarded(Wire& wire, const Address& address, PrivateAddresses allowed) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int problem = getaddrinfo(address.host.c_str(), address.port.c_str(), &wanted, &found);
    if (problem != 0) {
        return base::refuse(failed("fetch_failed", address.host, gai_strerror(problem)));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    // One private address among several is enough to refuse: which one is used is chance.
    for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
        if (allowed == PrivateAddresses::refused && !is_public(*item->ai_addr)) {
            return base::refuse(failed("fetch_address_refused", address.host));
        }
    }
    base::Status outcome = base::refuse(failed("fetch_failed", address.host, "no address"));
    for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
        outcome = wire.connect(*item);
        if (outcome || outcome.error().code == "fetch_timed_out") return outcome;
    }
    return outcome;
}

base::Result<Fetched> read_reply(Wire& wire, const Address& address, std::size_t bytes_max) {
    static constexpr std::size_t header_bytes_max = 64 << 10;
    WireParser parser(WireParser::Kind::response, header_bytes_max);
    const auto too_large = [&] {
        return base::refuse(
            failed("fetch_too_large", address.host).with("max", std::to_string(bytes_max)));
    };
    std::array<char, 16384> bytes;
    std::string pending;
    bool head_taken = false;
    while (parser.state() != WireParser::State::done) {
        const std::size_t count = TRY(wire.receive(bytes));
        if (count == 0) {
            if (!parser.finish()) {
                return base::refuse(failed("fetch_failed", address.host, "the answer is cut off"));
            }
            break;
        }
        pending.append(bytes.data(), count);
        std::size_t used = 1;
        while (used > 0 && !pending.empty() && parser.state() != WireParser::State::done) {
            auto taken = parser.feed(pending);
            if (!taken && taken.error().code == "body_too_large") return too_large();
            if (!taken) {
                return base::refuse(failed("fetch_failed", address.host, taken.error().detail));
            }
            used = *taken;
            pending.erase(0, used);
            if (!head_taken && parser.state() != WireParser::State::head) {
                head_taken = true;
                if (!parser.take_body(bytes_max)) return too_large();
                used = 1;
            }
        }
    }
    return Fetched{.status = parser.head().status,
                   .headers = std::move(parser.head().headers),
                   .body = std::move(parser.body())};
}

base::Result<Fetched> fetch_once(const Address& address, const FetchOptions& options,
                                 base::Duration deadline) {
    Wire wire(address.host, deadline);
    TRY(connect_guarded(wire, address, options.private_addresses));
    if (address.secure) TRY(wire.secure());
    std::string request = (options.body.empty() ? "GET " : "POST ") + address.target +
                          " HTTP/1.1\r\nHost: " + address.authority +
                          "\r\nConnection: close\r\nAccept-Encoding: identity\r\n";
    for (const auto& [name, value] : options.headers) {
        const std::string line = name + ": " + value;
        if (base::has_control_characters(line) || line.find_first_of("\r\n") != line.npos) {
            return base::refuse(base::invalid("fetch_url_malformed"));
        }
        request += line + "\r\n";
    }
    if (!options.body.empty())
        request += "Content-Length: " + std::to_string(options.body.size()) + "\r\n";
    request += "\r\n" + options.body;
    TRY(wire.send(request));
    return read_reply(wire, address, options.bytes_max);
}

/// Where a redirect leads, if that is the same host, port and not less secure.
base::Result<Address> follow(const Address& from, const std::string& location) {
    const auto refused = [&] {
        return base::refuse(failed("fetch_redirect_refused", from.host, location));
    };
    if (location.starts_with('/') && !location.starts_with("//")) {
        const std::string scheme = from.secure ? "https://" : "http://";
        return read_url(scheme + from.authority + location);
    }
    auto next = read_url(location);
    if (!next || next->host != from.host) return refused();
    const bool upgraded = next->secure && !from.secure && next->port == "443";
    if (!upgraded && (next->port != from.port || next->secure != from.secure)) return refused();
    return next;
}

}  // namespace

base::Result<Fetched> fetch(std::string_view url, const FetchOptions& options) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    const base::Duration deadline = base::elapsed_since_start() + options.wait;
    Address address = TRY(read_url(url));
    for (int redirects = 0;; ++redirects) {
        Fetched fetched = TRY(fetch_once(address, options, deadline));
        const auto location = fetched.headers.find("location");
        const bool leads_on =
            fetched.status / 100 == 3 && fetched.status != 304 && location != fetched.headers.end();
        if (!leads_on) return fetched;
        if (redirects >= options.redirects_max || !options.body.empty()) {
            return base::refuse(failed("fetch_redirect_refused", address.host, "too many"));
        }
        address = TRY(follow(address, location->second));
    }
}

bool is_public_address(std::string_view address) {
    const std::string text(address);
    in_addr four{};
    if (inet_pton(AF_INET, text.c_str(), &four) == 1) return is_public_v4(ntohl(four.s_addr));
    in6_addr six{};
    return inet_pton(AF_INET6, text.c_str(), &six) == 1 && is_public_v6(six);
}

}  // namespace http
