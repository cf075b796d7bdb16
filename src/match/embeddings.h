#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/item.h"
#include "match/vectors.h"

namespace match {

// Sentence vectors from an external service of the usual /v1/embeddings form. Only what is public of
// an item is sent. The vectors are kept in a file by what was sent, so that nothing is asked twice, and
// only add candidates: without them, and without the service, words and concepts find as before.

/// What is sent of an item: title, keywords, text, cut at 2,000 characters.
std::string embedding_text(const Item& item);
/// The name under which the vector of a text is kept.
std::string embedding_name(std::string_view text);

/// The body of a request for the vectors of texts.
std::string embedding_request(std::string_view model, std::span<const std::string> texts);
/// The vectors of an answer, in the order of the texts. `embedding_answer_malformed`.
base::Result<std::vector<std::vector<float>>> embedding_answer(std::string_view body,
                                                               std::size_t count);

/// Sends a request's body and returns the answer's.
using AskEmbeddings = std::function<base::Result<std::string>(const std::string& body)>;

struct EmbeddingRun {
    WordVectors vectors;
    std::size_t asked = 0;  ///< texts that were sent
    std::size_t kept = 0;   ///< texts whose vector was known
};
/// Vectors of all items: those in `known` are kept if they are of the same model, the others asked
/// for in batches. Errors: those
/// of `ask`; `embedding_answer_malformed`; `vectors_too_few_items`.
base::Result<EmbeddingRun> embed_items(std::span<const Item> items, std::string_view model,
                                       const WordVectors* known, const AskEmbeddings& ask);

}  // namespace match
