// A rule that changes while cases run: each case ends under the text it started with.
#include <gtest/gtest.h>

#include "base/texts.h"
#include "base/yaml.h"
#include "indicator/migrations.h"
#include "party/party_fixture.h"
#include "party/qualification.h"
#include "programme/follow_up.h"
#include "programme/library.h"
#include "programme/list.h"
#include "programme/migrations.h"
#include "programme/review.h"
#include "workflow/migrations.h"

namespace programme {
namespace {

using party_test::code_of;
using party_test::must;

const std::string head = R"(programme: small
version: "1"
title: 小事项
summary: 试验
source: 试验
category: service
applicant: {who: [transfer_officer@own], one_per: none}
windows: {always: yes}
form:
  form: small
  title: 表
  fields: [{name: title, type: text, label: 名称, required: yes}, {name: people, type: integer, label: 人数}]
eligibility: [{code: people, text: 人数够, require: {value: form.people, at_least: LIMIT}}]
steps:
)";
const std::string look =
    "  - {code: look, kind: check, title: 看, who: [officer@place], clock: {working_days: 3, "
    "source: 试验}}\n";
const std::string look_again =
    "  - {code: second, kind: check, title: 再看, who: [officer@place], clock: {working_days: 3, "
    "source: 试验}}\n";

std::string text_with(const std::string& limit, const std::string& steps) {
    std::string text = head + steps;
    text.replace(text.find("LIMIT"), 5, limit);
    return text;
}

std::vector<store::Migration> steps_of_modules() {
    std::vector<store::Migration> all;
    for (auto part : {party::qualification_migrations(), workflow::migrations(),
                      indicator::migrations(), migrations()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// One start of the program with the file as it is then.
struct Start {
    Start(party_test::World& world, const std::string& text) : calendar(), codes() {
        calendar = must(base::WorkCalendar::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/calendar"));
        codes = must(workflow::Codes::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/codes"));
        texts = must(base::Texts::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/texts"));
        Programmes today;
        today.add(must(Programme::from(must(base::Yaml::parse(text, "small.yaml")), text, codes)));
        library = must(Library::open(*world.database, today, codes));
        cases = std::make_unique<workflow::Cases>(must(library->processes(texts)), codes, calendar);
        applications = std::make_unique<Applications>(*library, world.places, records);
        applications->attach(*cases);
    }
    base::WorkCalendar calendar;
    workflow::Codes codes;
    base::Texts texts;
    Records records;
    std::unique_ptr<Library> library;
    std::unique_ptr<workflow::Cases> cases;
    std::unique_ptr<Applications> applications;
};

class Versions : public testing::TestWithParam<store::Dialect> {
  protected:
    Versions() : world(GetParam(), steps_of_modules()) {
        owner.account = base::Id<party::Account>("01ACCOWNER0000000000000000");
        owner.name = "owner";
        owner.grants.push_back({"transfer_officer", "450102", {}});
        officer.account = base::Id<party::Account>("01ACCOFFICER00000000000000");
        officer.name = "officer";
        officer.grants.push_back({"officer", "450100", {}});
    }
    base::Result<Application> create(Start& start, int people) {
        owner.organisation =
            world.add_organisation(party::OrganisationKind::university, "450102").id;
        owner.grants[0].organisation = owner.organisation;
        return world.database->write<Application>([&](store::Transaction& transaction) {
            return start.applications->create(transaction, owner,
                                              {.programme = "small",
                                               .body = {{"title", "甲"}, {"people", people}},
                                               .reasons = {},
                                               .place = {}});
        });
    }
    base::Result<Application> step(Start& start, const party::Actor& actor,
                                   const base::Id<Application>& id, const std::string& what,
                                   std::int64_t version = 0) {
        return world.database->write<Application>([&](store::Transaction& transaction) {
            workflow::Event event;
            event.transition = what;
            return start.applications->advance(transaction, actor, id, event, version);
        });
    }

    party_test::World world;
    party::Actor owner, officer;
};

TEST_P(Versions, ARunningCaseKeepsTheTextItStartedUnder) {
    Start first(world, text_with("2", look));
    const Application early = must(create(first, 3));
    ASSERT_EQ(code_of(step(first, owner, early.id, "submit")), "ok");

    Start second(world, text_with("5", look + look_again));
    EXPECT_EQ(second.library->newest("small")->revision, 2);
    const Application late = must(create(second, 3));
    EXPECT_EQ(late.revision, 2);
    EXPECT_EQ(code_of(step(second, owner, late.id, "submit")), "not_eligible");
    // The early one passes with the one step it knew.
    const Application done = must(step(second, officer, early.id, "look_pass"));
    EXPECT_EQ(done.state, "granted");

    // The same text again is no new version; an old one that comes back is.
    EXPECT_EQ(Start(world, text_with("5", look + look_again)).library->newest("small")->revision,
              2);
    Start third(world, text_with("2", look));
    EXPECT_EQ(third.library->newest("small")->revision, 3);
    EXPECT_EQ(third.library->of("small", 2).steps.size(), 2u);
}

TEST_P(Versions, TwoWhoDecideAtOnceDoNotBothWin) {
    Start start(world, text_with("2", look));
    const Application item = must(create(start, 3));
    const Application submitted = must(step(start, owner, item.id, "submit"));
    ASSERT_EQ(code_of(step(start, officer, item.id, "look_pass", submitted.version)), "ok");
    EXPECT_EQ(code_of(step(start, officer, item.id, "look_refuse", submitted.version)),
              "version_stale");
    EXPECT_EQ(code_of(step(start, owner, item.id, "look_pass", submitted.version)),
              "not_permitted");
}

INSTANTIATE_TEST_SUITE_P(Dialects, Versions,
                         testing::Values(store::Dialect::sqlite, store::Dialect::postgresql));

}  // namespace
}  // namespace programme
