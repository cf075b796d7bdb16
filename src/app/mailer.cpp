#include "app/mailer.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>

#include <curl/curl.h>

#include "base/hash.h"

namespace app {
namespace {

bool is_plain_address(const std::string& address) {
    return address.size() < 255 && std::count(address.begin(), address.end(), '@') == 1 &&
           std::all_of(
               address.begin(), address.end(),
               [](char c) { return c > ' ' && c < 0x7F && c != '<' && c != '>' && c != ','; });
}

struct Source {
    const std::string* bytes;
    std::size_t at = 0;
};

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* user) {
    auto* source = static_cast<Source*>(user);
    std::size_t length = std::min(size * count, source->bytes->size() - source->at);
    std::memcpy(buffer, source->bytes->data() + source->at, length);
    source->at += length;
    return length;
}

std::string first_line(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

}  // namespace

base::Result<std::string> mime_of(const Mail& mail, const std::string& from) {
    if (!is_plain_address(mail.to) || !is_plain_address(from)) {
        return base::refuse(base::invalid("mail_address_malformed"));
    }
    std::string body = base::to_base64(mail.text);
    std::string folded;
    for (std::size_t at = 0; at < body.size(); at += 76)
        folded += body.substr(at, 76) + "\r\n";
    return "From: <" + from + ">\r\nTo: <" + mail.to + ">\r\nSubject: =?UTF-8?B?" +
           base::to_base64(mail.subject) +
           "?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n" +
           folded;
}

base::Status Mailer::send(const Mail& mail) const {
    std::string message = TRY(mime_of(mail, options_.from));
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return base::refuse(base::error(base::ErrorKind::unavailable, "mail_not_sent"));
    std::string from = "<" + options_.from + ">", to = "<" + mail.to + ">";
    std::string login = options_.password_file.empty() ? "" : first_line(options_.password_file);
    curl_slist* recipients = curl_slist_append(nullptr, to.c_str());
    Source source{&message};
    curl_easy_setopt(curl.get(), CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, &source);
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, options_.wait_seconds);
    if (!login.empty()) curl_easy_setopt(curl.get(), CURLOPT_USERPWD, login.c_str());
    CURLcode code = curl_easy_perform(curl.get());
    curl_slist_free_all(recipients);
    if (code == CURLE_OK) return {};
    return base::refuse(base::error(base::ErrorKind::unavailable, "mail_not_sent")
                            .saying(curl_easy_strerror(code)));
}

}  // namespace app
