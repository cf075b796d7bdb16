#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace app {

struct Mail {
    std::string to;
    std::string subject;
    std::string text;  ///< plain text, UTF-8
};

/// Hands mails to an SMTP server (libcurl: TLS, authentication). One connection per mail; called
/// from a job thread only. Errors: `mail_address_malformed`, `mail_not_sent`.
class Mailer {
  public:
    struct Options {
        std::string url;  ///< smtp://host:port or smtps://…
        std::string from;
        std::filesystem::path password_file;  ///< "user:password", or empty
        long wait_seconds = 20;
    };
    explicit Mailer(Options options) : options_(std::move(options)) {}
    base::Status send(const Mail& mail) const;

  private:
    Options options_;
};

/// The message as it goes over the wire: encoded subject, base64 body, no header injection.
base::Result<std::string> mime_of(const Mail& mail, const std::string& from);

}  // namespace app
