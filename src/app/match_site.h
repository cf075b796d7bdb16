#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/site.h"
#include "base/result.h"
#include "match/embeddings.h"
#include "match/entry_items.h"
#include "match/lexicon.h"
#include "store/change_log.h"

namespace app {

// What binds matching to a site: the site's own terms, weights and vectors, and the facts that other
// modules record (answers, meetings, contracts), which match may not read itself.

/// Adds the terms that an editor took; what the thesaurus cannot take is left out with a warning.
base::Status add_site_terms(const Site& site, match::Lexicon& lexicon);
/// Gives a new pairing the weights in force and, when there are any, the vectors. Damaged vectors
/// are left out with a warning.
base::Status tune_pairing(const Site& site, match::EntryPairing& pairing);
/// Turns rows of the change log into evidence about pairs; safe to repeat.
base::Status record_match_facts(Site& site, match::EntryPairing& pairing,
                                const std::vector<store::LogRow>& rows);

struct MatchTrainOptions {
    std::size_t dimensions = 64;
    std::int64_t seed = 20170264;
    bool propose_terms = true;  ///< also put proposals for the thesaurus on the table
};

/// `guiqiao match-train`: learns word vectors from the site's own entries, writes them to the data
/// folder and proposes terms for the thesaurus. Prints what it did.
int match_train_command(const CommonOptions& common, const MatchTrainOptions& options,
                        std::ostream& out, std::ostream& complaints);

struct MatchEmbedOptions {
    std::string url;                 ///< of the service, up to and with /v1/embeddings
    std::string model;               ///< as the service names it
    std::filesystem::path key_file;  ///< sent as a bearer token; empty: none
    bool private_addresses = false;  ///< the service may be in our own network
};

/// Asks the service; guarded as http::fetch is. Errors: `embedding_key_unreadable`; of asking, those of
/// http::fetch and `embedding_service_refused`.
base::Result<match::AskEmbeddings> embedding_service(const MatchEmbedOptions& options);

/// `guiqiao match-embed`: asks an external service for vectors of the offered entries that visitors
/// may read and keeps them in the data folder. Nothing else ever talks to the service.
int match_embed_command(const CommonOptions& common, const MatchEmbedOptions& options,
                        std::ostream& out, std::ostream& complaints);

}  // namespace app
