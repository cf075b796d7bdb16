#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "match/conditions.h"
#include "match/evaluation.h"
#include "match/pairing.h"
#include "search/fold.h"

namespace match {
namespace {

constexpr std::string_view small_thesaurus =
    "concept\tlanguage\tterm\trelation\tcard\tsource\n"
    "material.red_mud\tzh\t赤泥\texact\tC6\teditor\n"
    "material.red_mud\tzh\t拜耳法红色废渣\texact\tC6\teditor\n"
    "material.red_mud\ten\tred mud\texact\tC6\teditor\n"
    "material.red_mud\tvi\tbùn đỏ\texact\tC6\teditor\n"
    "efficacy.dealkalisation\tzh\t脱碱\texact\tC6\teditor\n"
    "efficacy.dealkalisation\tzh\t碱回收\trelated\tC6\teditor\n"
    "product.excavator\tzh\t挖掘机\texact\tC2\teditor\n"
    "product.excavator\t\t@application.construction_machinery\tbroader\tC2\teditor\n"
    "product.loader\tzh\t装载机\texact\tC2\teditor\n"
    "product.loader\t\t@application.construction_machinery\tbroader\tC2\teditor\n"
    "application.construction_machinery\tzh\t工程机械\texact\tC2\teditor\n"
    "product.snail\tzh\t螺\texact\tC8\teditor\n"
    "product.fish\tth\tปลา\texact\tC8\teditor\n";

std::shared_ptr<const Lexicon> small_lexicon() {
    Lexicon lexicon;
    EXPECT_TRUE(lexicon.add_rows(small_thesaurus, "small.tsv"));
    EXPECT_TRUE(lexicon.finish());
    return std::make_shared<const Lexicon>(std::move(lexicon));
}

std::shared_ptr<const Profiler> profiler_with(std::shared_ptr<const Lexicon> lexicon) {
    auto tokenizer = std::make_shared<const search::Tokenizer>(lexicon->han_terms());
    return std::make_shared<const Profiler>(lexicon, tokenizer);
}

Item item(const std::string& id, ItemKind kind, const std::string& title,
          const std::string& language = "zh") {
    Item result;
    result.id = id;
    result.kind = kind;
    result.title = title;
    result.language = language;
    return result;
}

std::string concepts_in(const std::string& text, const std::string& language = "zh") {
    auto lexicon = small_lexicon();
    Profile profile = profiler_with(lexicon)->read(item("x", ItemKind::demand, text, language));
    std::string result;
    for (const ConceptWeight& weight : profile.concepts) {
        if (weight.direct) result += lexicon->concept_at(weight.concept_number).id + ' ';
    }
    return result;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::shared_ptr<const Lexicon> region_lexicon() {
    static const auto lexicon = [] {
        auto loaded = Lexicon::load("regions/guangxi/lexicon");
        EXPECT_TRUE(loaded.has_value()) << (loaded ? "" : base::describe(loaded.error()));
        return std::make_shared<const Lexicon>(loaded ? std::move(*loaded) : Lexicon());
    }();
    return lexicon;
}

constexpr base::Date today{2026, 6, 1};

TEST(Lexicon, FindsTheLongestTermInAnyLanguage) {
    EXPECT_EQ(concepts_in("拜耳法红色废渣的处置"), "material.red_mud ");
    EXPECT_EQ(concepts_in("拜耳法紅色廢渣"), "material.red_mud ");
    EXPECT_EQ(concepts_in("Use of Red Mud in bricks", "en"), "material.red_mud ");
    EXPECT_EQ(concepts_in("xử lý bùn đỏ", "vi"), "material.red_mud ");
    EXPECT_EQ(concepts_in("tired muddy road", "en"), "");
}

TEST(Lexicon, TakesShortTermsOnlyAsWordsOfTheirOwn) {
    EXPECT_EQ(concepts_in("螺栓松动"), "");
    EXPECT_EQ(concepts_in("田里的螺"), "product.snail ");
    EXPECT_EQ(concepts_in("ปลายทาง", "th"), "");
    EXPECT_EQ(concepts_in("เลี้ยงปลา", "th"), "product.fish ");
    EXPECT_EQ(concepts_in("เลี้ยงปลา", "vi"), "") << "Thai terms are not looked for in Vietnamese";
}

TEST(Lexicon, NamesFileAndLineOfABadRow) {
    auto refusal = [](std::string_view rows) {
        Lexicon lexicon;
        auto status = lexicon.add_rows(rows, "bad.tsv");
        if (status) status = lexicon.finish();
        return status ? std::string("accepted")
                      : status.error().code + " " + status.error().parameters["place"];
    };
    EXPECT_EQ(refusal("header\nmaterial.x\tzh\n"), "lexicon_row_malformed bad.tsv:2");
    EXPECT_EQ(refusal("header\n\ncolour.x\tzh\t红\texact\tC1\te\n"),
              "lexicon_element_unknown bad.tsv:3");
    EXPECT_EQ(refusal("header\nmaterial.x\tzh\t红\tsame\tC1\te\n"),
              "lexicon_relation_unknown bad.tsv:2");
    EXPECT_EQ(refusal("header\nmaterial.x\txx\t红\texact\tC1\te\n"),
              "lexicon_language_unknown bad.tsv:2");
    EXPECT_EQ(refusal("header\nmaterial.x\t\t@material.y\tbroader\tC1\te\n"),
              "lexicon_link_unknown bad.tsv:2");
    EXPECT_EQ(Lexicon::load("no/such/folder").error().code, "lexicon_unreadable");
}

TEST(Lexicon, OfTheRegionLoadsAndKnowsItsTrade) {
    auto lexicon = region_lexicon();
    EXPECT_GT(lexicon->concept_count(), 700U);
    EXPECT_GT(lexicon->term_count(), 10'000U);
    auto profiler = profiler_with(lexicon);
    auto meet = [&](const std::string& a, const std::string& b,
                    const std::string& language = "zh") {
        Profile one = profiler->read(item("a", ItemKind::demand, a, language));
        Profile two = profiler->read(item("b", ItemKind::achievement, b));
        for (const ConceptWeight& x : one.concepts) {
            for (const ConceptWeight& y : two.concepts) {
                if (x.direct && y.direct && x.concept_number == y.concept_number) return true;
            }
        }
        return false;
    };
    EXPECT_TRUE(meet("拜耳法强碱性红色废渣", "赤泥"));
    EXPECT_TRUE(meet("巴拿马病", "香蕉枯萎病4号小种"));
    EXPECT_TRUE(meet("税则号列", "HS编码"));
    EXPECT_TRUE(meet("bệnh vàng lá gân xanh", "柑橘黄龙病", "vi"));
    EXPECT_TRUE(meet("citrus greening", "黄龙病", "en"));
    EXPECT_TRUE(meet("tanah longsor", "滑坡", "id"));
    EXPECT_FALSE(meet("公司công nghệ", "姜黄", "vi"));
}

class Scoring : public testing::Test {
  protected:
    Score score(const Item& a, const Item& b, Fields fields = Fields::all) {
        Profile one = profiler_->read(a);
        Profile two = profiler_->read(b);
        auto statistics = std::make_shared<CorpusStatistics>();
        statistics->add(one);
        statistics->add(two);
        return Scorer(profiler_, statistics, {}, fields).score(one, two, today);
    }
    std::shared_ptr<const Profiler> profiler_ = profiler_with(small_lexicon());
};

TEST_F(Scoring, ExplainsEveryPart) {
    Item demand = item("d", ItemKind::demand, "拜耳法红色废渣脱碱");
    demand.cards = {"C6"};
    demand.trl_min = 7;
    demand.price = base::Money::yuan(1'000'000);
    demand.modes = {"许可"};
    Item achievement = item("a", ItemKind::achievement, "赤泥碱回收");
    achievement.cards = {"C6"};
    achievement.trl = 6;
    achievement.price = base::Money::yuan(1'500'000);
    achievement.modes = {"转让"};
    Score result = score(demand, achievement);
    double sum = 0;
    std::map<Part, Reason> reasons;
    for (const Reason& reason : result.reasons) {
        sum += reason.share;
        EXPECT_LE(reason.share, reason.share_max + 1e-9);
        reasons[reason.part] = reason;
    }
    EXPECT_NEAR(sum, result.total, 1e-9);
    ASSERT_FALSE(reasons[Part::elements].common.empty());
    const CommonGround& first = reasons[Part::elements].common.front();
    EXPECT_EQ(first.concept_id, "material.red_mud");
    EXPECT_EQ(first.demand_words, "拜耳法红色废渣");
    EXPECT_EQ(first.achievement_words, "赤泥");
    EXPECT_EQ(reasons[Part::maturity].missing, std::vector<std::string>{"trl_below"});
    EXPECT_EQ(reasons[Part::price].missing, std::vector<std::string>{"price_above_budget"});
    EXPECT_EQ(reasons[Part::mode].missing, std::vector<std::string>{"mode_differs"});
    EXPECT_FALSE(reasons[Part::place].known);
}

TEST_F(Scoring, LeavesOutWhatIsUnknown) {
    Item demand = item("d", ItemKind::demand, "赤泥脱碱");
    Item achievement = item("a", ItemKind::achievement, "赤泥脱碱");
    double bare = score(demand, achievement).total;
    EXPECT_NEAR(bare, score(demand, achievement, Fields::text_only).total, 1e-9);
    achievement.trl = 9;
    EXPECT_NEAR(score(demand, achievement).total, bare, 1e-9) << "one side alone says nothing";
}

TEST_F(Scoring, CarriesOverToRelatedMachines) {
    Item demand = item("d", ItemKind::demand, "挖掘机");
    double machine = score(demand, item("a", ItemKind::achievement, "装载机")).total;
    double other = score(demand, item("b", ItemKind::achievement, "赤泥")).total;
    EXPECT_GT(machine, other);
    EXPECT_LT(machine, score(demand, item("c", ItemKind::achievement, "挖掘机")).total);
}

TEST_F(Scoring, StopsBeforeScoring) {
    Item demand = item("d", ItemKind::demand, "赤泥");
    demand.country = "CN";
    demand.owner = "company";
    Item achievement = item("a", ItemKind::achievement, "赤泥");
    achievement.country = "CN";
    achievement.owner = "university";
    EXPECT_EQ(stop_of(demand, achievement, today), Stop::none);
    EXPECT_EQ(stop_of(demand, demand, today), Stop::same_kind);
    auto with = [&](auto change) {
        Item d = demand;
        Item a = achievement;
        change(d, a);
        EXPECT_EQ(stop_of(d, a, today), stop_of(a, d, today));
        Score result = score(d, a);
        EXPECT_EQ(result.total, 0) << "a stopped pair has no score";
        EXPECT_TRUE(result.reasons.empty());
        return result.stop;
    };
    EXPECT_EQ(with([](Item& d, Item&) { d.deadline = base::Date{2026, 5, 31}; }), Stop::expired);
    EXPECT_EQ(with([](Item&, Item& a) { a.is_secret = true; }), Stop::secret);
    EXPECT_EQ(with([](Item&, Item& a) { a.is_exclusively_licensed = true; }),
              Stop::exclusive_elsewhere);
    EXPECT_EQ(with([](Item& d, Item& a) {
                  a.is_export_controlled = true;
                  d.country = "VN";
              }),
              Stop::export_controlled);
    EXPECT_EQ(with([](Item& d, Item& a) {
                  a.is_export_controlled = true;
                  d.is_foreign = true;
              }),
              Stop::export_controlled)
        << "the owner of the demand is abroad";
    EXPECT_EQ(with([](Item& d, Item& a) { d.owner = a.owner; }), Stop::same_owner);
    EXPECT_EQ(with([](Item& d, Item&) { d.blocked_owners = {"university"}; }), Stop::owner_blocked);
    EXPECT_EQ(with([](Item&, Item& a) { a.blocked_owners = {"company"}; }), Stop::owner_blocked);
    demand.deadline = today;
    EXPECT_EQ(stop_of(demand, achievement, today), Stop::none) << "the last day still counts";
    achievement.is_export_controlled = true;
    EXPECT_EQ(stop_of(demand, achievement, today), Stop::none) << "within the country";
}

TEST(Conditions, CompareFacts) {
    Item d = item("d", ItemKind::demand, "");
    Item a = item("a", ItemKind::achievement, "");
    d.trl_min = 7;
    for (auto [trl, share] : {std::pair(9, 1.0), {7, 1.0}, {6, 0.5}, {5, 0.25}}) {
        a.trl = trl;
        EXPECT_DOUBLE_EQ(maturity_reason(d, a).share, share);
    }
    d.price = base::Money::yuan(100);
    for (auto [price, share] :
         {std::pair(50, 1.0), {100, 1.0}, {150, 0.5}, {200, 0.0}, {900, 0.0}}) {
        a.price = base::Money::yuan(price);
        EXPECT_DOUBLE_EQ(price_reason(d, a).share, share);
    }
    a.price = base::Money{100, *base::Currency::parse("USD")};
    EXPECT_FALSE(price_reason(d, a).known);
    for (auto [there, share] :
         {std::pair(450102, 1.0), {450103, 0.8}, {450200, 0.5}, {440100, 0.3}}) {
        d.place = 450102;
        a.place = there;
        EXPECT_DOUBLE_EQ(place_reason(d, a).share, share) << there;
    }
    d.cards = {"C6", "C5"};
    a.cards = {"C5"};
    EXPECT_DOUBLE_EQ(card_reason(d, a).share, 0.6);
}

struct JudgedFile {
    std::string entries;
    std::string judgements;
};

Evaluation evaluate_file(const JudgedFile& file, Fields fields) {
    auto items = read_items(read_file("tests/match/data/" + file.entries));
    auto judgements = read_judgements(read_file("tests/match/data/" + file.judgements));
    EXPECT_TRUE(items.has_value());
    EXPECT_TRUE(judgements.has_value());
    return evaluate(*items, *judgements, profiler_with(region_lexicon()), {}, fields, {1970, 1, 1});
}

TEST(Quality, HoldsOnTheOpenPairs) {
    Evaluation text = evaluate_file({"open-entries.jsonl", "open-qrels.tsv"}, Fields::text_only);
    EXPECT_EQ(text.all.demands, 22U);
    EXPECT_GE(text.all.ndcg_at_10, 0.80);
    EXPECT_GE(text.all.precision_at_1, 0.65);
    EXPECT_GE(text.all.traps_below, 0.85);
    EXPECT_GE(text.cross_language.precision_at_1, 0.7);
    Evaluation all = evaluate_file({"open-entries.jsonl", "open-qrels.tsv"}, Fields::all);
    EXPECT_GE(all.all.ndcg_at_10, 0.85);
}

TEST(Quality, HoldsOnThePairsKeptAside) {
    Evaluation held = evaluate_file({"real-entries.jsonl", "real-held.tsv"}, Fields::text_only);
    EXPECT_GE(held.all.demands, 15U);
    // A guard against falling back; docs/matching.md tells the measured value and what it means.
    EXPECT_GE(held.all.ndcg_at_10, 0.55);
}

TEST(Quality, IsTheSameFromEitherSide) {
    auto items = read_items(read_file("tests/match/data/open-entries.jsonl"));
    ASSERT_TRUE(items);
    auto profiler = profiler_with(region_lexicon());
    auto statistics = std::make_shared<CorpusStatistics>();
    std::vector<Profile> profiles;
    for (const Item& one : *items)
        profiles.push_back(profiler->read(one));
    for (const Profile& profile : profiles)
        statistics->add(profile);
    Scorer scorer(profiler, statistics);
    for (const Profile& a : profiles) {
        for (const Profile& b : profiles) {
            Score there = scorer.score(a, b, {2026, 1, 1});
            Score back = scorer.score(b, a, {2026, 1, 1});
            ASSERT_EQ(there.total, back.total);
            ASSERT_EQ(there.stop, back.stop);
            ASSERT_GE(there.total, 0);
            ASSERT_LE(there.total, 1 + 1e-9);
        }
    }
}

TEST(Evaluation, RefusesBrokenFilesAtTheLine) {
    EXPECT_EQ(read_items("{\"id\":\"a\",\"kind\":\"demand\",\"title\":\"x\"}\n{oops")
                  .error()
                  .parameters.at("line"),
              "2");
    EXPECT_EQ(read_items("{\"id\":\"a\",\"kind\":\"poem\",\"title\":\"x\"}").error().code,
              "entry_kind_unknown");
    EXPECT_EQ(read_items("[1]").error().code, "json_malformed");
    EXPECT_EQ(read_judgements("h\nD1\tA1\t7\tx").error().code, "qrels_malformed");
    EXPECT_TRUE(read_judgements("h\nD1\tA1\t2\tx\n"));
}

TEST(Pairing, FindsPartnersFromBothSidesAndFollowsChanges) {
    auto items = read_items(read_file("tests/match/data/open-entries.jsonl"));
    ASSERT_TRUE(items);
    std::map<std::string, Item, std::less<>> store;
    for (const Item& one : *items)
        store.emplace(one.id, one);
    Pairing pairing(region_lexicon(), [&](std::string_view id) {
        auto found = store.find(id);
        return found == store.end() ? std::nullopt : std::optional(found->second);
    });
    pairing.put_all(*items);
    base::Date early{2026, 1, 1};
    auto for_demand = pairing.partners("E01", early);
    ASSERT_TRUE(for_demand);
    ASSERT_FALSE(for_demand->empty());
    EXPECT_EQ(for_demand->front().id, "A01") << "a Vietnamese demand finds the Chinese achievement";
    auto for_achievement = pairing.partners("A01", early);
    ASSERT_TRUE(for_achievement);
    double there = for_demand->front().score.total;
    auto back = std::find_if(for_achievement->begin(), for_achievement->end(),
                             [](const Partner& partner) { return partner.id == "E01"; });
    ASSERT_NE(back, for_achievement->end());
    EXPECT_EQ(back->score.total, there);
    EXPECT_EQ(pairing.explain("A01", "E01", early)->total, there);
    EXPECT_EQ(pairing.partners("nobody", early).error().code, "item_unknown");
    EXPECT_TRUE(pairing.partners("D01", {2027, 6, 1})->empty())
        << "an expired demand has no partners";
    store.erase("A01");
    pairing.remove("A01");
    std::vector<Partner> left = pairing.partners("E01", early).value();
    for (const Partner& partner : left)
        EXPECT_NE(partner.id, "A01");
    auto similar = pairing.similar_to(store.at("A18"), 3);
    ASSERT_FALSE(similar.empty());
    EXPECT_EQ(similar.front().id, "E06");
}

}  // namespace
}  // namespace match
