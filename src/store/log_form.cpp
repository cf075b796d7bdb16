#include "store/log_form.h"

#include "base/check.h"

namespace store {

std::string canonical_form(std::string_view previous_hash, base::Time at, const Change& change) {
    std::string form = "guiqiao-change-1\n";
    std::string moment = base::to_iso(at);
    for (std::string_view line :
         {previous_hash, std::string_view(moment), std::string_view(change.actor),
          std::string_view(change.place), std::string_view(change.subject),
          std::string_view(change.action)}) {
        form += line;
        form += '\n';
    }
    form += change.payload;
    return form;
}

std::string row_hash(base::HashAlgorithm algorithm, std::string_view previous_hash, base::Time at,
                     const Change& change) {
    return base::to_hex(base::digest(algorithm, canonical_form(previous_hash, at, change)));
}

std::string batch_form(const BatchText& batch) {
    std::string form = "guiqiao-batch-1\n";
    form += base::to_string(batch.algorithm);
    form += '\n';
    form += std::to_string(batch.first_seq) + "\n" + std::to_string(batch.last_seq) + "\n";
    form += base::to_iso(batch.signed_at);
    form += '\n';
    form += batch.previous_root;
    form += '\n';
    form += batch.root;
    return form;
}

}  // namespace store
