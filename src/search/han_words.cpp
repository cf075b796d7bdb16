#include "search/han_words.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include <unicode/ucharstrie.h>
#include <unicode/udata.h>
#include <unicode/unistr.h>
#include <unicode/utypes.h>

namespace search {
namespace {

constexpr char16_t first_han = 0x3400;
constexpr char16_t last_han = 0x9FFF;
constexpr std::size_t han_count = last_han - first_han + 1;
constexpr std::size_t word_characters_max = 12;
// ICU's cost of a character that is no word of its own (kMaxSnlp in dictbe.cpp).
constexpr std::uint32_t cost_of_unknown = 255;
// A user word must beat any pair of dictionary words, but two user words must beat neither one.
constexpr std::uint32_t cost_of_user_word = 8;

}  // namespace

struct HanWords::Tries {
    UDataMemory* data = nullptr;
    const char16_t* units = nullptr;
    std::vector<std::uint64_t> roots;        // state after the first character; 0 = none
    std::vector<std::uint8_t> single_costs;  // of words of one character
    std::unordered_map<std::uint64_t, std::uint32_t> user_edges;  // node << 16 | unit -> node
    std::vector<bool> user_ends;
    std::vector<bool> user_first;

    ~Tries() {
        if (data != nullptr) udata_close(data);
    }
    void open_dictionary();
    void add_user_word(std::u16string_view word);
};

void HanWords::Tries::open_dictionary() {
    UErrorCode status = U_ZERO_ERROR;
    data = udata_open(U_ICUDATA_NAME U_TREE_SEPARATOR_STRING "brkitr", "dict", "cjdict", &status);
    roots.assign(han_count, 0);
    single_costs.assign(han_count, cost_of_unknown);
    if (U_FAILURE(status)) return;
    const auto* header = static_cast<const std::int32_t*>(udata_getMemory(data));
    constexpr int trie_type_at = 4;
    constexpr int trie_type_mask = 7;
    constexpr int trie_of_units = 1;
    if ((header[trie_type_at] & trie_type_mask) != trie_of_units) return;
    units = reinterpret_cast<const char16_t*>(reinterpret_cast<const char*>(header) + header[0]);
    icu::UCharsTrie trie(units);
    for (std::size_t i = 0; i < han_count; ++i) {
        UStringTrieResult result = trie.first(static_cast<char16_t>(first_han + i));
        if (!USTRINGTRIE_MATCHES(result)) continue;
        roots[i] = USTRINGTRIE_HAS_NEXT(result) ? trie.getState64() : 0;
        if (USTRINGTRIE_HAS_VALUE(result)) {
            single_costs[i] = static_cast<std::uint8_t>(std::min(trie.getValue(), 255));
        }
    }
}

void HanWords::Tries::add_user_word(std::u16string_view word) {
    if (word.size() < 2 || word.size() > word_characters_max) return;
    for (char16_t unit : word) {
        if (unit < first_han || unit > last_han) return;
    }
    std::uint32_t node = 0;
    for (char16_t unit : word) {
        auto [edge, added] = user_edges.try_emplace((std::uint64_t{node} << 16) | unit,
                                                    static_cast<std::uint32_t>(user_ends.size()));
        if (added) user_ends.push_back(false);
        node = edge->second;
    }
    user_ends[node] = true;
    user_first[word.front() - first_han] = true;
}

HanWords::HanWords(const std::vector<std::string>& user_words) : tries_(std::make_unique<Tries>()) {
    tries_->open_dictionary();
    tries_->user_ends.push_back(false);
    tries_->user_first.assign(han_count, false);
    for (const std::string& word : user_words) {
        icu::UnicodeString text = icu::UnicodeString::fromUTF8(word);
        tries_->add_user_word({text.getBuffer(), static_cast<std::size_t>(text.length())});
    }
}

HanWords::~HanWords() = default;

void HanWords::split(std::u16string_view run, std::vector<std::uint8_t>& lengths) const {
    constexpr std::uint32_t unreached = std::numeric_limits<std::uint32_t>::max();
    thread_local std::vector<std::uint32_t> costs;
    thread_local std::vector<std::uint8_t> arrived_by;
    const Tries& tries = *tries_;
    std::size_t count = run.size();
    costs.assign(count + 1, unreached);
    arrived_by.assign(count + 1, 1);
    costs[0] = 0;
    icu::UCharsTrie trie(tries.units);
    for (std::size_t at = 0; at < count; ++at) {
        std::uint32_t cost = costs[at];
        auto offer = [&](std::size_t length, std::uint32_t word_cost) {
            if (cost + word_cost >= costs[at + length]) return;
            costs[at + length] = cost + word_cost;
            arrived_by[at + length] = static_cast<std::uint8_t>(length);
        };
        std::size_t first = run[at] - first_han;
        bool known = first < han_count;
        offer(1, known ? tries.single_costs[first] : cost_of_unknown);
        if (!known) continue;
        if (tries.roots[first] != 0) {
            trie.resetToState64(tries.roots[first]);
            for (std::size_t length = 2; at + length <= count; ++length) {
                UStringTrieResult result = trie.next(run[at + length - 1]);
                if (USTRINGTRIE_HAS_VALUE(result)) {
                    offer(length, static_cast<std::uint32_t>(trie.getValue()));
                }
                if (!USTRINGTRIE_HAS_NEXT(result)) break;
            }
        }
        if (!tries.user_first[first]) continue;
        std::uint32_t node = 0;
        for (std::size_t length = 1; at + length <= count; ++length) {
            auto edge = tries.user_edges.find((std::uint64_t{node} << 16) | run[at + length - 1]);
            if (edge == tries.user_edges.end()) break;
            node = edge->second;
            if (tries.user_ends[node]) offer(length, cost_of_user_word);
        }
    }
    lengths.clear();
    for (std::size_t at = count; at > 0; at -= arrived_by[at])
        lengths.push_back(arrived_by[at]);
    std::reverse(lengths.begin(), lengths.end());
}

std::uint32_t HanWords::rarity(std::u16string_view word) const {
    if (tries_->units == nullptr || word.empty()) return cost_of_unknown;
    icu::UCharsTrie trie(tries_->units);
    UStringTrieResult result = USTRINGTRIE_NO_VALUE;
    for (std::size_t i = 0; i < word.size(); ++i) {
        result = i == 0 ? trie.first(word[i]) : trie.next(word[i]);
        if (!USTRINGTRIE_MATCHES(result)) return cost_of_unknown;
    }
    if (!USTRINGTRIE_HAS_VALUE(result)) return cost_of_unknown;
    return static_cast<std::uint32_t>(trie.getValue());
}

}  // namespace search
