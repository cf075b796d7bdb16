#include "http/decode.h"

#include <algorithm>

#include "base/text.h"

namespace http {
namespace {

int hexadecimal(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               const auto lower = [](char c) {
                   return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
               };
               return lower(x) == lower(y);
           });
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

base::Result<std::string> decode_form_text(std::string_view raw) {
    auto text = percent_decode(raw, PlusSign::space);
    if (!text || text->find('\0') != std::string::npos || !base::is_valid_utf8(*text)) {
        return base::refuse(base::malformed("form_malformed"));
    }
    return std::move(*text);
}

base::Error bad_path(std::string_view why) {
    return base::malformed("path_malformed").saying(why);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, PlusSign plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == PlusSign::space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            if (i + 2 >= text.size()) return {};
            const int high = hexadecimal(text[i + 1]);
            const int low = hexadecimal(text[i + 2]);
            if (high < 0 || low < 0) return {};
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

base::Result<std::multimap<std::string, std::string>> parse_pairs(std::string_view text) {
    std::multimap<std::string, std::string> pairs;
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (pair.empty()) continue;
        if (pairs.size() >= form_fields_max) {
            return base::refuse(base::error(base::ErrorKind::too_large, "form_too_many_fields")
                                    .with("max", std::to_string(form_fields_max)));
        }
        const std::size_t equals = pair.find('=');
        std::string name = TRY(decode_form_text(pair.substr(0, equals)));
        std::string value;
        if (equals != std::string_view::npos) {
            value = TRY(decode_form_text(pair.substr(equals + 1)));
        }
        pairs.emplace(std::move(name), std::move(value));
    }
    return pairs;
}

base::Result<std::string> normalise_path(std::string_view raw) {
    if (raw.empty() || raw.front() != '/') return base::refuse(bad_path("no leading slash"));
    if (raw.size() > path_bytes_max) return base::refuse(bad_path("too long"));
    if (raw.find('%') == std::string_view::npos &&
        std::all_of(raw.begin(), raw.end(), [](char c) { return is_unreserved(c) || c == '/'; }) &&
        raw.find("/.") == std::string_view::npos && raw.find("//") == std::string_view::npos) {
        return std::string(raw);
    }
    std::string path;
    std::string_view rest = raw.substr(1);
    while (true) {
        const std::size_t slash = rest.find('/');
        auto segment = percent_decode(rest.substr(0, slash), PlusSign::literal);
        if (!segment) return base::refuse(bad_path("bad percent encoding"));
        const bool last = slash == std::string_view::npos;
        if (segment->empty() && !last) return base::refuse(bad_path("empty segment"));
        if (*segment == "." || *segment == "..") return base::refuse(bad_path("dot segment"));
        const bool forbidden = std::any_of(segment->begin(), segment->end(), [](char c) {
            return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        });
        if (forbidden) return base::refuse(bad_path("forbidden character"));
        path += '/';
        path += *segment;
        if (last) break;
        rest.remove_prefix(slash + 1);
    }
    if (!base::is_valid_utf8(path)) return base::refuse(bad_path("not UTF-8"));
    return path;
}

std::map<std::string, std::string> parse_cookies(std::string_view header) {
    static constexpr std::size_t cookies_max = 100;
    std::map<std::string, std::string> cookies;
    while (!header.empty() && cookies.size() < cookies_max) {
        const std::size_t end = header.find(';');
        const std::string_view pair = trimmed(header.substr(0, end));
        header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        std::string_view value = trimmed(pair.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        cookies.emplace(trimmed(pair.substr(0, equals)), value);
    }
    return cookies;
}

std::string media_type(std::string_view content_type) {
    return base::to_lower_ascii(trimmed(content_type.substr(0, content_type.find(';'))));
}

std::optional<std::string> header_parameter(std::string_view header, std::string_view name) {
    std::size_t at = header.find(';');
    while (at != std::string_view::npos) {
        ++at;
        const std::size_t equals = header.find('=', at);
        if (equals == std::string_view::npos) return {};
        const std::string_view key = trimmed(header.substr(at, equals - at));
        std::string value;
        std::size_t next = equals + 1;
        while (next < header.size() && (header[next] == ' ' || header[next] == '\t'))
            ++next;
        if (next < header.size() && header[next] == '"') {
            bool closed = false;
            for (++next; next < header.size() && !closed; ++next) {
                const bool escaped = header[next] == '\\' && next + 1 < header.size() &&
                                     (header[next + 1] == '"' || header[next + 1] == '\\');
                if (escaped) {
                    value += header[++next];
                } else if (header[next] == '"') {
                    closed = true;
                } else {
                    value += header[next];
                }
            }
            if (!closed) return {};
            at = header.find(';', next);
        } else {
            at = header.find(';', next);
            const std::size_t length = at == std::string_view::npos ? at : at - next;
            value = trimmed(header.substr(std::min(next, header.size()), length));
        }
        if (equal_ignoring_case(key, name)) return value;
    }
    return {};
}

bool accepts_coding(std::string_view header, std::string_view coding) {
    while (!header.empty()) {
        const std::size_t end = header.find(',');
        const std::string_view item = header.substr(0, end);
        header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
        if (!equal_ignoring_case(trimmed(item.substr(0, item.find(';'))), coding)) continue;
        const auto weight = header_parameter(item, "q");
        if (!weight) return true;
        // "0", "0.0", "0.000" mean: not this one.
        return weight->find_first_not_of("0.") != std::string::npos;
    }
    return false;
}

}  // namespace http
