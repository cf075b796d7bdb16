#include "run_cases/expectation.h"

#include <algorithm>
#include <regex>

#include "base/text.h"
#include "run_cases/value.h"

namespace run_cases {

namespace {

namespace json = base::json;

base::Error unreadable(std::string words) {
    return base::malformed("expectation_unreadable").saying(words);
}

bool is_status(const std::string& text) {
    return text.size() == 3 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Reads what stands behind `->` word by word.
class Reader {
  public:
    Reader(const std::vector<Token>& tokens, std::size_t at) : tokens_(tokens), at_(at) {}

    base::Result<Expectation> run() {
        if (at_ >= tokens_.size() || !is_status(tokens_[at_].text))
            return base::refuse(unreadable("a status of three digits after ->"));
        result_.status = std::stoi(tokens_[at_++].text);
        while (at_ < tokens_.size())
            TRY(take_one());
        return std::move(result_);
    }

  private:
    base::Status take_one() {
        const Token& token = tokens_[at_++];
        if (token.kind == Token::Kind::group) {
            result_.body = TRY(read_value(token.text));
            return {};
        }
        if (token.kind != Token::Kind::word) return base::refuse(unreadable(token.text));
        if (token.text.starts_with('$')) return take_binding(token.text.substr(1));
        if (token.text == "contains") return take_text(result_.contains.emplace_back());
        if (token.text == "not") return take_text(result_.lacks.emplace_back());
        if (token.text == "starts") return take_text(result_.starts);
        if (token.text == "type") return take_text(result_.type);
        if (token.text == "to") return take_text(result_.location);
        if (token.text == "save") return take_text(result_.saves.emplace_back());
        if (token.text == "header") {
            auto& [name, value] = result_.headers.emplace_back();
            TRY(take_text(name));
            return take_text(value);
        }
        if (!result_.code.empty()) return base::refuse(unreadable(token.text));
        result_.code = token.text;
        return {};
    }

    base::Status take_text(std::string& target) {
        if (at_ >= tokens_.size()) return base::refuse(unreadable("a text is missing at the end"));
        target = tokens_[at_++].text;
        return {};
    }

    base::Status take_binding(const std::string& text) {
        const std::size_t dot = text.find('.');
        Expectation::Binding binding{text.substr(0, dot), {}, {}};
        if (dot != std::string::npos) binding.path = text.substr(dot + 1);
        if (at_ < tokens_.size() && tokens_[at_].is("match")) {
            ++at_;
            TRY(take_text(binding.pattern));
        }
        result_.bindings.push_back(std::move(binding));
        return {};
    }

    const std::vector<Token>& tokens_;
    std::size_t at_;
    Expectation result_;
};

std::string as_text(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

base::Result<Expectation> Expectation::from(const std::vector<Token>& tokens, std::size_t at) {
    return Reader(tokens, at).run();
}

std::vector<std::string> Expectation::faults(const Answer& answer) const {
    std::vector<std::string> found;
    const auto expect = [&found](bool holds, std::string words) {
        if (!holds) found.push_back(std::move(words));
    };
    expect(answer.status == status,
           "status: expected " + std::to_string(status) + ", got " + std::to_string(answer.status));
    expect(code.empty() || answer.code == code,
           "code: expected " + code + ", got " + (answer.code.empty() ? "none" : answer.code));
    if (body) {
        expect(answer.json.has_value(), "body: expected JSON");
        if (answer.json) {
            for (std::string& difference : differences(*body, *answer.json))
                found.push_back(std::move(difference));
        }
    }
    for (const std::string& words : contains)
        expect(answer.body.find(words) != std::string::npos, "not on the page: " + words);
    for (const std::string& words : lacks)
        expect(answer.body.find(words) == std::string::npos, "should not be there: " + words);
    expect(answer.body.starts_with(starts), "does not start with " + starts);
    expect(type.empty() || answer.header("content-type").starts_with(type),
           "type: expected " + type + ", got " + answer.header("content-type"));
    expect(location.empty() || answer.header("location").starts_with(location),
           "location: expected " + location + ", got " + answer.header("location"));
    for (const auto& [name, words] : headers)
        expect(answer.header(name).find(words) != std::string::npos,
               "header " + name + ": expected " + words + ", got " + answer.header(name));
    return found;
}

std::optional<std::string> Expectation::find(const Answer& answer, const Binding& binding) {
    if (!binding.pattern.empty()) {
        std::smatch match;
        if (!std::regex_search(answer.body, match, std::regex(binding.pattern))) return {};
        return match.size() > 1 ? match[1].str() : match[0].str();
    }
    if (binding.path == "location") return answer.header("location");
    if (binding.path == "etag") return answer.header("etag");
    if (!answer.json) return {};
    const json::value* at = &*answer.json;
    for (const std::string& step : base::split(binding.path.empty() ? "id" : binding.path, '.')) {
        if (at->is_object()) {
            at = at->get_object().if_contains(step);
        } else if (at->is_array()) {
            const auto index = static_cast<std::size_t>(std::strtoull(step.c_str(), nullptr, 10));
            at = at->get_array().if_contains(index);
        } else {
            return {};
        }
        if (at == nullptr) return {};
    }
    return as_text(*at);
}

}  // namespace run_cases
