// Runs `match-eval` without the rest of the program, for tuning.
#include <iostream>

#include "app/match_eval.h"

int main(int count, char** arguments) {
    if (count < 4) {
        std::cerr << "usage: match_eval ENTRIES QRELS LEXICON_FOLDER [--text-only] [--json] "
                     "[--verbose]\n";
        return 2;
    }
    app::MatchEvalOptions options;
    options.entries = arguments[1];
    options.qrels = arguments[2];
    options.lexicon = arguments[3];
    for (int i = 4; i < count; ++i) {
        std::string_view argument = arguments[i];
        options.text_only |= argument == "--text-only";
        options.json |= argument == "--json";
        options.verbose |= argument == "--verbose";
    }
    auto status = app::run_match_eval(options, std::cout);
    if (status) return 0;
    std::cerr << base::describe(status.error()) << '\n';
    return 1;
}
