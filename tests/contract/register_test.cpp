// Past registers in and out, statistics over them, and what follows from a registration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "base/text.h"
#include "contract/benefits.h"
#include "contract/migrations.h"
#include "contract/register_import.h"
#include "contract/statistics.h"
#include "format/csv.h"
#include "format/xlsx.h"
#include "support/database_fixture.h"

namespace contract {
namespace {

using base::Date;
using base::Money;
using testing::ElementsAre;
using testing::IsEmpty;

template <class T>
T must(base::Result<T> result) {
    CHECK_WITH(result.has_value(), base::describe(result.error()));
    return std::move(*result);
}

constexpr std::string_view header =
    "合同登记编号,项目名称,合同类别,登记日期,签订日期,卖方名称,卖方统一社会信用代码,卖方地区代码,"
    "买方名称,买方地区代码,技术领域,合同成交额（元）,技术交易额（元）\n";

class RegisterTest : public support::DatabaseTest {
  protected:
    std::vector<store::Migration> steps() {
        auto own = migrations();
        return {own.begin(), own.end()};
    }
    support::TestDatabase database{GetParam(), steps()};
    party::Places places = must(party::Places::load("regions/guangxi/places.yaml"));
    workflow::Codes codes = must(workflow::Codes::load("regions/guangxi/codes"));
    RegisterColumns columns =
        must(RegisterColumns::load("regions/guangxi/contract/register_columns.yaml", codes));
    RegisterExchange exchange{columns, codes, places};
    Statistics statistics{places};
    using Mode = RegisterExchange::Mode;

    base::Result<ImportReport> import(std::string_view rows, Mode mode,
                                      std::string_view head = header) {
        auto table = must(format::read_csv(std::string(head) + std::string(rows)));
        return exchange.import_table(*database, party::Actor::system(), table, mode);
    }
    template <class Work>
    auto read(Work work) {
        using T = decltype(work(std::declval<store::Reader&>()));
        return must((*database).template read<T>(
            [&](store::Reader& reader) -> base::Result<T> { return work(reader); }));
    }
    StatisticRow sum(const StatisticFilter& filter = {}) {
        return read([&](store::Reader& reader) { return statistics.sum(reader, filter); });
    }
    /// Two sellers of Nanning and one of Liuzhou over two years.
    void load_six() {
        must(import(
            "2025450001,甲,委托开发,2025-03-01,2025-02-01,南大,S1,450102,柳企,450202,电子信息,"
            "1000.00,800.00\n"
            "2025450002,乙,技术服务,2025-06-30,2025-02-01,南大,S1,450102,南企,450103,农业,"
            "500.00,500.00\n"
            "2025450003,丙,技术咨询,2025-12-31,2025-02-01,柳所,S2,450202,粤企,440100,农业,"
            "300.00,300.00\n"
            "2026450001,丁,委托开发,2026-01-01,2025-12-01,南大,S1,450102,南企,450103,农业,"
            "3000.00,3000.00\n"
            "2026450002,戊,技术许可,2026-04-01,2026-03-01,邕企,S3,450105,柳企,450202,农业,"
            "200.00,200.00\n"
            "2026450003,己,技术服务,2026-05-01,2026-03-01,粤大,S4,440100,南企,450103,农业,"
            "700.00,600.00\n",
            Mode::add));
    }
};

TEST_P(RegisterTest, ADryRunSaysWhatWouldHappenAndWritesNothing) {
    auto report =
        must(import("2025450001,甲,委托开发,2025/3/1,2025年2月1日,南大,,南宁市,柳企,450202,"
                    "电子信息,\"1,000.00\",800\n",
                    Mode::dry_run));
    EXPECT_EQ(report.count(RowFate::fresh), 1U);
    EXPECT_EQ(report.in_file[2025].total, Money::yuan(1000));
    EXPECT_THAT(report.in_store, IsEmpty());
    EXPECT_EQ(report.mapping["合同类别"], "class_code");
    EXPECT_EQ(sum().count, 0);
}

TEST_P(RegisterTest, AnImportReconcilesAndTwiceIsOnce) {
    std::string row =
        "2025450001,甲,技术开发,2025-03-01,2025-02-01,南大,S1,450102,柳企,450202,农业,1000,800\n";
    auto first = must(import(row, Mode::add));
    EXPECT_EQ(first.count(RowFate::fresh), 1U);
    EXPECT_TRUE(first.reconciles());
    auto again = must(import(row, Mode::add));
    EXPECT_EQ(again.count(RowFate::unchanged), 1U);
    EXPECT_EQ(sum().count, 1);

    std::string other =
        "2025450001,甲,技术开发,2025-03-01,2025-02-01,南大,S1,450102,柳企,450202,农业,1200,900\n";
    auto differing = must(import(other, Mode::add));
    EXPECT_EQ(differing.count(RowFate::differs), 1U);
    EXPECT_THAT(differing.rows[0].differences, testing::UnorderedElementsAre("technical", "total"));
    EXPECT_FALSE(differing.reconciles());
    EXPECT_EQ(sum().total, Money::yuan(1000));
    EXPECT_TRUE(must(import(other, Mode::replace)).reconciles());
    EXPECT_EQ(sum().total, Money::yuan(1200));
}

TEST_P(RegisterTest, EveryFaultNamesItsCellAndTheGoodRowsStayGood) {
    auto report = must(import(
        "2025450001,甲,技术魔法,2025-02-30,2025-02-01,南大,,450102,柳企,450202,农业,一百,800\n"
        "2025450002,乙,技术服务,1986-01-01,,南大,,450102,柳企,450202,农业,1000,800\n"
        "2025450003,丙,技术服务,2025-01-01,,南大,,450102,柳企,450202,农业,1000,1800\n"
        "2025450004,丁,技术服务,2025-01-01,2025-01-02,南大,,450102,柳企,450202,农业,1000,800\n"
        "2025450005,戊,技术服务,2025-01-01,,南大,,450102,柳企,450202,农业,1000000000000000000,8\n"
        "2025450006,己,技术服务,2025-01-01,,,,450102,柳企,450202,农业,1000,800\n"
        "2025450007,庚,技术服务,2025-01-01,,南大,,450102,柳企,450202,农业,1000,800\n"
        "2025450007,庚,技术服务,2025-01-01,,南大,,450102,柳企,450202,农业,1000,800\n",
        Mode::add));
    std::vector<std::string> faults;
    for (const RowReport& row : report.rows) {
        for (const base::Error& fault : row.faults)
            faults.push_back(std::to_string(row.row) + " " + fault.field + " " + fault.code);
    }
    EXPECT_THAT(
        faults,
        ElementsAre("2 C2 register_code_unknown", "2 D2 date_malformed", "2 L2 amount_malformed",
                    "3 D3 register_date_too_early", "4  register_technical_exceeds",
                    "5  register_signed_after_registered", "6 L6 amount_out_of_range",
                    "7 F7 field_missing", "9  register_number_twice"));
    EXPECT_EQ(report.count(RowFate::fresh), 1U);
    EXPECT_TRUE(report.reconciles());
    EXPECT_EQ(sum().count, 1);
}

TEST_P(RegisterTest, HeadersInOtherWordsOrderAndUnitAreRead) {
    auto report = must(import(
        "800.5,南宁市,南大,450202,柳企,技术转让,2025-03-01,100,甲,12345678901234,备注\n", Mode::add,
        "成交额（万元）,卖方地区,卖方单位名称,买方地区代码,买方名称,合同类型,认定日期,技术交易额("
        "万元),"
        "合同名称,登记编号,办理人\n"));
    EXPECT_THAT(report.unmapped, ElementsAre("办理人"));
    EXPECT_EQ(sum().total, Money::yuan(8'005'000));
    EXPECT_EQ(sum().technical, Money::yuan(1'000'000));
    auto missing = import("1,2\n", Mode::dry_run, "合同名称,成交额\n");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "register_header_missing");
    EXPECT_TRUE(missing.error().parameters.at("columns").contains("合同登记编号"));
    EXPECT_EQ(import("1,2\n", Mode::dry_run, "合同名称,项目名称\n").error().code,
              "register_column_twice");
}

TEST_P(RegisterTest, AVisitorOrSellerImportsNothing) {
    auto table = must(format::read_csv(std::string(header)));
    auto refused = exchange.import_table(*database, party::Actor::visitor(), table, Mode::dry_run);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "not_permitted");
}

TEST_P(RegisterTest, WhatIsExportedComesBackAsTheSame) {
    load_six();
    auto sheet = read([&](store::Reader& reader) {
        return must(exchange.export_sheet(reader, StatisticFilter{}));
    });
    EXPECT_EQ(sheet.rows.size(), 6U);
    base::TestFolder folder;
    format::Workbook workbook;
    workbook.sheet = sheet;
    auto table = must(format::read_xlsx(must(format::write_xlsx(workbook, folder.path()))));
    auto report =
        must(exchange.import_table(*database, party::Actor::system(), table, Mode::dry_run));
    EXPECT_EQ(report.count(RowFate::unchanged), 6U) << report.rows.front().differences.size();
    EXPECT_THAT(report.unmapped, IsEmpty());
}

TEST_P(RegisterTest, TablesCutByEveryDimensionSumToTheWhole) {
    load_six();
    StatisticRow all = sum();
    EXPECT_EQ(all.count, 6);
    EXPECT_EQ(all.total, Money::yuan(5700));
    for (std::size_t i = 0; i < dimension_count; ++i) {
        auto rows = read([&](store::Reader& reader) {
            return statistics.table(reader, static_cast<Dimension>(i), {});
        });
        std::int64_t count = 0;
        Money total;
        for (const StatisticRow& row : rows) {
            count += row.count;
            total += row.total;
        }
        EXPECT_EQ(count, all.count) << i;
        EXPECT_EQ(total, all.total) << i;
    }
    auto quarters = read(
        [&](store::Reader& reader) { return statistics.table(reader, Dimension::quarter, {}); });
    ASSERT_EQ(quarters.size(), 5U);
    EXPECT_EQ(quarters[0].key, "2025Q1");
    EXPECT_EQ(quarters[2].key, "2025Q4");
    EXPECT_EQ(sum({.class_code = "DEV"}).total, Money::yuan(4000));
    EXPECT_EQ(sum({.from = Date{2026, 1, 1}, .to = Date{2026, 4, 1}}).count, 2);
}

TEST_P(RegisterTest, CalibersCountWhatStaysInsideOnce) {
    load_six();
    auto of = [&](std::string_view place) {
        return read([&](store::Reader& reader) { return statistics.calibers(reader, place, {}); });
    };
    Calibers region = of("450000");
    EXPECT_EQ(region.output.total, Money::yuan(5000));    // all but the Guangdong seller
    EXPECT_EQ(region.absorbed.total, Money::yuan(5400));  // all but the Guangdong buyer
    EXPECT_EQ(region.within.total, Money::yuan(4700));
    EXPECT_EQ(region.without_double().total, Money::yuan(5700));
    EXPECT_EQ(of("nowhere").output.count, 0);
    Calibers nanning = of("450100");
    EXPECT_EQ(nanning.output.count, 4);
    EXPECT_EQ(nanning.absorbed.count, 3);
    EXPECT_EQ(nanning.within.count, 2);
    auto cells = read([&](store::Reader& reader) { return statistics.flow(reader, {}); });
    Money total;
    for (const FlowCell& cell : cells)
        total += cell.total;
    EXPECT_EQ(total, Money::yuan(5700));
    EXPECT_EQ(cells.size(), 4U);  // 南→南, 南→柳, 柳→外, 外→南
}

TEST_P(RegisterTest, TheMatchedPanelComparesOnlyThoseWhoSoldInBothYears) {
    load_six();
    auto panel = read([&](store::Reader& reader) {
        return statistics.panel(reader, PanelPeriods::of_year(2026, {2027, 3, 1}), {});
    });
    EXPECT_EQ(panel.sellers, 1);
    EXPECT_EQ(PanelGrowth::growth(panel.before, panel.after), 1000);  // 1500 → 3000: +100.0 %
    EXPECT_EQ(PanelGrowth::growth(panel.all_before, panel.all_after), 1167);  // 1800 → 3900
    EXPECT_EQ(PanelGrowth::growth(Money(), panel.after), std::nullopt);
}

TEST_P(RegisterTest, ARunningYearIsComparedWithTheSameDaysOfTheOther) {
    load_six();
    auto panel = [&](const PanelPeriods& periods) {
        return read([&](store::Reader& reader) { return statistics.panel(reader, periods, {}); });
    };
    // The sale of 30 June 2025 is later in its year than 1 April 2026 in its own.
    PanelGrowth to_april = panel(PanelPeriods::of_year(2026, {2026, 4, 1}));
    EXPECT_EQ(to_april.before, Money::yuan(1000));
    EXPECT_EQ(to_april.after, Money::yuan(3000));
    EXPECT_EQ(to_april.all_before, Money::yuan(1000));
    EXPECT_EQ(to_april.all_after, Money::yuan(3200));
    EXPECT_EQ(panel(PanelPeriods::to_month(2026, 6)).before, Money::yuan(1500));
    EXPECT_EQ(PanelPeriods::of_year(2024, {2024, 2, 29}).before.to, (Date{2023, 2, 28}));
    EXPECT_EQ(PanelPeriods::to_month(2025, 2).before.to, (Date{2024, 2, 29})) << "whole months";
}

TEST_P(RegisterTest, PlacesInWordsAreCountedUnlessAPlaceIsAskedFor) {
    must(
        import("A1,甲,技术服务,2026-01-01,,南大,S1,450102,河内公司,越南河内,农业,100,100\n"
               "A2,乙,技术服务,2026-01-01,,曼谷大学,境外,泰国曼谷,南企,450103,农业,200,200\n"
               "A3,丙,技术服务,2026-01-01,,仰光大学,境外,缅甸仰光,南企,450103,农业,400,400\n",
               Mode::add));
    EXPECT_EQ(sum().total, Money::yuan(700));
    EXPECT_EQ(sum({.seller_place = "450000"}).total, Money::yuan(100)) << "its buyer abroad counts";
    EXPECT_EQ(sum({.buyer_place = "越南河内"}).total, Money::yuan(100));
    EXPECT_EQ(sum({.buyer_place = "越南"}).count, 0) << "words contain nothing but themselves";
    auto region =
        read([&](store::Reader& reader) { return statistics.calibers(reader, "450000", {}); });
    EXPECT_EQ(region.output.total, Money::yuan(100));
    EXPECT_EQ(region.absorbed.total, Money::yuan(600));
    EXPECT_EQ(party_key("境外"), "") << "the word for abroad is nobody: two foreigners are not one";
    EXPECT_EQ(party_key(""), "");
    EXPECT_NE(party_key("12450000498500001R"), "");
}

TEST_P(RegisterTest, ATextIsNeverCutInsideACharacter) {
    std::string place;
    for (int i = 0; i < 61; ++i)
        place += "州";
    auto report = must(import(
        "A1,甲,技术服务,2026-01-01,,南大,S1,450102,企," + place + ",农业,100,100\n", Mode::add));
    ASSERT_EQ(report.rows[0].faults.size(), 1U);
    EXPECT_EQ(report.rows[0].faults[0].code, "register_text_malformed");
    EXPECT_TRUE(base::is_valid_utf8(report.rows[0].faults[0].parameters.at("value")));
    EXPECT_EQ(sum().count, 0);
}

TEST_P(RegisterTest, AClassTakesItsOwnPartsAndNoneThatOnlyBeginsAlike) {
    must(import(
        "A1,甲,TRANSFER.PATENT,2026-01-01,,南大,S1,450102,企,450103,农业,100,100\n"
        "A2,乙,TRANSFER.PATENT_APPLICATION,2026-01-01,,南大,S1,450102,企,450103,农业,200,200\n"
        "A3,丙,LICENCE.PATENT.SOLE,2026-01-01,,南大,S1,450102,企,450103,农业,400,400\n",
        Mode::add));
    EXPECT_EQ(sum({.class_code = "TRANSFER.PATENT"}).total, Money::yuan(100));
    EXPECT_EQ(sum({.class_code = "TRANSFER"}).total, Money::yuan(300));
    EXPECT_EQ(sum({.class_code = "LICENCE.PATENT"}).total, Money::yuan(400));
    EXPECT_EQ(sum({.class_code = "TRANS"}).count, 0);
}

TEST_P(RegisterTest, WhatIsWithheldTogetherShowsNobodyEither) {
    std::string rows;
    auto add = [&](const std::string& seller, const std::string& field, int amount) {
        static int number = 0;
        std::string text = std::to_string(amount);
        rows += "U" + std::to_string(++number) + ",题,技术服务,2026-01-01,,卖方," + seller +
                ",450102,买,450202," + field + "," + text + "," + text + "\n";
    };
    for (const char* seller : {"A", "B", "C"}) {
        add(seller, "农业", 100);
        add(seller, "电子信息", 1000);
        add(seller, "现代交通", 3000);
    }
    // Two fields of one seller each: either knows his own and would find the other's from the sum.
    add("D", "核应用", 500);
    add("E", "航空航天", 4);
    must(import(rows, Mode::add));
    auto top = read(
        [&](store::Reader& reader) { return statistics.top(reader, Dimension::field, {}, 10); });
    std::vector<bool> withheld;
    for (const TopRow& row : top)
        withheld.push_back(row.is_withheld);
    // By size: 现代交通, 电子信息, 核应用, 农业, 航空航天.
    EXPECT_THAT(withheld, ElementsAre(false, false, true, true, true));
    EXPECT_TRUE(is_public(Dimension::family));
    EXPECT_FALSE(is_public(Dimension::class_code)) << "a family less its other classes is a class";
    EXPECT_FALSE(is_public(Dimension::month));
}

TEST_P(RegisterTest, TopTablesWithholdWhatWouldShowOneParty) {
    std::string rows;
    auto add = [&](const std::string& seller, const std::string& field, int amount) {
        static int number = 0;
        std::string text = std::to_string(amount);
        rows += "T" + std::to_string(++number) + ",题,技术服务,2026-01-01,,卖方," + seller +
                ",450102,买,450202," + field + "," + text + "," + text + "\n";
    };
    for (const char* seller : {"A", "B", "C"}) {
        add(seller, "农业", 100);
        add(seller, "电子信息", 200);
    }
    add("D", "核应用", 900);  // a single seller
    must(import(rows, Mode::add));
    auto top = read(
        [&](store::Reader& reader) { return statistics.top(reader, Dimension::field, {}, 10); });
    ASSERT_EQ(top.size(), 3U);
    // The single seller's field is withheld, and the smallest other one with it.
    EXPECT_TRUE(top[0].is_withheld && top[2].is_withheld);
    EXPECT_FALSE(top[1].is_withheld);
    EXPECT_EQ(top[0].row.total, Money());
    EXPECT_EQ(top[1].row.total, Money::yuan(600));
}

TEST_P(RegisterTest, StatisticsRebuiltFromTheLogEqualTheLiveOnes) {
    load_six();
    must(
        import("2025450001,甲,委托开发,2025-03-01,2025-02-01,南大,S1,450102,柳企,450202,电子信息,"
               "9.00,8.00\n",
               Mode::replace));
    auto id = read([&](store::Reader& reader) {
        return statistics.records(reader, {.field = "9"}, 10).front().subject;
    });
    must((*database).write<bool>([&](store::Transaction& transaction) -> base::Result<bool> {
        Statistics::uncount(transaction, id);
        Statistics::uncount(transaction, "nobody");
        return true;
    }));
    StatisticRow before = sum();
    EXPECT_EQ(before.count, 5);
    auto report = must(Statistics::replay(*database));
    EXPECT_EQ(report.log_rows, 8);
    EXPECT_THAT(report.differences, IsEmpty());
    must((*database).write<bool>([&](store::Transaction& transaction) -> base::Result<bool> {
        transaction.execute("update contract_statistic set total_fen = total_fen + 1");
        return true;
    }));
    EXPECT_EQ(must(Statistics::replay(*database)).differences.size(), 5U);
    ASSERT_TRUE(Statistics::rebuild(*database));
    EXPECT_THAT(must(Statistics::replay(*database)).differences, IsEmpty());
    EXPECT_EQ(sum(), before);
}

ON_BOTH_DATABASES(RegisterTest);

TEST(Published, TotalsLoadWithTheirSources) {
    auto figures = must(load_published("regions/guangxi/contract/published.yaml"));
    EXPECT_EQ(figures.size(), 23U);
    Money within, absorbed, output;
    for (const PublishedFigure& figure : figures) {
        EXPECT_FALSE(figure.source.empty() || figure.sure.empty());
        if (figure.place != "340000") continue;
        if (figure.caliber == "within") within = figure.amount;
        if (figure.caliber == "absorbed") absorbed = figure.amount;
        if (figure.caliber == "output") output = figure.amount;
    }
    // 428.4 + 321.8 − 207.7: what Anhui traded in that half year, counted once.
    EXPECT_EQ(output + absorbed - within, Money::yuan(54'250'000'000));
}

const std::vector<Benefit>& benefits() {
    static const auto loaded = must(load_benefits("regions/guangxi/contract/benefits.yaml"));
    return loaded;
}

BenefitEstimate estimate_of(std::string_view id, const BenefitBasis& basis) {
    for (BenefitEstimate& estimate : estimate_benefits(benefits(), basis)) {
        if (estimate.benefit->id == id) return estimate;
    }
    ADD_FAILURE() << id;
    return {};
}

BenefitBasis patent() {
    return {.class_code = "TRANSFER.PATENT",
            .day = {2026, 6, 1},
            .buyer_place = "450103",
            .technical = Money::yuan(1'060'000),
            .technical_paid = Money::yuan(1'060'000),
            .income_of_year = Money::yuan(8'000'000),
            .cost = Money::yuan(1'500'000),
            .related_tax = Money::yuan(50'000)};
}

TEST(Benefits, IncomeTaxIsFreeToTheLimitAndHalfAbove) {
    auto relief = [](const char* income, const char* cost, const char* tax) {
        return income_tax_relief(*Money::parse(income), *Money::parse(cost), *Money::parse(tax),
                                 Money::yuan(5'000'000), 25);
    };
    IncomeTaxRelief worked = relief("8000000.00", "1500000.00", "50000.00");
    EXPECT_EQ(worked.income, Money::yuan(6'450'000));
    EXPECT_EQ(worked.taxable, Money::yuan(725'000));
    EXPECT_EQ(worked.tax, Money::yuan(181'250));
    EXPECT_EQ(worked.relief, Money::yuan(1'431'250));
    EXPECT_EQ(relief("5000000.00", "0.00", "0.00").tax, Money());
    EXPECT_EQ(relief("5000000.01", "0.00", "0.00").taxable, Money::fen(1));  // half a fen, half up
    EXPECT_EQ(relief("5000000.01", "0.00", "0.00").tax, Money());
    EXPECT_EQ(relief("100.00", "500.00", "0.00").relief, Money());
}

TEST(Benefits, EachHasItsClassesDatesPlacesAndMinimum) {
    BenefitBasis basis = patent();
    EXPECT_EQ(estimate_of("vat", basis).amount, Money::yuan(60'000));  // 6 % inside 1,060,000
    EXPECT_EQ(estimate_of("income_tax", basis).amount, Money::yuan(1'431'250));
    EXPECT_EQ(estimate_of("purchase_subsidy", basis).standing, BenefitStanding::supported);
    EXPECT_EQ(estimate_of("stamp_duty", basis).amount, Money::yuan(318));
    EXPECT_EQ(estimate_of("research_deduction", basis).standing, BenefitStanding::not_this_class);

    basis.day = {2028, 1, 1};
    EXPECT_EQ(estimate_of("vat", basis).standing, BenefitStanding::not_this_day);
    EXPECT_FALSE(estimate_of("vat", basis).amount);
    basis.day = {2027, 12, 31};
    EXPECT_EQ(estimate_of("vat", basis).standing, BenefitStanding::estimated);
    basis.buyer_place = "450202";
    EXPECT_EQ(estimate_of("purchase_subsidy", basis).standing, BenefitStanding::not_this_place);
    basis = patent();
    basis.technical_paid = *Money::parse("299999.99");
    EXPECT_EQ(estimate_of("purchase_subsidy", basis).standing, BenefitStanding::below_minimum);
    basis.class_code = "TRANSFER.PATENT_APPLICATION";
    EXPECT_EQ(estimate_of("income_tax", basis).standing, BenefitStanding::not_this_class);
    basis.class_code = "CONSULT";
    EXPECT_EQ(estimate_of("vat", basis).standing, BenefitStanding::not_this_class);
}

TEST(Benefits, TheRewardRestsOnNetIncomeAndOpenAmountsWait) {
    BenefitBasis basis = patent();
    basis.cost = Money::yuan(60'000);
    basis.related_tax = Money();
    EXPECT_EQ(estimate_of("reward", basis).amount, Money::yuan(500'000));
    basis.cost = Money::yuan(2'000'000);
    EXPECT_EQ(estimate_of("reward", basis).amount, Money());
    basis.amounts_pending = true;
    EXPECT_EQ(estimate_of("reward", basis).standing, BenefitStanding::pending);
    EXPECT_EQ(estimate_of("vat", basis).standing, BenefitStanding::pending);
}

}  // namespace
}  // namespace contract
