#include "programme/review.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "party/account.h"
#include "programme/application_rows.h"
#include "programme/compose.h"
#include "store/write_row.h"

namespace programme {
namespace {

constexpr std::string_view select_review =
    "select id, application, expert, expert_name, state, marks, words, total, assigned_at, "
    "scored_at, version from programme_review ";
constexpr std::size_t words_max = 3000;

Review read_row(const store::Row& row) {
    Review review;
    review.id = row.id<Review>(0);
    review.application = row.id<Application>(1);
    review.expert = row.id<party::Account>(2);
    review.expert_name = row.text(3);
    review.state = row.text(4);
    review.marks = rows::object_of(row.text(5));
    review.words = row.text(6);
    if (const auto total = row.integer_if(7)) review.total = Number::scaled(*total);
    review.assigned_at = row.time(8);
    review.scored_at = row.time_if(9);
    review.version = row.integer(10);
    return review;
}

store::Bindings columns_of(const Review& review) {
    store::Value total = nullptr;
    if (review.total) total = review.total->ten_thousandths();
    return {{"id", review.id.text()},
            {"application", review.application.text()},
            {"expert", review.expert.text()},
            {"expert_name", review.expert_name},
            {"state", review.state},
            {"marks", base::json::serialize(review.marks)},
            {"words", review.words},
            {"total", total},
            {"assigned_at", review.assigned_at},
            {"scored_at", review.scored_at},
            {"version", review.version}};
}

const Step* review_step(const Programme& programme) {
    const auto found = std::ranges::find(programme.steps, StepKind::review, &Step::kind);
    return found == programme.steps.end() ? nullptr : &*found;
}

base::Error unknown() {
    return base::not_found("review_unknown");
}

}  // namespace

void Reviews::attach(workflow::Cases& cases, Applications& applications) {
    cases_ = &cases;
    std::vector<std::string> seen;
    for (const Programme& programme : applications.library().all()) {
        const std::string process = review_process(programme.code);
        if (cases.process(process) == nullptr || std::ranges::find(seen, process) != seen.end())
            continue;
        seen.push_back(process);
        cases.follow(process,
                     [](store::Transaction& transaction, const party::Actor&,
                        const workflow::Case& item, const workflow::Event&) -> base::Status {
                         auto review = find(transaction, base::Id<Review>(item.subject));
                         CHECK(review.has_value());
                         review->state = item.current.state;
                         review->version = item.version;
                         store::update_row(transaction, "programme_review", columns_of(*review));
                         return {};
                     });
    }
    // An application that ended otherwise needs no more marks.
    applications.listen([this](store::Transaction& transaction, const party::Actor&,
                               const Application& item, std::string_view) -> base::Status {
        if (item.is_open()) return {};
        for (const Review& review : of(transaction, item.id)) {
            if (review.state != "assigned") continue;
            workflow::Event event;
            event.transition = "cancel";
            TRY(cases_->advance(transaction, party::Actor::system(), review_process(item.programme),
                                review.id.text(), event));
        }
        return {};
    });
}

bool Reviews::may_lead(store::Reader&, const party::Actor& actor, const Application& item) const {
    const Step* step = review_step(applications_->programme_of(item));
    if (step == nullptr) return false;
    party::Standing standing = item.standing();
    standing.place = applications_->place_at(step->at, item.place);
    return party::allows(step->who, actor, standing);
}

bool Reviews::has_conflict(store::Reader& reader, const Application& item,
                           const base::Id<party::Account>& expert, base::Time now) const {
    if (expert == item.author) return true;
    std::set<base::Id<party::Organisation>> sides{item.owner, item.counterpart};
    // Where a person applies for himself, his colleagues are no strangers either.
    if (item.owner.empty()) {
        for (const party::Membership& own : party::Accounts::memberships(reader, item.author, now))
            sides.insert(own.organisation);
    }
    sides.erase(base::Id<party::Organisation>());
    return std::ranges::any_of(
        party::Accounts::memberships(reader, expert, now),
        [&](const party::Membership& own) { return sides.contains(own.organisation); });
}

std::vector<party::Account> Reviews::candidates(store::Reader& reader, const Application& item,
                                                base::Time now) const {
    const Step* step = review_step(applications_->programme_of(item));
    std::vector<party::Account> result;
    if (step == nullptr) return result;
    for (party::Account& account : party::Accounts::holders_of(
             reader, step->expert_role, applications_->places().region().code, now)) {
        if (!has_conflict(reader, item, account.id, now)) result.push_back(std::move(account));
    }
    return result;
}

base::Result<Review> Reviews::assign(store::Transaction& transaction, const party::Actor& actor,
                                     const base::Id<Application>& id,
                                     const base::Id<party::Account>& expert) const {
    const Application item = TRY(applications_->read(transaction, actor, id));
    const Programme& programme = applications_->programme_of(item);
    const Step* step = review_step(programme);
    if (!may_lead(transaction, actor, item))
        return base::refuse(base::forbidden("not_permitted").under(programme.source));
    if (step == nullptr || item.state != step->code)
        return base::refuse(base::conflict("wrong_state").with("state", item.state));
    const auto account = party::Accounts::find(transaction, expert);
    const auto held = party::Accounts::memberships(transaction, expert, transaction.now());
    const bool is_expert = std::ranges::any_of(held, [&](const party::Membership& membership) {
        return membership.role == step->expert_role;
    });
    if (!account || !account->active || !is_expert)
        return base::refuse(base::invalid("expert_unknown").at("expert"));
    if (has_conflict(transaction, item, expert, transaction.now()))
        return base::refuse(
            base::conflict("expert_conflict").with("name", account->name).at("expert"));
    for (const Review& other : of(transaction, id)) {
        // Who was removed or declined is not asked again for the same application.
        if (other.expert == expert)
            return base::refuse(
                base::conflict("expert_assigned").with("name", account->name).at("expert"));
    }
    Review review;
    review.id = transaction.new_id<Review>();
    review.application = id;
    review.expert = expert;
    review.expert_name = account->name;
    review.assigned_at = transaction.now();
    store::insert_row(transaction, "programme_review", columns_of(review));
    party::Standing standing;
    standing.place = applications_->place_at(step->at, item.place);
    standing.author = expert;
    const std::string title =
        programme.scoring.hides_applicant
            ? programme.title.in(base::Language::zh_cn) + " · " + item.id.text().substr(20)
            : item.title;
    TRY(cases_->open(transaction, actor,
                     {.process = review_process(programme.code),
                      .subject = review.id.text(),
                      .title = title,
                      .standing = standing,
                      .payload = {{"application", id.text()}}}));
    return review;
}

base::Result<Review> Reviews::score(store::Transaction& transaction, const party::Actor& actor,
                                    const base::Id<Review>& id, const base::json::object& marks,
                                    std::string_view words, bool declares_no_conflict,
                                    std::int64_t expected_version) const {
    Review review = TRY(read(transaction, actor, id));
    const Application item = TRY(Applications::require(transaction, review.application));
    const Programme& programme = applications_->programme_of(item);
    if (!declares_no_conflict)
        return base::refuse(base::invalid("conflict_not_declared").at("no_conflict"));
    std::vector<base::Error> defects = check_marks(programme.scoring, item.type, marks);
    const bool is_readable = base::is_valid_utf8(words) && !base::has_control_characters(words);
    if (!is_readable)
        defects.push_back(base::invalid("field_control_characters").at("words"));
    else if (base::count_characters(words) > words_max)
        defects.push_back(
            base::invalid("field_too_long").with("max", std::to_string(words_max)).at("words"));
    if (!defects.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
    review.marks = marks;
    review.words = base::trim(words);
    review.total =
        score_of(programme.scoring, item.type, applications_->situation(transaction, item), marks)
            .total;
    review.scored_at = transaction.now();
    store::update_row(transaction, "programme_review", columns_of(review));
    workflow::Event event;
    event.transition = "score";
    TRY(cases_->advance(transaction, actor, review_process(programme.code), id.text(), event,
                        expected_version));
    TRY(try_settle(transaction, item.id));
    return *find(transaction, id);
}

base::Result<Review> Reviews::advance(store::Transaction& transaction, const party::Actor& actor,
                                      const base::Id<Review>& id, const workflow::Event& event,
                                      std::int64_t expected_version) const {
    const auto review = find(transaction, id);
    if (!review) return base::refuse(unknown());
    const Application item = TRY(Applications::require(transaction, review->application));
    const bool is_concerned = review->expert == actor.account || may_lead(transaction, actor, item);
    if (!is_concerned) return base::refuse(unknown());
    if (event.transition == "score" || event.transition == "cancel")
        return base::refuse(base::invalid("transition_unknown")
                                .with("transition", event.transition)
                                .at("transition"));
    const Step* step = review_step(applications_->programme_of(item));
    if (step == nullptr || item.state != step->code)
        return base::refuse(base::conflict("review_settled").with("state", item.state));
    TRY(cases_->advance(transaction, actor, review_process(item.programme), id.text(), event,
                        expected_version));
    TRY(try_settle(transaction, item.id));
    return *find(transaction, id);
}

std::optional<PanelScore> Reviews::panel(store::Reader& reader, const Application& item) const {
    const Programme& programme = applications_->programme_of(item);
    std::vector<base::json::object> marks;
    for (const Review& review : of(reader, item.id)) {
        if (review.state == "assigned") return {};
        if (review.state == "scored") marks.push_back(review.marks);
    }
    if (marks.empty() || marks.size() < static_cast<std::size_t>(programme.scoring.experts_min))
        return {};
    return panel_score(programme.scoring, item.type, applications_->situation(reader, item), marks);
}

/// Once everybody who was asked has scored, and enough were: the score, and what follows from it.
base::Status Reviews::try_settle(store::Transaction& transaction,
                                 const base::Id<Application>& id) const {
    Application item = TRY(Applications::require(transaction, id));
    const Programme& programme = applications_->programme_of(item);
    const Step* step = review_step(programme);
    if (step == nullptr || item.state != step->code) return {};
    const auto scored = panel(transaction, item);
    if (!scored || scored->merged.needs_another) return {};
    item.score = scored->result.total;
    rows::update(transaction, item);
    const bool passes = scored->result.verdict != Verdict::not_met;
    return applications_->step(transaction, id,
                               transition_of(step->code, passes ? "pass" : "refuse"));
}

std::optional<Review> Reviews::find(store::Reader& reader, const base::Id<Review>& id) {
    const auto row =
        reader.first(std::string(select_review) + "where id = :id", {{"id", id.text()}});
    if (!row) return {};
    return read_row(*row);
}

base::Result<Review> Reviews::read(store::Reader& reader, const party::Actor& actor,
                                   const base::Id<Review>& id) const {
    auto review = find(reader, id);
    const bool is_own = review && actor.signed_in() && review->expert == actor.account;
    if (!is_own || review->state == "removed") return base::refuse(unknown());
    return std::move(*review);
}

std::vector<Review> Reviews::of(store::Reader& reader, const base::Id<Application>& id) {
    std::vector<Review> list;
    for (const store::Row& row :
         reader.query(std::string(select_review) + "where application = :id order by id",
                      {{"id", id.text()}}))
        list.push_back(read_row(row));
    return list;
}

std::vector<Review> Reviews::of_expert(store::Reader& reader,
                                       const base::Id<party::Account>& expert) {
    std::vector<Review> list;
    for (const store::Row& row : reader.query(
             std::string(select_review) + "where expert = :expert order by id desc limit 200",
             {{"expert", expert.text()}}))
        list.push_back(read_row(row));
    return list;
}

}  // namespace programme
