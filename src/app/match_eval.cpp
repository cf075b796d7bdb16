#include "app/match_eval.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "base/json.h"
#include "match/evaluation.h"

namespace app {
namespace {

base::Result<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) {
        return base::refuse(
            base::error(base::ErrorKind::not_found, "file_unreadable").with("path", path.string()));
    }
    return text.str();
}

}  // namespace

base::Status run_match_eval(const MatchEvalOptions& options, std::ostream& out) {
    auto lexicon =
        std::make_shared<const match::Lexicon>(TRY(match::Lexicon::load(options.lexicon)));
    auto tokenizer = std::make_shared<const search::Tokenizer>(lexicon->han_terms());
    auto profiler = std::make_shared<const match::Profiler>(lexicon, tokenizer);
    std::vector<match::Item> items = TRY(match::read_items(TRY(read_file(options.entries))));
    std::vector<match::Judgement> judgements =
        TRY(match::read_judgements(TRY(read_file(options.qrels))));
    match::Fields fields = options.text_only ? match::Fields::text_only : match::Fields::all;
    // Judged files have no present: nothing in them counts as expired.
    base::Date before_all{1970, 1, 1};
    match::Evaluation evaluation =
        match::evaluate(items, judgements, profiler, options.weights, fields, before_all);
    if (options.json) {
        out << base::json::serialize(match::to_json(evaluation)) << '\n';
        return {};
    }
    out << match::to_text(evaluation);
    if (!options.verbose) return {};
    for (const auto& [demand, ranking] : evaluation.rankings) {
        out << demand << ':';
        for (const match::Ranked& ranked : ranking) {
            out << ' ' << ranked.achievement
                << (ranked.relevance > 0 ? "*" + std::to_string(ranked.relevance) : "") << '('
                << static_cast<int>(ranked.score * 1000) << ')';
        }
        out << '\n';
    }
    return {};
}

}  // namespace app
