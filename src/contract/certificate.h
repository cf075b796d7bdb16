#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"
#include "base/texts.h"
#include "contract/contract.h"
#include "contract/profile.h"
#include "contract/registration.h"

namespace contract {

/// What a certificate says, gathered once for the PDF and the public page.
struct CertificateView {
    const Contract* contract = nullptr;
    std::string state;  ///< of the process: registered, change_requested, cancelled
    bool was_changed = false;
    std::string point_name;
    std::string digest;     ///< registered_digest
    std::string signature;  ///< base64 over the digest's hex text
};

/// Certificates of registration: a PDF with QR that anyone can verify on the public page, signed by
/// the site's key. Immutable after construction; thread-safe.
class Certificates {
  public:
    /// `site_url` is what the QR leads to, without a slash at the end.
    Certificates(const base::Signer& signer, const base::Texts& texts, const RuleSets& rule_sets,
                 std::string site_url)
        : signer_(&signer),
          texts_(&texts),
          rule_sets_(&rule_sets),
          site_url_(std::move(site_url)) {}

    /// Errors: `certificate_not_issued`.
    base::Result<CertificateView> view(store::Reader&, const Contract&,
                                       const workflow::Cases&) const;
    /// One A4 page. Errors: those of the PDF writer.
    base::Result<std::string> pdf(const CertificateView&, base::Language, base::Time now) const;
    /// Label and value pairs, as the PDF and the public page show them.
    std::vector<std::pair<std::string, std::string>> lines(const CertificateView&,
                                                           base::Language) const;
    std::string verification_url(const Contract&) const;
    std::string class_name(const Contract&, base::Language) const;

  private:
    const base::Signer* signer_;
    const base::Texts* texts_;
    const RuleSets* rule_sets_;
    std::string site_url_;
};

}  // namespace contract
