#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"

namespace http {

class EventStream;

/// What goes back. Built by the helpers below; an Error becomes one through `problem`.
struct Reply {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::map<std::string, std::string> headers;
    std::vector<std::string> cookies;  ///< Set-Cookie values
    std::string body;
    std::filesystem::path file;           ///< streamed from disk when not empty
    std::shared_ptr<EventStream> events;  ///< text/event-stream when set

    Reply&& with_header(std::string name, std::string value) && {
        headers.insert_or_assign(std::move(name), std::move(value));
        return std::move(*this);
    }
    /// The header of that name whatever its case, or null.
    const std::string* find_header(std::string_view name) const;
    /// ETag from a record's version: "\"7\"".
    Reply&& with_version(std::int64_t version) &&;
    Reply&& with_cookie(std::string cookie) && {
        cookies.push_back(std::move(cookie));
        return std::move(*this);
    }
};

Reply ok(const base::json::value& body);
Reply created(const base::json::value& body, std::string location);
Reply no_content();
Reply html(std::string page, int status = 200);
Reply text(std::string body, std::string content_type);
/// A file streamed from disk. As an attachment when `file_name` is not empty.
Reply file(std::filesystem::path path, std::string content_type, std::string_view file_name = {});
/// text/event-stream; the connection then belongs to the stream.
Reply stream(std::shared_ptr<EventStream> events);
/// A download: always Content-Disposition: attachment with an RFC 6266 encoded name.
Reply attachment(std::string bytes, std::string content_type, std::string_view file_name);
Reply see_other(std::string location);

/// Content-Disposition for a download: ASCII fallback and RFC 8187 name, path parts removed.
std::string attachment_disposition(std::string_view file_name);

/// Whether a later request with the same key may be answered with the same bytes: not refused, and
/// nothing in it but status, body, place and version.
bool is_repeatable(const Reply& reply);
/// The same answer once more, marked Idempotency-Replayed.
Reply repeated(int status, std::string content_type, std::string body, const std::string& location,
               const std::string& etag);

/// RFC 9457 problem document with `code`, `field`, `clause`, `title` in the reader's language and
/// `causes`. The status comes from the one table ErrorKind → status in reply.cpp.
Reply problem(const base::Error& error, base::Language language, const base::Texts& texts);
int status_of(base::ErrorKind kind);
/// A few errors of the protocol itself have a status that no ErrorKind has (405, 408, 431, 501).
int status_of(const base::Error& error);

}  // namespace http
