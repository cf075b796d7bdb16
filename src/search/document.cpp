#include "search/document.h"

#include <algorithm>

namespace search {
namespace {

template <class Specs>
std::optional<std::size_t> find_named(const Specs& specs, std::string_view name) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
        if (specs[i].name == name) return i;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::size_t> Schema::field(std::string_view name) const {
    return find_named(fields, name);
}

std::optional<std::size_t> Schema::attribute(std::string_view name) const {
    return find_named(attributes, name);
}

std::string Schema::fingerprint() const {
    std::string text;
    for (const FieldSpec& spec : fields) {
        text += "field " + spec.name + ' ' + std::to_string(spec.weight) + '\n';
    }
    for (const AttributeSpec& spec : attributes) {
        text += "attribute " + spec.name +
                (spec.kind == AttributeKind::keyword ? " keyword\n" : " number\n");
    }
    std::vector<std::string> words = user_words;
    std::sort(words.begin(), words.end());
    for (const std::string& word : words)
        text += "word " + word + '\n';
    return text;
}

}  // namespace search
