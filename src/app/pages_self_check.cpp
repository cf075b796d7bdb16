#include "app/pages_self_check.h"

#include <algorithm>
#include <array>
#include <memory>

#include "contract/recognition.h"
#include "contract/recognition_questions.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;
using contract::Answered;
using contract::Case;
using contract::Decision;
using contract::Fact;
using contract::Profile;
using contract::Question;

/// Questions on one page: enough not to click for each, few enough to read on a phone.
constexpr std::size_t questions_per_page = 3;

/// What a citizen need not be asked: it changes remarks for the office, not the answer.
constexpr std::array office_facts{
    Fact::round,   Fact::disputed,         Fact::plan, Fact::related, Fact::pricing_record,
    Fact::earlier, Fact::separately_priced};

/// One visitor's answers, read from the address.
struct SelfCheck {
    Case facts;
    Answered answered;
    std::vector<std::pair<std::string, std::string>> given;  ///< for the hidden fields

    bool has_kind() const { return !facts.parts.empty(); }
};

/// Values that the rules do not know are left out: an address can be typed by anybody.
SelfCheck read_answers(const http::Request& request) {
    SelfCheck check;
    for (Fact fact : office_facts) {
        if (contract::definition_of(fact).scope == contract::FactScope::contract)
            check.answered.set(fact);
    }
    std::string kind = request.query_or("kind");
    if (!contract::find_value(Fact::kind, kind)) return check;
    if (!check.facts.add_part("P1", kind)) return check;
    check.given.emplace_back("kind", kind);
    check.answered.parts.resize(1);
    check.answered.set(0, Fact::kind);
    check.answered.set(0, Fact::separately_priced);
    for (const contract::FactDefinition& row : contract::fact_definitions()) {
        if (row.fact == Fact::kind || row.scope == contract::FactScope::derived) continue;
        std::string value = request.query_or(row.name);
        if (value.empty()) continue;
        if (row.scope == contract::FactScope::contract) {
            if (!check.facts.set_fact(row.name, value)) continue;
            check.answered.set(row.fact);
        } else {
            if (!contract::set_part_fact(check.facts.parts[0], row.name, value)) continue;
            check.answered.set(0, row.fact);
        }
        check.given.emplace_back(row.name, value);
    }
    // A price of one yuan: the class does not depend on it, and no amount is shown.
    auto line = contract::make_line(0, contract::LineKind::technical, base::Money::yuan(1), {});
    if (line) (void)check.facts.add_line(*line);
    return check;
}

class SelfCheckPage {
  public:
    explicit SelfCheckPage(const PageView& view) : view_(view) {}

    base::Result<http::Reply> show(const http::Request& request) const {
        SelfCheck check = read_answers(request);
        object page{{"title", view_.text(request, "self_check.title")}};
        if (!check.has_kind()) {
            page["start"] = true;
            page["kinds"] = options(request, Fact::kind, "");
            return view_.render(request, "self_check", std::move(page));
        }
        const Profile& profile = today_profile();
        Decision decision = contract::evaluate(profile, check.facts);
        auto open = contract::next_questions(profile, check.facts, check.answered, 20'000);
        add_questions(request, open, page);
        add_given(request, check, page);
        add_result(request, profile, decision, open.empty(), page);
        return view_.render(request, "self_check", std::move(page));
    }

  private:
    const Profile& today_profile() const {
        auto today = base::date_in_shanghai(view_.site().clock().now());
        auto found = view_.region().rule_sets.in_force(today);
        return found ? **found : view_.region().rule_sets.preferred();
    }

    array options(const http::Request& request, Fact fact, std::string_view chosen) const {
        const contract::FactDefinition& row = contract::definition_of(fact);
        array list;
        for (std::string_view value : row.values) {
            std::string key = "answer." + std::string(row.name) + "." + std::string(value);
            list.push_back(option(value, view_.text(request, key), chosen));
        }
        return list;
    }

    void add_questions(const http::Request& request, std::vector<Question> open,
                       object& page) const {
        // What the contract is about comes before its papers.
        std::stable_sort(open.begin(), open.end(), [](const Question& a, const Question& b) {
            return (a.part >= 0) > (b.part >= 0);
        });
        page["left"] = static_cast<std::int64_t>(open.size());
        page["asks"] = !open.empty();
        if (open.size() > questions_per_page) open.resize(questions_per_page);
        array questions;
        for (const Question& question : open) {
            questions.push_back(
                object{{"name", contract::definition_of(question.fact).name},
                       {"ask", view_.text(request, question.text_key + ".ask")},
                       {"why", view_.text(request, question.text_key + ".why")},
                       {"example", view_.text(request, question.text_key + ".example")},
                       {"options", options(request, question.fact, "")}});
        }
        page["questions"] = std::move(questions);
    }

    void add_given(const http::Request& request, const SelfCheck& check, object& page) const {
        array given;
        for (const auto& [name, value] : check.given) {
            auto fact = contract::find_fact(name);
            std::string key = contract::definition_of(*fact).fact == Fact::kind
                                  ? "self_check.kind"
                                  : "recognition.question." + name + ".ask";
            given.push_back(object{{"name", name},
                                   {"value", value},
                                   {"ask", view_.text(request, key)},
                                   {"answer", view_.text(request, "answer." + name + "." + value)},
                                   {"again", with_query(request, name, "")}});
        }
        page["given"] = std::move(given);
    }

    void add_result(const http::Request& request, const Profile& profile, const Decision& decision,
                    bool is_final, object& page) const {
        bool good = decision.outcome == contract::Outcome::registered;
        page["final"] = is_final;
        page["box"] = good ? "done" : "faults";
        page["outcome"] =
            view_.text(request, "self_check.outcome." + std::string(name_of(decision.outcome)));
        for (const contract::ContractClass& known : profile.classes()) {
            if (known.code == decision.class_code) page["class"] = known.name.in(request.language);
        }
        array reasons;
        for (const std::string& code : decision.reasons) {
            std::string key = "reason." + code + ".";
            object reason{{"code", code},
                          {"title", view_.text(request, key + "title")},
                          {"why", view_.text(request, key + "why")}};
            if (!good) reason["cure"] = view_.text(request, key + "cure");
            auto citation = profile.citations().find(code);
            if (citation != profile.citations().end()) reason["law"] = citation->second.law;
            reasons.push_back(std::move(reason));
        }
        page["reasons"] = std::move(reasons);
        page["rules"] = profile.name().in(request.language);
    }

    const PageView& view_;
};

}  // namespace

void mount_self_check(http::Router& router, const PageView& view) {
    auto page = std::make_shared<SelfCheckPage>(view);
    router.get("/contracts/self-check", {.cost = 3, .hidden = true},
               [page](const http::Request& request) { return page->show(request); });
}

}  // namespace app
