
#include <cstdio>

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "people.h"
#include "support/database_fixture.h"
#include "workflow/case.h"
#include "workflow/migrations.h"

namespace workflow {
namespace {

constexpr int cases_generated = 100'000;

constexpr std::string_view process_yaml = R"(
process: review
version: 1
title: Review
initial: submitted
states:
  submitted:
    title: Submitted
    waits_for: [officer@place]
    clock: {working_days: 10, on_due: {escalate_to: officer}, source: test}
  done: {title: Done, final: yes}
transitions:
  finish: {title: Finish, from: submitted, to: done, who: officer@place}
)";

std::string two_digits(int number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

/// One row of each table per case, and three queue rows, as Cases::open would have written them:
/// 14 cities with 8 counties each.
void generate(store::Transaction& transaction, int first, int count) {
    for (int i = first; i < first + count; ++i) {
        std::string city = "45" + two_digits(1 + i % 14);
        std::string county = city + two_digits(1 + i / 14 % 8);
        std::string subject = "S" + std::to_string(1'000'000 + i);
        std::int64_t due = 1'800'000'000'000'000 + i * 7919LL % 86'400'000;
        transaction.execute(
            "INSERT INTO workflow_case (process, subject, process_version, version, title, state,"
            " place, owner, counterpart, point, author, opened_at, since, due_at, escalation)"
            " VALUES ('review', :subject, 1, 1, :subject, 'submitted', :place, '', '', '', '',"
            " :opened_at, :opened_at, :due_at, 0)",
            {{"subject", subject}, {"place", county}, {"opened_at", i}, {"due_at", due}});
        for (const std::string& place : {std::string("450000"), city + "00", county}) {
            transaction.execute(
                "INSERT INTO workflow_wait (scope, role, due_at, opened_at, process, subject)"
                " VALUES (:scope, 'officer', :due_at, :opened_at, 'review', :subject)",
                {{"scope", "place:" + place},
                 {"due_at", due},
                 {"opened_at", i},
                 {"subject", subject}});
        }
    }
}

class QueuePlanTest : public support::DatabaseTest {};

TEST_P(QueuePlanTest, AQueueIsAWalkAlongOneIndex) {
    auto steps = migrations();
    support::TestDatabase database(GetParam(), {steps.begin(), steps.end()});
    for (int first = 0; first < cases_generated; first += 20'000) {
        ASSERT_TRUE(database->write<void>([&](store::Transaction& transaction) -> base::Status {
            generate(transaction, first, 20'000);
            return {};
        }));
    }
    bool sqlite = GetParam() == store::Dialect::sqlite;
    if (!sqlite) database.tamper("ANALYZE workflow_wait");
    const std::string_view explain =
        sqlite ? "EXPLAIN QUERY PLAN SELECT due_at, opened_at, process, subject FROM workflow_wait"
                 " WHERE scope = 'place:450000' AND role = 'officer'"
                 " AND (due_at, opened_at, process, subject) > (5, 5, '', '')"
                 " ORDER BY due_at, opened_at, process, subject LIMIT 50"
               : "EXPLAIN SELECT due_at, opened_at, process, subject FROM workflow_wait"
                 " WHERE scope = 'place:450000' AND role = 'officer'"
                 " AND (due_at, opened_at, process, subject) > (5, 5, '', '')"
                 " ORDER BY due_at, opened_at, process, subject LIMIT 50";
    std::string plan =
        *database->read<std::string>([&](store::Reader& reader) -> base::Result<std::string> {
            std::string text;
            for (const store::Row& row : reader.query(explain)) {
                for (std::size_t i = 0; i < row.size(); ++i)
                    text += row.text_or(i, "") + " ";
                text += "\n";
            }
            return text;
        });
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Sort"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("SCAN workflow_wait"), std::string::npos) << plan;

    Codes codes;
    base::WorkCalendar calendar;
    Cases cases({*Process::from(*base::Yaml::parse(process_yaml, "p.yaml"))}, codes, calendar);
    for (const char* place : {"450000", "450100", "450308"}) {
        base::Duration start = base::elapsed_since_start();
        auto items = *database->read<std::vector<QueueItem>>([&](store::Reader& reader) {
            return base::Result<std::vector<QueueItem>>(
                cases.queue(reader, test::officer(place), {}));
        });
        base::Duration took = base::elapsed_since_start();
        EXPECT_EQ(items.size(), 50u) << place;
        std::int64_t spent_us = took.microseconds - start.microseconds;
        RecordProperty(std::string("queue_us_") + place, std::to_string(spent_us));
        std::printf("queue of %s among %d cases: %lld us\n", place, cases_generated,
                    static_cast<long long>(spent_us));
        for (std::size_t i = 1; i < items.size(); ++i) {
            EXPECT_LE(*items[i - 1].item.current.due, *items[i].item.current.due);
        }
    }
}

ON_BOTH_DATABASES(QueuePlanTest);

}  // namespace
}  // namespace workflow
