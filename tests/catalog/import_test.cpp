#include "catalog/import.h"

#include <cstdio>

#include <gtest/gtest.h>

#include "world.h"

namespace catalog {
namespace {

using Cells = std::vector<std::string>;

std::vector<SheetRow> sheet(std::vector<Cells> rows) {
    std::vector<SheetRow> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back({i + 1, std::move(rows[i])});
    return result;
}

const Cells heading{"成果名称",       "一句话简介",     "解决的问题",     "优势",
                    "技术成熟度",     "评价方式",       "权属",           "合作方式",
                    "定价方式",       "意向价格",       "创新名片",       "关键词",
                    "知识产权1 类型", "知识产权1 号码", "知识产权2 类型", "知识产权2 号码",
                    "保密内容"};

Cells good(std::string title, std::string number = "ZL202010123456.7") {
    return {std::move(title),
            "简介",
            "问题",
            "快 30 %",
            "7级 样机在用户现场验证",
            "self",
            "单独所有",
            "普通许可；合作开发与实施",
            "协议定价",
            "105 万元",
            "传统优势产业",
            "膜、制糖",
            "",
            "",
            "发明专利",
            std::move(number),
            "配方"};
}

class ImportTest : public support::DatabaseTest {
  protected:
    ImportTest() : world_(GetParam()) {}

    base::Result<Import> check(const party::Actor& by, const std::vector<SheetRow>& rows,
                               std::string bytes = "file") {
        return world_.imports.check(*world_.database, by, "achievement", "成果.xlsx", bytes, rows);
    }
    base::Result<Import> commit(const party::Actor& by, const Import& import,
                                const std::vector<SheetRow>& rows,
                                AfterImport after = AfterImport::keep_drafts) {
        return world_.imports.commit(*world_.database, by, import.id, rows, after);
    }
    /// "C2 code" of each fault of the report, then "=reason" of each duplicate.
    static std::string findings(const Import& import) {
        std::string text;
        for (const auto& fault : import.report.at("heading").as_array()) {
            text += base::text_at(fault.as_object(), "cell") + " " +
                    base::text_at(fault.as_object(), "code") + "; ";
        }
        for (const auto& row : import.report.at("rows").as_array()) {
            for (const auto& fault : row.at("faults").as_array()) {
                text += base::text_at(fault.as_object(), "cell") + " " +
                        base::text_at(fault.as_object(), "code") + "; ";
            }
            for (const auto& found : row.at("duplicates").as_array()) {
                text +=
                    "=" + base::text_at(found.as_object(), "reason") + " " +
                    (base::text_at(found.as_object(), "entry").starts_with("row") ? "row" : "db") +
                    "; ";
            }
        }
        return text;
    }

    test::World world_;
};

TEST_P(ImportTest, ADryRunThenACommitOfTheSameFileOnce) {
    auto rows =
        sheet({heading, good("【示例】样例"), good("膜法制糖工艺"), good("香蕉抗病品种", "ZL1.2")});
    auto import = check(world_.owner, rows);
    ASSERT_TRUE(import) << base::describe(import.error());
    EXPECT_EQ(findings(*import), "");
    EXPECT_EQ(import->rows_total, 2);
    EXPECT_EQ(world_.count("SELECT COUNT(*) FROM catalog_entry"), 0);

    EXPECT_EQ(world_.imports.file(*import), "file");
    EXPECT_EQ(world_.files.read(import->stored)->find("file"), std::string::npos);

    auto done = commit(world_.owner, *import, rows);
    ASSERT_TRUE(done) << base::describe(done.error());
    EXPECT_EQ(done->entries_made, 2);
    EXPECT_EQ(commit(world_.owner, *import, rows).error().code, "import_already_committed");
    EXPECT_EQ(world_.count("SELECT COUNT(*) FROM catalog_entry WHERE state = 'draft'"), 2);

    EntryFilter mine;
    mine.owner = world_.university;
    auto entries = *world_.database->read<std::vector<Entry>>([&](store::Reader& reader) {
        return base::Result<std::vector<Entry>>(Entries::list(reader, mine));
    });
    const base::json::object& body =
        entries[1].title == "膜法制糖工艺" ? entries[1].body : entries[0].body;
    EXPECT_EQ(base::text_at(body, "price"), "1050000.00");
    EXPECT_EQ(base::text_at(body, "trl"), "7");
    EXPECT_EQ(body.at("modes").as_array().size(), 2u);
    EXPECT_EQ(body.at("ip").as_array().size(), 1u);
    EXPECT_EQ(body.at("ip").at(0).at("kind"), "patent_invention");
    EXPECT_TRUE(entries[0].has_confidential);
}

TEST_P(ImportTest, SubmittedOnWish) {
    auto rows = sheet({heading, good("膜法制糖工艺")});
    auto import = check(world_.owner, rows);
    ASSERT_TRUE(commit(world_.owner, *import, rows, AfterImport::submit));
    EXPECT_EQ(world_.count("SELECT COUNT(*) FROM catalog_entry WHERE state = 'submitted'"), 1);
}

TEST_P(ImportTest, EveryFaultNamesItsCell) {
    struct Row {
        std::size_t column;
        std::string value;
        std::string expected;
    };
    const std::vector<Row> table{
        {0, std::string(81, 'x'), "A2 field_too_long; "},
        {0, "", "A2 field_missing; "},
        {4, "十级", "E2 field_not_an_option; "},
        {7, "普通许可;赠送", "H2 field_not_an_option; "},
        {9, "面议", "J2 amount_malformed; "},
        {9, "1.0555亿", "J2 amount_malformed; "},
        {10, "", "K2 field_missing; "},
        {14, "", "O2 field_missing; "},
        {15, std::string(61, '9'), "P2 field_too_long; "},
        {1, "\xff\xfe", "B2 field_control_characters; B2 field_missing; "},
        {1, std::string("a\x01z"), "B2 field_control_characters; "},
    };
    for (const Row& row : table) {
        Cells cells = good("膜法制糖工艺");
        cells[row.column] = row.value;
        auto import = check(world_.owner, sheet({heading, cells}));
        ASSERT_TRUE(import);
        EXPECT_EQ(findings(*import), row.expected) << row.column;
        bool only_missing = row.expected.find("field_missing") == 3;
        EXPECT_EQ(import->rows_faulty, only_missing ? 0 : 1) << row.expected;
        EXPECT_EQ(import->rows_incomplete, only_missing ? 1 : 0) << row.expected;
    }
}

TEST_P(ImportTest, FaultyFilesCannotBeCommitted) {
    Cells wrong = good("膜法制糖工艺");
    wrong[9] = "面议";
    auto rows = sheet({heading, good("香蕉抗病品种", ""), wrong});
    auto import = check(world_.owner, rows);
    EXPECT_EQ(commit(world_.owner, *import, rows).error().code, "import_has_faults");

    Cells incomplete = good("膜法制糖工艺");
    incomplete[2] = "";
    rows = sheet({heading, incomplete});
    import = check(world_.owner, rows);
    EXPECT_EQ(commit(world_.owner, *import, rows, AfterImport::submit).error().code,
              "import_incomplete");
    EXPECT_TRUE(commit(world_.owner, *import, rows));

    rows = sheet({{"成果名称", "颜色", "成果名称"}, {"膜", "红", ""}});
    import = check(world_.owner, rows);
    EXPECT_EQ(findings(*import).substr(0, 57),
              "B1 import_column_unknown; C1 import_column_repeated;  fie");
    EXPECT_EQ(commit(world_.owner, *import, rows).error().code, "import_has_faults");
}

TEST_P(ImportTest, EmptyHugeAndForeignFilesAreRefused) {
    EXPECT_EQ(check(world_.owner, {}).error().code, "import_empty");
    EXPECT_EQ(check(world_.owner, sheet({heading})).error().code, "import_empty");
    EXPECT_EQ(check(world_.owner, sheet({heading, good("【示例】x")})).error().code,
              "import_empty");
    std::vector<SheetRow> many(Imports::rows_max + 2);
    EXPECT_EQ(check(world_.owner, many).error().code, "import_too_many_rows");
    EXPECT_EQ(check(world_.nanning, sheet({heading, good("a")})).error().code,
              "organisation_missing");
    EXPECT_EQ(
        check(world_.actor("r", "researcher", "", world_.university), sheet({heading, good("a")}))
            .error()
            .code,
        "not_permitted");
    auto rows = sheet({heading, good("膜法制糖工艺")});
    auto import = check(world_.owner, rows);
    EXPECT_EQ(commit(world_.firm, *import, rows).error().code, "import_not_found");
    Import unknown;
    unknown.id = "none";
    EXPECT_EQ(commit(world_.owner, unknown, rows).error().code, "import_not_found");
    // Rows that are not those of the file that was checked.
    EXPECT_EQ(
        commit(world_.owner, *import, sheet({heading, good("a"), good("b", "")})).error().code,
        "import_outdated");
    EXPECT_EQ(world_.count("SELECT COUNT(*) FROM catalog_entry"), 0);
}

TEST_P(ImportTest, DuplicatesAreFlaggedWithinAndWithout) {
    ASSERT_TRUE(world_.create(world_.firm, "achievement", test::achievement()));
    auto import = check(world_.owner,
                        sheet({heading, good("甘蔗混合汁陶瓷膜超滤澄清工艺", "ZL1.1"),
                               good("香蕉抗枯萎病品种选育", "ZL2.22"), good("别的名字", "zl 2.22"),
                               good("香蕉 抗枯萎病品种选育", "")}));
    EXPECT_EQ(findings(*import), "=similar db; =same_number row; =same_title row; ");
    EXPECT_EQ(import->rows_duplicate, 3);
    EXPECT_EQ(import->rows_faulty, 0);
}

TEST_P(ImportTest, TwentyThousandRowsWithinTheBudget) {
    // Round trips of a loaded test machine's PostgreSQL say little: a tenth is enough to see it work.
    bool sqlite = GetParam() == store::Dialect::sqlite;
    std::size_t count = sqlite ? Imports::rows_max : Imports::rows_max / 10;
    std::vector<SheetRow> rows = sheet({heading});
    for (std::size_t i = 0; i < count; ++i) {
        std::string number = std::to_string(i * 7919 % 1'000'003);
        rows.push_back(
            {i + 2, good(number + "号面向" + std::to_string(i) + "的工艺", "ZL" + number)});
    }
    base::Duration start = base::elapsed_since_start();
    auto import = check(world_.owner, rows);
    base::Duration checked = base::elapsed_since_start();
    ASSERT_TRUE(import);
    EXPECT_EQ(import->rows_faulty, 0);
    auto done = commit(world_.owner, *import, rows);
    base::Duration committed = base::elapsed_since_start();
    ASSERT_TRUE(done) << base::describe(done.error());
    EXPECT_EQ(done->entries_made, static_cast<std::int64_t>(count));
    long long check_ms = (checked.microseconds - start.microseconds) / 1000;
    long long commit_ms = (committed.microseconds - checked.microseconds) / 1000;
    std::printf("%zu rows: dry run %lld ms, commit %lld ms\n", count, check_ms, commit_ms);
    RecordProperty("check_ms", std::to_string(check_ms));
    RecordProperty("commit_ms", std::to_string(commit_ms));
}

ON_BOTH_DATABASES(ImportTest);

TEST(Sheet, CellNames) {
    EXPECT_EQ(cell_name(0, 1), "A1");
    EXPECT_EQ(cell_name(2, 12), "C12");
    EXPECT_EQ(cell_name(25, 3), "Z3");
    EXPECT_EQ(cell_name(26, 3), "AA3");
    EXPECT_EQ(cell_name(701, 3), "ZZ3");
    EXPECT_EQ(cell_name(702, 3), "AAA3");
}

TEST(Sheet, HeadingsInAnyLanguageOrAsPaths) {
    const Kind& kind = *test::Region::get().kinds.find("achievement");
    SheetReader reader(kind, {1, {"Title", "title@en", "意向价格*", "ip.1.number", "ip.1.kind"}},
                       "zh");
    EXPECT_TRUE(reader.heading_faults().empty());
    ParsedRow row = reader.read({2, {"膜法", "Membrane", "￥1,050,000.5", "ZL9.9", "发明专利"}});
    EXPECT_EQ(row.body.at("title").at("en").at("text"), "Membrane");
    EXPECT_EQ(row.body.at("title").at("zh").at("text"), "膜法");
    EXPECT_EQ(row.body.at("price"), "1050000.50");
    EXPECT_EQ(row.body.at("ip").at(0).at("number"), "ZL9.9");
}

TEST(Sheet, DatesAsPeopleWriteThem) {
    const Kind& kind = *test::Region::get().kinds.find("demand");
    SheetReader reader(kind, {1, {"希望完成日期"}}, "zh");
    for (auto [written, read] : {std::pair{"2026-03-01", "2026-03-01"},
                                 {"2026/3/1", "2026-03-01"},
                                 {"2026年3月1日", "2026-03-01"},
                                 {"2026.3.1", "2026-03-01"},
                                 {"2026-03-01 00:00:00", "2026-03-01"},
                                 {"明年", "明年"},
                                 {"1/3/2026", "1/3/2026"}}) {
        EXPECT_EQ(reader.read({2, {written}}).body.at("deadline"), read);
    }
}

TEST(Sheet, WhatIsExportedCanBeImported) {
    const Kind& kind = *test::Region::get().kinds.find("achievement");
    std::vector<SheetField> fields = kind.sheet_fields();
    Cells labels;
    for (const SheetField& field : fields)
        labels.push_back(field.label(base::Language::zh_cn));
    SheetReader reader(kind, {1, labels}, "zh");
    ASSERT_TRUE(reader.heading_faults().empty());
    Cells example;
    for (const TemplateColumn& column : template_columns(kind, base::Language::zh_cn)) {
        example.push_back(column.example);
    }
    EXPECT_TRUE(reader.is_example({2, example}));
    ParsedRow first = reader.read({2, example});
    EXPECT_TRUE(first.faults.empty()) << first.faults[0].cell << first.faults[0].error.code;
    ParsedRow second =
        reader.read({3, sheet_cells(first.body, fields, "zh", base::Language::zh_cn)});
    EXPECT_EQ(base::canonical_json(second.body), base::canonical_json(first.body));
}

}  // namespace
}  // namespace catalog
