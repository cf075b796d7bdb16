#include "bench/support/words.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "bench/support/figures.h"

namespace bench {
namespace {

const std::filesystem::path region = "regions/guangxi";

using Counts = std::map<std::string, std::size_t>;

std::vector<std::string> most_frequent_first(const Counts& counts) {
    std::vector<std::pair<std::size_t, std::string>> order;
    for (const auto& [text, count] : counts)
        order.emplace_back(count, text);
    std::sort(order.begin(), order.end(), std::greater<>());
    std::vector<std::string> texts;
    for (auto& [count, text] : order)
        texts.push_back(std::move(text));
    return texts;
}

bool is_han(std::string_view text, std::size_t at) {
    auto lead = static_cast<unsigned char>(text[at]);
    return lead >= 0xE4 && lead <= 0xE9;
}

/// Counts the runs of Han characters in `text`: what stands between punctuation, marks and Latin.
void count_clauses(std::string_view text, Counts& clauses) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_han(text, end))
            end += 3;
        std::size_t characters = (end - at) / 3;
        if (characters >= 3 && characters <= 16) ++clauses[std::string(text.substr(at, end - at))];
        at = std::max(end, at + 1);
    }
}

/// The clauses of the sample entries and of the texts for people.
Counts real_clauses() {
    Counts clauses;
    std::vector<std::filesystem::path> files{region / "sample" / "entries.jsonl"};
    for (const auto& file : std::filesystem::directory_iterator(region / "texts" / "zh-CN"))
        files.push_back(file.path());
    for (const std::filesystem::path& file : files) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);)
            count_clauses(line, clauses);
    }
    return clauses;
}

std::vector<std::string> words_of(const Counts& clauses) {
    Counts words;
    const search::Tokenizer tokenizer;
    search::TokenList tokens;
    for (const auto& [clause, count] : clauses) {
        tokenizer.tokenize(clause, tokens);
        for (const search::Token& token : tokens.tokens) {
            if (token.kind == search::TokenKind::word && token.text_size >= 6)
                words[std::string(tokens.text(token))] += count;
        }
    }
    return most_frequent_first(words);
}

/// The Chinese terms of the thesaurus, file by file, as its editors put them side by side.
std::vector<std::string> thesaurus_terms() {
    std::set<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(region / "lexicon"))
        files.insert(file.path());
    std::vector<std::string> terms;
    std::set<std::string> seen;
    for (const std::filesystem::path& file : files) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            std::vector<std::string> cells = base::split(line, '\t');
            if (cells.size() < 3 || cells[1] != "zh" || !seen.insert(cells[2]).second) continue;
            terms.push_back(cells[2]);
        }
    }
    return terms;
}

}  // namespace

Entries::Entries(std::uint64_t seed) : chance_(seed), terms_(thesaurus_terms()) {
    Counts clauses = real_clauses();
    clauses_ = most_frequent_first(clauses);
    words_ = words_of(clauses);
    if (clauses_.size() < 1'000 || terms_.size() < 1'000) {
        std::cerr << "bench: run from the repository's root\n";
        std::exit(2);
    }
}

const std::string& Entries::topic_word(std::size_t topic) {
    // The nearest terms most often; now and then one from anywhere.
    if (chance_.below(8) == 0) return terms_[chance_.skewed(terms_.size())];
    return terms_[(topic + chance_.skewed(60)) % terms_.size()];
}

std::string Entries::rare_word() {
    static const std::vector<std::string> units{"%", "吨", "万元", "kW", "mm", "℃", "亩", "小时"};
    switch (chance_.below(4)) {
        case 0:
            return fmt::format("{}-{}", static_cast<char>('A' + chance_.below(26)),
                               100 + chance_.below(9'900));
        case 1: {  // a firm: two characters of names and a place
            const std::string& one = terms_[chance_.below(terms_.size())];
            const std::string& other = words_[chance_.below(words_.size())];
            return one.substr(0, 3) + other.substr(0, 3) + "公司";
        }
        default:
            return fmt::format("{}.{}{}", chance_.skewed(2'000), chance_.below(10),
                               chance_.one_of(units));
    }
}

std::string Entries::text(std::size_t characters, std::size_t topic) {
    std::string result;
    std::size_t count = 0;
    while (count < characters) {
        std::size_t kind = chance_.below(16);
        std::string piece = kind == 0  ? rare_word()
                            : kind < 8 ? topic_word(topic)
                                       : clauses_[chance_.skewed(clauses_.size())];
        result += piece;
        count += base::count_characters(piece);
        std::size_t stop = chance_.below(4);
        if (stop == 0) result += "，";
        if (stop == 1) result += "。";
    }
    return result;
}

search::Document Entries::next() {
    search::Document document;
    document.id = fmt::format("{:026}", made_++);
    std::size_t about = topic();
    document.texts["title"] = text(11 + chance_.below(17), about);
    document.texts["body"] = text(57 + chance_.below(241), about);
    document.keywords["card"] = {"C" + std::to_string(1 + about * 9 / terms_.size())};
    document.keywords["kind"] = {chance_.below(20) == 0 ? "demand" : "achievement"};
    document.numbers["place"] =
        static_cast<std::int64_t>(450'000 + (1 + chance_.skewed(14)) * 100 + chance_.below(12));
    document.numbers["day"] = static_cast<std::int64_t>(chance_.below(3'000));
    return document;
}

std::string Entries::question() {
    std::size_t about = topic();
    std::string result;
    for (std::size_t words = 2 + chance_.below(4); words > 0; --words) {
        result += chance_.below(3) > 0 ? topic_word(about) : words_[chance_.skewed(words_.size())];
        result += ' ';
    }
    return result;
}

search::Schema entry_schema() {
    using search::AttributeKind;
    return {{{"title", 4}, {"body", 1}},
            {{"card", AttributeKind::keyword},
             {"kind", AttributeKind::keyword},
             {"place", AttributeKind::number},
             {"day", AttributeKind::number}},
            {}};
}

std::string split(const search::Tokenizer& tokenizer, std::string_view text) {
    search::TokenList tokens;
    tokenizer.tokenize(text, tokens);
    std::string result;
    for (const search::Token& token : tokens.tokens) {
        if (!result.empty()) result += ' ';
        result += tokens.text(token);
    }
    return result;
}

search::Query query_of(std::string text, std::size_t number, search::Matching matching) {
    search::Query query;
    query.text = std::move(text);
    query.matching = matching;
    if (number % 2 == 0) query.filters.push_back({"card", {"C1", "C6"}, {}, {}});
    if (number % 3 == 0) query.filters.push_back({"place", {}, 450'100, 450'299});
    query.facets = {"card", "kind"};
    return query;
}

}  // namespace bench
