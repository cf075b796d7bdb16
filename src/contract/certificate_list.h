#pragma once

#include <string>
#include <vector>

#include "base/texts.h"
#include "contract/contract.h"
#include "store/database.h"
#include "workflow/codes.h"

namespace contract {

/// What a seller registered in a year, in order of the numbers: for the tax office and the books.
/// Cancelled and revoked registrations stand on it as such and count nothing.
struct CertificateList {
    struct Line {
        Contract contract;
        std::string ended;  ///< cancelled or revoked; empty while the registration stands
        bool counts() const { return ended.empty(); }
    };
    std::string seller;
    int year = 0;
    std::vector<Line> lines;
    base::Money total, technical;  ///< of those that count
};

CertificateList certificates_of(store::Reader&, const workflow::Cases&,
                                const party::Organisation& owner, int year);
std::string certificate_list_pdf(const CertificateList&, const base::Texts&, const workflow::Codes&,
                                 base::Language, base::Time now);

}  // namespace contract
