#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// Numbers terms in the order in which they first come, while a segment is built: the hottest lookup
/// of indexing, so all texts lie in one buffer and a slot holds enough of the hash to decide most
/// lookups without touching it. Not thread-safe.
class TermTable {
  public:
    TermTable() : slots_(1 << 12) {}

    std::uint32_t number_of(std::string_view term) {
        std::uint64_t hash = hash_of(term);
        auto mark = static_cast<std::uint32_t>(hash >> 32);
        std::size_t mask = slots_.size() - 1;
        std::size_t at = hash & mask;
        for (; slots_[at].number != 0; at = (at + 1) & mask) {
            if (slots_[at].mark == mark && text(slots_[at].number - 1) == term)
                return slots_[at].number - 1;
        }
        bytes_ += term;
        ends_.push_back(bytes_.size());
        auto number = static_cast<std::uint32_t>(ends_.size() - 1);
        slots_[at] = {mark, number};
        if (ends_.size() * 2 > slots_.size()) grow();
        return number - 1;
    }
    std::string_view text(std::uint32_t number) const {
        return std::string_view(bytes_).substr(ends_[number], ends_[number + 1] - ends_[number]);
    }
    std::size_t size() const { return ends_.size() - 1; }

  private:
    struct Slot {
        std::uint32_t mark = 0;
        std::uint32_t number = 0;  ///< plus one; 0 = free
    };

    /// Eight bytes at a time, multiplied and folded. Not for anything an attacker must not foresee
    /// beyond what slowing his own document down costs.
    static std::uint64_t hash_of(std::string_view text) {
        constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;
        std::uint64_t hash = text.size() * odd;
        while (!text.empty()) {
            std::uint64_t piece = 0;
            std::size_t size = text.size() < 8 ? text.size() : 8;
            std::memcpy(&piece, text.data(), size);
            hash = (hash ^ piece) * odd;
            hash ^= hash >> 29;
            text.remove_prefix(size);
        }
        return hash * odd;
    }
    void grow() {
        std::vector<Slot> wider(slots_.size() * 2);
        for (std::uint32_t number = 0; number < size(); ++number) {
            std::uint64_t hash = hash_of(text(number));
            std::size_t at = hash & (wider.size() - 1);
            while (wider[at].number != 0)
                at = (at + 1) & (wider.size() - 1);
            wider[at] = {static_cast<std::uint32_t>(hash >> 32), number + 1};
        }
        slots_ = std::move(wider);
    }

    std::vector<Slot> slots_;
    std::string bytes_;
    std::vector<std::size_t> ends_{0};
};

}  // namespace search
