#include "run_cases/story.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/decode.h"
#include "party/totp.h"
#include "run_cases/matrix.h"
#include "run_cases/uploads.h"
#include "run_cases/value.h"

namespace run_cases {

namespace {

constexpr std::array methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::size_t shown_bytes_max = 2500;

base::Error misspelt(std::string words) {
    return base::malformed("statement_unreadable").saying(words);
}

bool is_method(const Token& token) {
    return token.kind == Token::Kind::word &&
           std::ranges::find(methods, token.text) != methods.end();
}

bool is_request(const Token& first) {
    return is_method(first) || first.is("get") || first.is("form") || first.is("upload");
}

std::string setting(const std::vector<Token>& tokens, std::string_view key) {
    for (const Token& token : tokens)
        if (token.kind == Token::Kind::setting && token.key == key) return token.text;
    return {};
}

bool is_name_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Where the name that begins behind a `$` ends; names begin with a capital letter.
std::size_t end_of_name(std::string_view text, std::size_t from) {
    std::size_t end = from;
    if (end < text.size() && text[end] >= 'A' && text[end] <= 'Z')
        while (end < text.size() && is_name_letter(text[end]))
            ++end;
    return end;
}

/// The words of a page's main part.
std::string words_of_page(const std::string& page) {
    const std::size_t from = page.find("<main");
    const std::string main = page.substr(from, page.find("</main>", from) - from);
    std::string words;
    bool in_tag = false;
    for (const char c : main) {
        if (c == '<') in_tag = true;
        const bool is_gap = in_tag || c == '\n' || c == ' ';
        if (!is_gap) words += c;
        if (is_gap && !words.empty() && words.back() != ' ') words += ' ';
        if (c == '>') in_tag = false;
    }
    return words;
}

std::string shown(const std::string& body, const std::optional<base::json::value>& json) {
    const bool is_page = body.find("<main") != std::string::npos;
    std::string text = json ? pretty(*json) : is_page ? words_of_page(body) : body;
    const bool is_text = std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\r' || c == '\t';
    });
    if (!is_text) return std::to_string(text.size()) + " bytes";
    if (text.size() > shown_bytes_max) text = text.substr(0, shown_bytes_max) + "\n…";
    return text;
}

std::vector<Token>::const_iterator arrow_of(const std::vector<Token>& tokens) {
    return std::ranges::find_if(tokens, [](const Token& token) { return token.is("->"); });
}

/// What the names behind the arrow would have been, when their statement failed.
void collect_bindings(std::string_view text, std::set<std::string>& names) {
    const std::size_t arrow = text.find("->");
    if (arrow == std::string_view::npos) return;
    for (std::size_t at = text.find(" $", arrow); at != std::string_view::npos;
         at = text.find(" $", at + 1)) {
        names.insert(std::string(text.substr(at + 2, end_of_name(text, at + 2) - at - 2)));
    }
}

/// "10 working days", "15d", "2h", "30m": nothing for other units.
std::optional<base::Duration> read_duration(const std::string& text) {
    if (text.size() < 2) return {};
    const std::int64_t count = std::strtoll(text.c_str(), nullptr, 10);
    switch (text.back()) {
        case 'd':
            return base::days(count);
        case 'h':
            return base::hours(count);
        case 'm':
            return base::minutes(count);
        case 's':
            return base::seconds(count);
        default:
            return {};
    }
}

}  // namespace

Story::Story(const Script& script, WorldOptions options)
    : script_(script), options_(std::move(options)) {
}

StoryResult Story::play() {
    StoryResult result;
    for (const Statement& statement : script_.statements) {
        if (needs_unbound(statement.text)) {
            collect_bindings(statement.text, unbound_);
            continue;
        }
        ++result.statements;
        const base::Status status = run(statement);
        if (status) continue;
        const std::string words =
            status.error().detail.empty() ? base::describe(status.error()) : status.error().detail;
        result.failures.push_back(statement.where() + ": " + statement.text + "\n" + words);
        collect_bindings(statement.text, unbound_);
        if (!world_) break;  // nothing can follow from a site that did not open
    }
    if (world_) result.codes = world_->codes();
    return result;
}

base::Status Story::run(const Statement& statement) {
    Tokens tokens = TRY(split(statement.text));
    bool after_arrow = false;
    for (Token& token : tokens) {
        const bool binds = after_arrow && token.kind == Token::Kind::word;
        if (!binds) token.text = TRY(with_values(token.text));
        const bool holds_value = token.text.starts_with('{') || token.text.starts_with('[');
        if (token.kind == Token::Kind::word && holds_value) token.kind = Token::Kind::group;
        after_arrow = after_arrow || token.is("->");
    }
    if (tokens[0].is("let") && tokens.size() == 3) {
        values_[tokens[1].text] = tokens[2].text;
        return {};
    }
    if (tokens[0].is("region") || tokens[0].is("clock") || tokens[0].is("limit"))
        return run_setting(tokens);
    TRY(prepare());
    if (is_request(tokens[0])) return request(tokens);
    if (tokens[0].is("advance")) return advance(tokens);
    if (tokens[0].is("person")) return declare_person(tokens);
    if (tokens[0].is("as")) return become(tokens);
    if (tokens[0].is("setup")) return make_setup_code(tokens);
    if (tokens[0].is("totp")) return make_one_time_code(tokens);
    if (tokens[0].is("matrix")) return walk_matrix(tokens);
    if (tokens[0].is("jobs")) {
        world_->run_jobs();
        return {};
    }
    return base::refuse(misspelt("no such statement: " + tokens[0].text));
}

base::Status Story::run_setting(const Tokens& tokens) {
    if (tokens.size() < 2) return base::refuse(misspelt("a value is missing"));
    if (tokens[0].is("clock")) return set_clock(tokens);
    if (world_) return base::refuse(misspelt(tokens[0].text + " comes first"));
    if (tokens[0].is("limit"))
        options_.requests_per_minute = std::stoi(tokens[1].text);
    else
        options_.region = tokens[1].text;
    return {};
}

base::Status Story::prepare() {
    if (world_) return {};
    auto opened = World::open(options_);
    if (!opened) return base::refuse(opened.error());
    world_ = std::move(*opened);
    agent_ = &world_->browser("visitor");
    agent_name_ = "visitor";
    return {};
}

base::Status Story::set_clock(const Tokens& tokens) {
    std::string text = tokens[1].text;
    if (tokens.size() > 2) text += " " + tokens[2].text;
    const base::Time moment = TRY(base::parse_local(text));
    options_.start = moment;
    if (!world_) return {};
    if (moment < world_->clock().now()) return base::refuse(misspelt("time does not go back"));
    world_->clock().set(moment);
    return {};
}

base::Status Story::advance(const Tokens& tokens) {
    if (tokens.size() < 2) return base::refuse(misspelt("advance 15d, or 10 working days"));
    base::ManualClock& clock = world_->clock();
    if (const auto length = read_duration(tokens[1].text)) {
        clock.advance(*length);
        return {};
    }
    const bool in_working_days = tokens.size() >= 4 && tokens[2].is("working");
    if (!in_working_days) return base::refuse(misspelt("advance 15d, or 10 working days"));
    const base::Date today = base::date_in_shanghai(clock.now());
    const base::Date day =
        world_->site().region->calendar.add_working_days(today, std::stoi(tokens[1].text));
    clock.advance(base::start_of_day(day) - base::start_of_day(today));
    return {};
}

base::Status Story::declare_person(const Tokens& tokens) {
    if (tokens.size() < 2) return base::refuse(misspelt("person NAME role=… place=…"));
    TRY(world_->add_person({.name = tokens[1].text,
                            .role = setting(tokens, "role"),
                            .place = setting(tokens, "place"),
                            .organisation = setting(tokens, "organisation"),
                            .kind = setting(tokens, "kind"),
                            .credit_code = setting(tokens, "code"),
                            .is_public_body = setting(tokens, "public") == "yes"}));
    const std::size_t arrow = static_cast<std::size_t>(arrow_of(tokens) - tokens.begin());
    for (std::size_t at = arrow + 1; at < tokens.size(); ++at) {
        const std::string name = tokens[at].text.substr(1, tokens[at].text.find('.') - 1);
        values_[name] = tokens[at].text.ends_with(".account")
                            ? world_->account_of(tokens[1].text)
                            : world_->organisation_of(tokens[1].text);
    }
    return {};
}

base::Status Story::become(const Tokens& tokens) {
    if (tokens.size() < 2) return base::refuse(misspelt("as NAME, as visitor, as browser NAME"));
    agent_name_ = tokens.back().text;
    is_person_ = !tokens[1].is("browser") && !tokens[1].is("visitor");
    if (tokens[1].is("browser")) {
        // A browser keeps its cookies between visits; `as visitor` is always a new one.
        agent_ = &(world_->has_browser(agent_name_) ? world_->known_browser(agent_name_)
                                                    : world_->browser(agent_name_));
        return {};
    }
    if (tokens[1].is("visitor")) {
        agent_ = &world_->browser("visitor");
        return {};
    }
    agent_ = TRY(world_->person(agent_name_));
    return {};
}

/// `setup -> $CODE`: the one-time code that an empty site prints at its first start.
base::Status Story::make_setup_code(const Tokens& tokens) {
    const std::string code =
        TRY(world_->site().accounts->make_setup_code(*world_->site().database));
    values_[tokens.back().text.substr(1)] = code;
    return {};
}

/// `totp $URL -> $CODE`: what an authenticator app would show now.
base::Status Story::make_one_time_code(const Tokens& tokens) {
    const std::string& url = tokens[1].text;
    const std::size_t from = url.find("secret=") + 7;
    const std::string letters = url.substr(from, url.find('&', from) - from);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string secret;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char letter : letters) {
        bits = bits << 5 | static_cast<std::uint32_t>(alphabet.find(letter));
        count += 5;
        if (count < 8) continue;
        count -= 8;
        secret += static_cast<char>(bits >> count & 0xff);
    }
    values_[tokens.back().text.substr(1)] =
        party::totp_code(secret, party::totp_step(world_->clock().now()));
    return {};
}

base::Status Story::walk_matrix(const Tokens& tokens) {
    const std::string given = setting(tokens, "body");
    const base::json::value body = TRY(read_value(given.empty() ? "{}" : given));
    MatrixWalk walk;
    walk.process = tokens.size() > 1 ? tokens[1].text : "";
    walk.target = tokens.size() > 2 ? tokens[2].text : "";
    walk.owner = setting(tokens, "owner");
    walk.counterpart = setting(tokens, "counterpart");
    walk.point = setting(tokens, "point");
    walk.place = setting(tokens, "place");
    walk.only = setting(tokens, "only");
    walk.body = base::json::serialize(body);
    return walk.run(*world_);
}

base::Result<Call> Story::read_call(const Tokens& tokens, std::size_t& at) {
    Call call;
    const bool is_form = tokens[0].is("form");
    const bool is_upload = tokens[0].is("upload");
    if (is_form || tokens[0].is("get")) call.accept = "text/html";
    at = is_form || is_upload ? 1 : 0;
    if (at < tokens.size() && is_method(tokens[at])) call.method = tokens[at].text;
    if (is_upload) call.method = "POST";
    ++at;
    if (at >= tokens.size()) return base::refuse(misspelt("METHOD /path"));
    call.target = tokens[at++].text;
    Tokens settings;
    while (at < tokens.size() && !tokens[at].is("->")) {
        const Token& token = tokens[at++];
        if (token.kind == Token::Kind::setting) {
            settings.push_back(token);
        } else if (token.kind == Token::Kind::group && is_form) {
            const base::json::value fields = TRY(read_value(token.text));
            call.body = urlencoded(TRY(base::require_object(fields)));
        } else if (token.kind == Token::Kind::group) {
            call.body = base::json::serialize(TRY(read_value(token.text)));
            call.content_type = "application/json";
        } else if (token.kind == Token::Kind::quoted) {
            call.body = token.text;
            call.content_type = "application/json";
        } else if (token.text.ends_with(':') && at < tokens.size()) {
            std::string name = token.text.substr(0, token.text.size() - 1);
            std::string value = tokens[at++].text;
            const bool is_version =
                name == "If-Match" && !value.starts_with('"') && !value.empty() && value != "none";
            call.headers.emplace_back(std::move(name), is_version ? '"' + value + '"' : value);
        } else {
            return base::refuse(misspelt("what is " + token.text + "?"));
        }
    }
    if (is_form) {
        call.content_type = "application/x-www-form-urlencoded";
        if (!agent_->csrf.empty())
            call.body += (call.body.empty() ? "" : "&") + std::string("csrf=") +
                         http::percent_encode(agent_->csrf);
    }
    if (is_upload) {
        const Upload upload =
            TRY(Upload::from(settings, saved_, world_->clock().now(), world_->site().options.data));
        upload.put_into(call);
    } else if (!settings.empty()) {
        return base::refuse(misspelt("what is " + settings.front().key + "=?"));
    }
    for (const auto& [name, value] : call.headers)
        if (name == "Content-Type") call.content_type = value;
    return call;
}

base::Status Story::request(const Tokens& tokens) {
    std::size_t at = 0;
    Call call = TRY(read_call(tokens, at));
    if (at >= tokens.size()) return base::refuse(misspelt("what is expected? -> STATUS"));
    const Expectation expected = TRY(Expectation::from(tokens, at + 1));
    if (is_person_) agent_ = TRY(world_->person(agent_name_));  // whose session may have ended
    TRY(fill_in_version(call));
    const Answer answer = TRY(world_->send(*agent_, call));
    return check(call, answer, expected);
}

/// `If-Match: now`: the record is read first, as an honest client does, and its version is named.
base::Status Story::fill_in_version(Call& call) {
    for (auto& [name, value] : call.headers) {
        if (name != "If-Match" || value != "\"now\"") continue;
        std::string record = call.target.substr(0, call.target.find('?'));
        if (call.method == "POST") record.resize(record.rfind('/'));
        const Answer answer = TRY(world_->send(*agent_, {.method = "GET", .target = record}));
        const std::string tag = answer.header("etag");
        value = answer.status == 200 && !tag.empty() ? tag : "\"1\"";
    }
    return {};
}

base::Status Story::check(const Call& call, const Answer& answer, const Expectation& expected) {
    std::vector<std::string> faults = expected.faults(answer);
    for (const Expectation::Binding& binding : expected.bindings) {
        if (auto value = Expectation::find(answer, binding))
            values_[binding.name] = std::move(*value);
        else
            faults.push_back("nothing to bind to $" + binding.name);
    }
    for (const std::string& name : expected.saves)
        saved_[name] = answer.body;
    if (faults.empty()) return {};
    std::string words =
        "  as " + agent_name_ + " at " + base::to_local_string(world_->clock().now()) + "\n";
    for (const std::string& fault : faults)
        words += "  " + fault + "\n";
    const bool is_text = call.content_type.starts_with("application/json");
    words += "  request: " + call.method + " " + call.target + "\n";
    if (is_text) words += "  " + call.body + "\n";
    words += "  answer: " + std::to_string(answer.status) + " " + shown(answer.body, answer.json);
    return base::refuse(base::error(base::ErrorKind::internal, "not_as_expected").saying(words));
}

base::Result<std::string> Story::with_values(std::string_view text) const {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text[at] == '$' ? end_of_name(text, at + 1) : at;
        if (text[at] != '$' || end == at + 1) {
            result += text[at++];
            continue;
        }
        const auto found = values_.find(std::string(text.substr(at + 1, end - at - 1)));
        if (found == values_.end())
            return base::refuse(
                misspelt("nothing is called " + std::string(text.substr(at, end - at))));
        result += found->second;
        at = end;
    }
    return result;
}

bool Story::needs_unbound(std::string_view text) const {
    for (std::size_t at = text.find('$'); at != std::string_view::npos;
         at = text.find('$', at + 1)) {
        const std::string name(text.substr(at + 1, end_of_name(text, at + 1) - at - 1));
        if (unbound_.contains(name) && !values_.contains(name)) return true;
    }
    return false;
}

}  // namespace run_cases
