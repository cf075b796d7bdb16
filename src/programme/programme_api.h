#pragma once

#include "base/json.h"
#include "base/texts.h"
#include "http/router.h"
#include "programme/follow_up.h"
#include "programme/list.h"
#include "programme/review.h"
#include "workflow/attachment.h"

namespace programme {

/// The HTTP face of programmes: what there is, applying, deciding, scoring, lists, titles, awards and
/// follow-ups. What is referred to must outlive the router. Thread-safe.
struct ProgrammeApi {
    store::Database* database;
    const base::Texts* texts;
    const workflow::Codes* codes;
    const Applications* applications;
    const Reviews* reviews;
    const Outcomes* outcomes;
    const FollowUps* follow_ups;
    const Lists* lists;
    const workflow::Attachments* attachments;

    void mount(http::Router& router) const;

  private:
    void mount_applications(http::Router& router) const;
    void mount_reviews(http::Router& router) const;
    void mount_lists(http::Router& router) const;
    void mount_outcomes(http::Router& router) const;
};

/// A programme for a list: code, title, summary, windows.
base::json::object show_brief(const Programme&, base::Date today, base::Language);
/// With form, conditions, steps with who and clocks, outcomes, follow-ups and what is to be set: for the
/// guide, the application form and the designer's diagram.
base::json::object show_programme(const Programme&, base::Date today, base::Language);
base::json::object show_application(const Application&, const Programme&, base::Language);
base::json::object show_eligibility(const std::vector<Eligibility>&, base::Language);
base::json::object show_sheet(const ScoreSheet&, std::string_view type, base::Language);
base::json::object show_title(const Title&, const Programme&, base::Language);
base::json::object show_award(store::Reader&, const GrantedAward&, const Programme&,
                              base::Language);
base::json::object show_follow_up(const FollowUp&, const FollowUpRule&, base::Language);
base::json::object show_list(const List&, const Programme&, base::Language);
base::json::object show_objection(const Objection&);
base::json::object show_difference(const Difference&);

/// {reason, text, data} and the version: If-Match, or `version` in the body.
struct StepRequest {
    workflow::Event event;
    std::int64_t version = 0;
};
base::Result<StepRequest> read_step(const http::Request& request);
/// If-Match, or a member `version`.
base::Result<std::int64_t> version_of(const http::Request& request, const base::json::object& body);

}  // namespace programme
