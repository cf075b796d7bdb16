#include "http/proxies.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace http {
namespace {

constexpr int all_bits = 128;
constexpr int bits_before_v4 = 96;

std::string printed(const std::array<std::uint8_t, 16>& bytes, bool is_v4) {
    char text[INET6_ADDRSTRLEN] = {};
    const void* from = is_v4 ? bytes.data() + 12 : bytes.data();
    ::inet_ntop(is_v4 ? AF_INET : AF_INET6, from, text, sizeof text);
    return text;
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t'))
        text.remove_suffix(1);
    return text;
}

/// Some load balancers write the port as well: "203.0.113.9:41234", "[2001:db8::1]:443".
std::string_view without_port(std::string_view text) {
    if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
    const std::size_t colon = text.find(':');
    const bool is_v4_with_port = colon != text.npos && colon == text.rfind(':');
    return is_v4_with_port ? text.substr(0, colon) : text;
}

}  // namespace

bool TrustedProxies::read_address(std::string_view text, Bytes& bytes, bool& is_v4) {
    const std::string whole(text);
    bytes = {};
    is_v4 = ::inet_pton(AF_INET, whole.c_str(), bytes.data() + 12) == 1;
    if (is_v4) {
        bytes[10] = bytes[11] = 0xff;
        return true;
    }
    if (::inet_pton(AF_INET6, whole.c_str(), bytes.data()) != 1) return false;
    static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    is_v4 = std::equal(mapped.begin(), mapped.end(), bytes.begin());
    return true;
}

bool TrustedProxies::within(const Bytes& address, const Network& network) {
    const int whole = network.prefix_bits / 8;
    if (!std::equal(address.begin(), address.begin() + whole, network.address.begin()))
        return false;
    const int rest = network.prefix_bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    const auto at = static_cast<std::size_t>(whole);
    return (address[at] & mask) == (network.address[at] & mask);
}

base::Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> networks) {
    TrustedProxies proxies;
    for (const std::string& text : networks) {
        const auto wrong = [&] {
            return base::refuse(base::invalid("proxy_malformed").with("value", text));
        };
        const std::size_t slash = text.find('/');
        Network network{{}, all_bits};
        bool is_v4 = false;
        if (!read_address(std::string_view(text).substr(0, slash), network.address, is_v4))
            return wrong();
        if (slash != std::string::npos) {
            const std::string_view bits = std::string_view(text).substr(slash + 1);
            int count = -1;
            const auto [end, problem] =
                std::from_chars(bits.data(), bits.data() + bits.size(), count);
            const bool plain = problem == std::errc() && end == bits.data() + bits.size();
            if (!plain || count < 0 || count > (is_v4 ? 32 : all_bits)) return wrong();
            network.prefix_bits = is_v4 ? bits_before_v4 + count : count;
        }
        for (int bit = network.prefix_bits; bit < all_bits; ++bit) {
            const auto byte = network.address[static_cast<std::size_t>(bit / 8)];
            if ((byte >> (7 - bit % 8)) & 1) return wrong();
        }
        proxies.networks_.push_back(network);
    }
    return proxies;
}

bool TrustedProxies::contains(std::string_view address) const {
    Bytes bytes;
    bool is_v4 = false;
    if (!read_address(address, bytes, is_v4)) return false;
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const Network& network) { return within(bytes, network); });
}

std::string TrustedProxies::client_of(std::string_view peer, std::string_view forwarded) const {
    std::string client(peer);
    while (!forwarded.empty() && contains(client)) {
        const std::size_t comma = forwarded.rfind(',');
        const bool is_last = comma == std::string_view::npos;
        const std::string_view nearest = trimmed(is_last ? forwarded : forwarded.substr(comma + 1));
        forwarded = is_last ? std::string_view() : forwarded.substr(0, comma);
        Bytes bytes;
        bool is_v4 = false;
        if (!read_address(without_port(nearest), bytes, is_v4)) break;
        client = printed(bytes, is_v4);
    }
    return client;
}

}  // namespace http
