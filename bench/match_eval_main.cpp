// Runs `match-eval` without the rest of the program, for tuning.
#include <iostream>

#include "app/match_eval.h"

int main(int count, char** arguments) {
    if (count < 4) {
        std::cerr << "usage: match_eval ENTRIES QRELS LEXICON_FOLDER [--text-only] [--json] "
                     "[--verbose] [weight=value …]\n";
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
        std::size_t sign = argument.find('=');
        if (sign == argument.npos) continue;
        auto set = match::set_weight(options.weights, argument.substr(0, sign),
                                     std::stod(std::string(argument.substr(sign + 1))));
        if (!set) {
            std::cerr << base::describe(set.error()) << '\n';
            return 2;
        }
    }
    auto status = app::run_match_eval(options, std::cout);
    if (status) return 0;
    std::cerr << base::describe(status.error()) << '\n';
    return 1;
}
