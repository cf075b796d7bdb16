#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

/// Made-up records for measuring: the same seed gives the same records on every machine.
namespace bench {

/// Numbers from a seed. Not thread-safe.
class Chance {
  public:
    explicit Chance(std::uint64_t seed) : random_(seed) {}
    std::size_t below(std::size_t bound) { return random_.below(bound); }
    /// Small numbers far more often than large ones, as words and cities are: 0 about as often as
    /// everything from bound ÷ e onwards together.
    std::size_t skewed(std::size_t bound);
    template <class T>
    const T& one_of(const std::vector<T>& items) {
        return items[below(items.size())];
    }

  private:
    base::SeededRandom random_;
};

/// The 111 counties by their codes, in the order of regions/guangxi/places.yaml; the first have the
/// most contracts.
std::vector<std::string> county_codes();
/// Codes of contract classes and of technical fields as the region's code lists have them.
std::vector<std::string> contract_class_codes();
std::vector<std::string> technical_field_codes();

struct ContractFact {
    std::string place;
    std::string class_code;
    std::string field;
    base::Date day;
    std::int64_t amount_fen = 0;
};
/// Registered contracts of 2018–2026, skewed to few places and classes like real ones.
class ContractFacts {
  public:
    explicit ContractFacts(std::uint64_t seed) : chance_(seed) {}
    ContractFact next();

  private:
    Chance chance_;
    std::vector<std::string> places_ = county_codes();
    std::vector<std::string> classes_ = contract_class_codes();
    std::vector<std::string> fields_ = technical_field_codes();
};

/// Chinese sentences and titles of technology offers, put together from parts.
class Texts {
  public:
    explicit Texts(std::uint64_t seed) : chance_(seed) {}
    /// "基于超声波的罗非鱼鱼鳞胶原提取工艺"; thousands of different ones.
    std::string title();
    /// About `characters` characters, in sentences.
    std::string paragraph(std::size_t characters);
    Chance& chance() { return chance_; }

  private:
    Chance chance_;
};

}  // namespace bench
