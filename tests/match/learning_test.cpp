#include <fstream>

#include <gtest/gtest.h>

#include "base/random.h"
#include "match/evaluation.h"
#include "match/evidence.h"
#include "match/learning.h"
#include "match/migrations.h"
#include "match/owners.h"
#include "match/pairing.h"
#include "match/site_terms.h"
#include "match/vectors.h"
#include "support/database_fixture.h"

namespace match {
namespace {

std::string read_file(const std::string& name) {
    std::ifstream file(std::string(GUIQIAO_SOURCE_DIR) + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::shared_ptr<const Lexicon>& region_lexicon() {
    static auto lexicon = std::make_shared<const Lexicon>(
        Lexicon::load(std::string(GUIQIAO_SOURCE_DIR) + "/regions/guangxi/lexicon").value());
    return lexicon;
}

const Profiler& profiler() {
    static Profiler made(region_lexicon(),
                         std::make_shared<const search::Tokenizer>(region_lexicon()->han_terms()));
    return made;
}

std::vector<Profile> open_profiles() {
    std::vector<Profile> profiles;
    std::vector<Item> items = read_items(read_file("tests/match/data/open-entries.jsonl")).value();
    for (Item& item : items)
        profiles.push_back(profiler().read(std::move(item)));
    return profiles;
}

// ---- word vectors

TEST(Vectors, AreTheSameForTheSameItemsAndSeed) {
    support::TemporaryFolder folder;
    std::vector<Profile> items = open_profiles();
    TrainingOptions options;
    options.dimensions = 16;
    auto one = WordVectors::train(items, *region_lexicon(), options);
    auto two = WordVectors::train(items, *region_lexicon(), options);
    ASSERT_TRUE(one && two);
    ASSERT_TRUE(one->save(folder.path() / "one"));
    ASSERT_TRUE(two->save(folder.path() / "two"));
    auto bytes = [&](const char* name) {
        std::ifstream file(folder.path() / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_EQ(bytes("one"), bytes("two"));
    options.seed = 7;
    auto other = WordVectors::train(items, *region_lexicon(), options);
    ASSERT_TRUE(other->save(folder.path() / "other"));
    EXPECT_NE(bytes("one"), bytes("other"));
    EXPECT_EQ(one->trained_items(), items.size());
}

TEST(Vectors, ComeBackFromDiskOrAreRefused) {
    support::TemporaryFolder folder;
    std::filesystem::path path = folder.path() / "vectors";
    TrainingOptions options;
    options.dimensions = 8;
    auto made = WordVectors::train(open_profiles(), *region_lexicon(), options);
    ASSERT_TRUE(made->save(path));
    auto back = WordVectors::load(path);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->term_count(), made->term_count());
    std::vector<Profile> items = open_profiles();
    EXPECT_EQ(back->sentence(items[0], *region_lexicon()),
              made->sentence(items[0], *region_lexicon()));
    std::ifstream file(path, std::ios::binary);
    std::string good((std::istreambuf_iterator<char>(file)), {});
    base::SeededRandom random(11);
    for (int round = 0; round < 300; ++round) {
        std::string bad = good;
        if (round % 3 == 0) {
            bad.resize(random.below(bad.size()));
        } else {
            bad[random.below(bad.size())] ^= static_cast<char>(1 + random.below(255));
        }
        std::ofstream(path, std::ios::binary) << bad;
        auto read = WordVectors::load(path);
        // The counts in the header stand outside the checksum: sizes must then refuse.
        if (!read) {
            EXPECT_TRUE(read.error().code.starts_with("vectors_")) << read.error().code;
        } else {
            EXPECT_EQ(bad.substr(40), good.substr(40)) << "round " << round;
        }
    }
    EXPECT_EQ(WordVectors::load(folder.path() / "none").error().code, "vectors_missing");
}

TEST(Vectors, NeedSomethingToLearnFrom) {
    std::vector<Profile> few(3);
    EXPECT_EQ(WordVectors::train(few, *region_lexicon(), {}).error().code, "vectors_too_few_items");
}

TEST(Vectors, AreSearchedExactlyAndFused) {
    VectorTable table;
    table.put("a", {1, 0});
    table.put("b", {0, 1});
    table.put("c", {0.6F, 0.8F});
    auto found = table.nearest(std::vector<float>{0, 1}, 2);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].first, "b");
    EXPECT_EQ(found[1].first, "c");
    table.remove("b");
    EXPECT_EQ(table.nearest(std::vector<float>{0, 1}, 2)[0].first, "c");
    std::vector<std::string> lists[] = {{"x", "y"}, {"y", "z"}};
    EXPECT_EQ(fuse_ranks(lists, 9), (std::vector<std::string>{"y", "x", "z"}));
}

TEST(Vectors, AddCandidatesWithoutTakingAway) {
    auto items = read_items(read_file("tests/match/data/open-entries.jsonl")).value();
    std::map<std::string, Item, std::less<>> store;
    for (const Item& one : items)
        store.emplace(one.id, one);
    Pairing pairing(region_lexicon(), [&](std::string_view id) {
        auto found = store.find(id);
        return found == store.end() ? std::nullopt : std::optional(found->second);
    });
    pairing.put_all(items);
    auto before = pairing.partners("D01", {2026, 1, 1}).value();
    TrainingOptions options;
    options.dimensions = 16;
    pairing.use_vectors(std::make_shared<const WordVectors>(
        WordVectors::train(open_profiles(), *region_lexicon(), options).value()));
    pairing.put_all(items);
    auto after = pairing.partners("D01", {2026, 1, 1}).value();
    ASSERT_GE(after.size(), before.size());
    EXPECT_EQ(after.front().id, before.front().id);
    EXPECT_EQ(after.front().score.total, before.front().score.total);
}

// ---- learning from use

/// Pairs of a site on which place decides and the words say little.
std::vector<Example> where_place_decides(std::size_t count) {
    base::SeededRandom random(3);
    std::vector<Example> examples;
    for (std::size_t i = 0; i < count; ++i) {
        Example example;
        example.demand = "demand" + std::to_string(i);
        auto share = [&] { return static_cast<double>(random.below(1001)) / 1000; };
        example.shares = {{"elements", share()}, {"text", share()}, {"place", share()}};
        example.is_good = example.shares["place"] > 0.5;
        examples.push_back(example);
    }
    return examples;
}

TEST(Learning, FindsWhatDecidesAndShowsItOnPairsSetAside) {
    Weights present;
    auto estimate = estimate_weights(where_place_decides(200), present);
    ASSERT_TRUE(estimate);
    EXPECT_GT(estimate->held, 20U);
    EXPECT_GT(estimate->weights.place, present.place);
    EXPECT_LT(estimate->weights.elements, present.elements);
    EXPECT_GT(estimate->new_held.value, estimate->old_held.value);
    EXPECT_TRUE(estimate->is_better());
    EXPECT_EQ(estimate->weights.card, present.card) << "no evidence, no change";
    double before = present.elements + present.text + present.place;
    double after = estimate->weights.elements + estimate->weights.text + estimate->weights.place;
    EXPECT_NEAR(before, after, 1e-9);
    auto again = estimate_weights(where_place_decides(200), present);
    EXPECT_EQ(to_json(again->weights), to_json(estimate->weights)) << "same evidence, same weights";
}

TEST(Learning, AHandfulOfCouplesProvesNothing) {
    Estimate estimate;
    estimate.old_held = {0.5, 6};
    estimate.new_held = {1.0, 6};
    EXPECT_FALSE(estimate.is_better()) << "two good and three bad pairs: chance is enough";
    estimate.old_held = {0.5, 60};
    estimate.new_held = {0.8, 60};
    EXPECT_TRUE(estimate.is_better());
}

TEST(Learning, RefusesTooLittleEvidence) {
    auto refused = estimate_weights(where_place_decides(20), {});
    EXPECT_EQ(refused.error().code, "learning_too_few_examples");
    std::vector<Example> one_sided = where_place_decides(100);
    for (Example& example : one_sided)
        example.is_good = true;
    EXPECT_EQ(estimate_weights(one_sided, {}).error().code, "learning_too_few_examples");
}

TEST(Learning, CountsAPairOnceByItsStrongestEvidence) {
    std::vector<Evidence> evidence(3);
    for (Evidence& item : evidence) {
        item.demand = "d";
        item.achievement = "a";
    }
    evidence[0].kind = EvidenceKind::good;
    evidence[1].kind = EvidenceKind::contract;
    evidence[2].kind = EvidenceKind::no;
    auto examples = examples_of(evidence);
    ASSERT_EQ(examples.size(), 1U);
    EXPECT_TRUE(examples[0].is_good);
    EXPECT_EQ(examples[0].weight, 4);
}

TEST(Learning, WeightsSurviveJson) {
    Weights weights;
    weights.place = 0.1234;
    auto back = weights_from_json(to_json(weights));
    ASSERT_TRUE(back);
    EXPECT_NEAR(back->place, 0.1234, 1e-9);
    EXPECT_EQ(weights_from_json({{"nonsense", 1}}).error().code, "weight_unknown");
    EXPECT_EQ(weights_from_json({{"place", "x"}}).error().code, "field_wrong_type");
}

// ---- what is kept

class Kept : public ::testing::TestWithParam<store::Dialect> {
  protected:
    Kept() {
        broker_.account = base::Id<party::Account>::make(database_.clock().now(), random_);
        broker_.organisation =
            base::Id<party::Organisation>::make(database_.clock().now(), random_);
        broker_.name = "broker";
        broker_.grants = {{"broker", "450100", broker_.organisation}};
        chief_ = broker_;
        chief_.account = base::Id<party::Account>::make(database_.clock().now(), random_);
        chief_.grants = {{"administrator", "450000", broker_.organisation}};
    }
    template <class Work>
    auto write(Work work) {
        using Result = std::invoke_result_t<Work, store::Transaction&>;
        return database_->write<typename Result::value_type>(work);
    }
    template <class T, class Work>
    T read(Work work) {
        return database_
            ->read<T>([&](store::Reader& reader) -> base::Result<T> { return work(reader); })
            .value();
    }
    Score score() const {
        Score made;
        Reason elements;
        elements.part = Part::elements;
        elements.share = 0.3;
        elements.share_max = 0.6;
        made.reasons.push_back(elements);
        made.total = 0.3;
        return made;
    }

    support::TestDatabase database_{GetParam(),
                                    {match::migrations().begin(), match::migrations().end()}};
    base::SeededRandom random_{5};
    party::Permissions permissions_ = party::Permissions::load(std::string(GUIQIAO_SOURCE_DIR) +
                                                               "/regions/guangxi/permissions.yaml")
                                          .value();
    Tuners tuners_{permissions_, "450000"};
    party::Actor broker_;
    party::Actor chief_;
};

TEST_P(Kept, VerdictsNeedARightAndAReason) {
    EvidenceBook book(permissions_);
    auto judge = [&](const party::Actor& actor, bool good, std::string reason) {
        return write([&](store::Transaction& transaction) {
            return book.judge(transaction, actor, {"D", "A", good, reason, ""}, score(), 0);
        });
    };
    EXPECT_EQ(judge(party::Actor::visitor(), true, "").error().code, "not_signed_in");
    EXPECT_EQ(judge(broker_, false, "").error().code, "refusal_reason_unknown");
    EXPECT_EQ(judge(broker_, false, "bad mood").error().code, "refusal_reason_unknown");
    ASSERT_TRUE(judge(broker_, false, "too_early"));
    auto pairs = read<std::vector<std::pair<std::string, std::string>>>(
        [&](store::Reader& reader) { return EvidenceBook::judged_by(reader, broker_); });
    ASSERT_EQ(pairs.size(), 1U);
    database_.clock().advance(base::seconds(1));
    ASSERT_TRUE(judge(broker_, true, ""));
    auto all = read<std::vector<Evidence>>(
        [](store::Reader& reader) { return EvidenceBook::all(reader, 100); });
    ASSERT_EQ(all.size(), 1U) << "the latest word of a person counts";
    EXPECT_EQ(read<std::int64_t>([](store::Reader& reader) { return EvidenceBook::count(reader); }),
              1);
    EXPECT_EQ(all[0].kind, EvidenceKind::good);
    EXPECT_NEAR(all[0].shares.at("elements"), 0.5, 1e-9);
    auto both = read<std::vector<Evidence>>(
        [](store::Reader& reader) { return EvidenceBook::of_pair(reader, "D", "A"); });
    EXPECT_EQ(both.size(), 2U) << "nothing is overwritten";
    EXPECT_EQ(read<std::int64_t>([](store::Reader& reader) {
                  return EvidenceBook::refusals(reader).at("too_early");
              }),
              1);
}

TEST_P(Kept, WhoMayJudgeDependsOnThePair) {
    EvidenceBook book(permissions_);
    PairSide factory{"01FACTORY", "450202"};
    PairSide university{"01UNIVERSITY", "450102"};
    auto holding = [&](const char* role, const char* place, const char* organisation) {
        party::Actor actor = broker_;
        actor.organisation = base::Id<party::Organisation>(organisation);
        actor.grants = {{role, place, actor.organisation}};
        return actor;
    };
    auto right = [&](const party::Actor& actor) {
        VerdictRight given = book.right_of(actor, factory, university);
        return std::string(given.may_refuse ? "no" : "") + (given.may_approve ? " good" : "");
    };
    EXPECT_EQ(right(holding("broker", "450300", "01BROKERS")), "no good") << "any broker";
    EXPECT_EQ(right(holding("officer", "450200", "01OFFICE")), "no good") << "where the demand is";
    EXPECT_EQ(right(holding("officer", "450100", "01OFFICE")), "no good") << "or the achievement";
    EXPECT_EQ(right(holding("officer", "450300", "01OFFICE")), "") << "not elsewhere";
    EXPECT_EQ(right(holding("enterprise_member", "450202", "01FACTORY")), "no");
    EXPECT_EQ(right(holding("transfer_officer", "450102", "01UNIVERSITY")), "no");
    EXPECT_EQ(right(holding("enterprise_member", "450202", "01RIVAL")), "")
        << "not of others' pairs";
    EXPECT_EQ(right(holding("broker", "450202", "01FACTORY")), "no") << "nor a broker of his own";
    EXPECT_EQ(right(party::Actor::visitor()), "");
    auto judge = [&](const party::Actor& actor, bool good) {
        return write([&](store::Transaction& transaction) {
            return book.judge(transaction, actor,
                              {"D", "A", good, "too_early", "", factory, university}, score(), 0);
        });
    };
    EXPECT_EQ(judge(holding("enterprise_member", "450202", "01RIVAL"), false).error().code,
              "not_permitted");
    EXPECT_EQ(judge(holding("enterprise_member", "450202", "01FACTORY"), true).error().code,
              "verdict_on_own_pair");
    EXPECT_TRUE(judge(holding("enterprise_member", "450202", "01FACTORY"), false));
}

TEST_P(Kept, OnlyTheWholeRegionTunes) {
    party::Actor officer = chief_;
    officer.grants = {{"officer", "450100", {}}};
    EXPECT_EQ(tuners_.require(officer).error().code, "not_permitted");
    EXPECT_EQ(tuners_.require(party::Actor::visitor()).error().code, "not_signed_in");
    officer.grants.push_back({"officer", "450000", {}});
    EXPECT_TRUE(tuners_.require(officer));
}

TEST_P(Kept, ObservationsAreToldOnce) {
    EvidenceBook book(permissions_);
    auto observe = [&] {
        return write([&](store::Transaction& transaction) {
            return book.observe(transaction, EvidenceKind::contract, "D", "A", "contact1", score(),
                                0);
        });
    };
    EXPECT_TRUE(observe().value());
    EXPECT_FALSE(observe().value());
}

TEST_P(Kept, WeightsChangeOnlyByDecisionAndOnlyForTheBetter) {
    WeightsBook book(tuners_);
    Weights learned;
    learned.place = 0.2;
    auto propose = [&](const party::Actor& actor, bool better) {
        return write([&](store::Transaction& transaction) {
            return book.propose(transaction, actor, learned, {{"better", better}});
        });
    };
    auto decide = [&](std::int64_t version, VersionState state) {
        return write([&](store::Transaction& transaction) {
            return book.decide(transaction, chief_, version, state);
        });
    };
    auto in_force = [&] {
        return read<WeightsVersion>(
            [](store::Reader& reader) { return WeightsBook::in_force(reader); });
    };
    EXPECT_EQ(propose(broker_, true).error().code, "not_permitted");
    EXPECT_EQ(in_force().version, 0);
    EXPECT_EQ(propose(chief_, false)->version, 1);
    EXPECT_EQ(in_force().version, 0) << "a proposal changes nothing";
    EXPECT_EQ(decide(1, VersionState::taken).error().code, "weights_not_better");
    EXPECT_EQ(decide(1, VersionState::refused)->state, "refused");
    EXPECT_EQ(decide(1, VersionState::refused).error().code, "weights_already_decided");
    EXPECT_EQ(decide(9, VersionState::taken).error().code, "weights_version_unknown");
    EXPECT_EQ(propose(chief_, true)->version, 2);
    EXPECT_EQ(decide(2, VersionState::taken)->state, "taken");
    EXPECT_EQ(in_force().version, 2);
    EXPECT_NEAR(in_force().weights.place, 0.2, 1e-9);
}

TEST_P(Kept, WeightsMeasuredAgainstOthersThanThoseInForceAreOutdated) {
    WeightsBook book(tuners_);
    auto propose = [&] {
        return write([&](store::Transaction& transaction) {
            return book.propose(transaction, chief_, {}, {{"better", true}, {"against", 0}});
        });
    };
    auto take = [&](std::int64_t version) {
        return write([&](store::Transaction& transaction) {
            return book.decide(transaction, chief_, version, VersionState::taken);
        });
    };
    ASSERT_TRUE(propose());
    ASSERT_TRUE(propose());
    ASSERT_TRUE(take(1));
    auto second = take(2);
    ASSERT_FALSE(second) << "2 was measured against 0, but 1 is in force";
    EXPECT_EQ(second.error().code, "weights_outdated");
}

TEST_P(Kept, OneGoesBackToWeightsThatWereInForce) {
    WeightsBook book(tuners_);
    Weights learned;
    learned.place = 0.2;
    auto propose = [&](std::int64_t against) {
        return write([&](store::Transaction& transaction) {
            return book.propose(transaction, chief_, learned,
                                {{"better", true}, {"against", against}});
        });
    };
    auto take = [&](std::int64_t version) {
        database_.clock().advance(base::minutes(1));
        return write([&](store::Transaction& transaction) {
            return book.decide(transaction, chief_, version, VersionState::taken);
        });
    };
    auto in_force = [&] {
        return read<WeightsVersion>(
            [](store::Reader& reader) { return WeightsBook::in_force(reader); });
    };
    EXPECT_EQ(take(0).error().code, "weights_already_decided") << "it is in force";
    ASSERT_TRUE(propose(0) && take(1));
    ASSERT_TRUE(take(0));
    EXPECT_EQ(in_force().version, 0);
    EXPECT_EQ(to_json(in_force().weights), to_json(Weights{}));
    ASSERT_TRUE(take(1));
    EXPECT_EQ(in_force().version, 1);
    EXPECT_NEAR(in_force().weights.place, 0.2, 1e-9);
    EXPECT_EQ(propose(1)->version, 2) << "the row of version 0 is no new version";
}

TEST_P(Kept, TermsAreTakenByAnEditorAndReachTheLexicon) {
    SiteTerms terms(tuners_);
    std::vector<TermProposal> proposals(2);
    proposals[0].concept_id = "material.red_mud";
    proposals[0].language = "zh";
    proposals[0].term = "铝厂红土渣";
    proposals[0].strength = 900;
    proposals[1] = proposals[0];
    proposals[1].term = "红尾巴";
    auto propose = [&] {
        return write([&](store::Transaction& transaction) -> base::Result<std::int64_t> {
            return SiteTerms::propose(transaction, proposals);
        });
    };
    EXPECT_EQ(propose().value(), 2);
    EXPECT_EQ(propose().value(), 0) << "known proposals are left alone";
    auto open = read<std::vector<TermProposal>>(
        [](store::Reader& reader) { return SiteTerms::list(reader, "proposed", 10); });
    ASSERT_EQ(open.size(), 2U);
    auto decide = [&](const party::Actor& actor, const std::string& id, bool take,
                      std::string relation) {
        return write([&](store::Transaction& transaction) {
            return terms.decide(transaction, actor, id, take, relation);
        });
    };
    EXPECT_EQ(decide(broker_, open[0].id, true, "").error().code, "not_permitted");
    EXPECT_EQ(decide(chief_, open[0].id, true, "sort of").error().code, "lexicon_relation_unknown");
    EXPECT_EQ(decide(chief_, open[0].id, true, "exact")->state, "accepted");
    EXPECT_EQ(decide(chief_, open[0].id, false, "").error().code, "term_already_decided");
    EXPECT_EQ(decide(chief_, open[1].id, false, "")->state, "refused");
    Lexicon lexicon = *region_lexicon();
    auto left_out = read<std::vector<base::Error>>(
        [&](store::Reader& reader) { return SiteTerms::add_accepted(reader, lexicon); });
    EXPECT_TRUE(left_out.empty());
    EXPECT_EQ(lexicon.term_count(), region_lexicon()->term_count() + 1);
}

TEST_P(Kept, ATermThatTheThesaurusCannotTakeIsRefusedAndNeverStopsAStart) {
    SiteTerms terms(tuners_);
    std::vector<TermProposal> proposals;
    auto add = [&](const char* concept_id, const char* language, const char* term) {
        proposals.push_back(
            {.concept_id = concept_id, .language = language, .term = term, .relation = "exact"});
    };
    add("material.red_mud", "zh", "红土渣\n又一行");
    add("material.red_mud", "zh", "@material.no_such");
    add("material.red_mud", "zh", "红\t渣");
    add("material.red_mud", "xx", "slag of sorts");
    add("no_element", "zh", "红土的渣");
    ASSERT_TRUE(write([&](store::Transaction& transaction) -> base::Result<std::int64_t> {
        return SiteTerms::propose(transaction, proposals);
    }));
    auto open = read<std::vector<TermProposal>>(
        [](store::Reader& reader) { return SiteTerms::list(reader, "proposed", 10); });
    for (const TermProposal& one : open) {
        auto refused = write([&](store::Transaction& transaction) {
            return terms.decide(transaction, chief_, one.id, true, "");
        });
        ASSERT_FALSE(refused) << one.term;
        EXPECT_TRUE(refused.error().code.starts_with("lexicon_")) << refused.error().code;
    }
    // What an earlier version of the program let through.
    ASSERT_TRUE(write([&](store::Transaction& transaction) -> base::Result<std::int64_t> {
        return transaction.execute("UPDATE match_term SET state = 'accepted'");
    }));
    Lexicon lexicon = *region_lexicon();
    auto left_out = read<std::vector<base::Error>>(
        [&](store::Reader& reader) { return SiteTerms::add_accepted(reader, lexicon); });
    EXPECT_EQ(left_out.size(), open.size());
    EXPECT_EQ(lexicon.term_count(), region_lexicon()->term_count());
}

TEST_P(Kept, OwnersAreRememberedByTheirAnswers) {
    ASSERT_TRUE(write([&](store::Transaction& transaction) -> base::Result<int> {
        Owners::note_answer(transaction, "c1", "O", "requested");
        Owners::note_answer(transaction, "c1", "O", "accepted");
        Owners::note_answer(transaction, "c2", "O", "lapsed");
        Owners::note_answer(transaction, "c3", "O", "refused");
        Owners::note_answer(transaction, "c4", "O", "requested");
        return 0;
    }));
    auto record =
        read<AnswerRecord>([](store::Reader& reader) { return Owners::record_of(reader, "O"); });
    EXPECT_EQ(record.due, 3);
    EXPECT_EQ(record.answered, 2);
    auto block = [&](const party::Actor& actor, std::string other) {
        return database_->write<void>([&](store::Transaction& transaction) {
            return Owners::block(transaction, actor, other);
        });
    };
    EXPECT_EQ(block(party::Actor::visitor(), "X").error().code, "not_signed_in");
    EXPECT_EQ(block(broker_, broker_.organisation.text()).error().code, "block_own_organisation");
    EXPECT_TRUE(block(broker_, "X"));
    EXPECT_TRUE(block(broker_, "X")) << "twice is once";
    auto blocked = read<std::vector<std::string>>([&](store::Reader& reader) {
        return Owners::blocked_by(reader, broker_.organisation.text());
    });
    EXPECT_EQ(blocked, std::vector<std::string>{"X"});
}

INSTANTIATE_TEST_SUITE_P(Databases, Kept,
                         ::testing::Values(store::Dialect::sqlite, store::Dialect::postgresql));

TEST(Terms, ComeFromGoodPairs) {
    Item demand;
    demand.id = "d";
    demand.kind = ItemKind::demand;
    demand.language = "zh";
    demand.title = "琉璃胶泥返碱";
    Item achievement;
    achievement.id = "a";
    achievement.language = "zh";
    achievement.title = "赤泥脱碱";
    std::pair pair(profiler().read(demand), profiler().read(achievement));
    std::vector<std::pair<Profile, Profile>> twice{pair, pair};
    auto proposals = terms_from_verdicts(twice, *region_lexicon(), 2);
    ASSERT_FALSE(proposals.empty());
    for (const TermProposal& proposal : proposals) {
        EXPECT_EQ(proposal.origin, "verdicts");
        EXPECT_NE(demand.title.find(proposal.term), std::string::npos);
    }
    EXPECT_TRUE(terms_from_verdicts(std::span(twice).first(1), *region_lexicon(), 2).empty());
}

}  // namespace
}  // namespace match
