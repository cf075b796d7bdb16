#include "contract/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/negotiation_world.h"

namespace contract {

namespace {

using negotiation_test::code_of;
using negotiation_test::defects_of;
using negotiation_test::must;
using negotiation_test::World;
using ::testing::Contains;

class AgreementTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(AgreementTest);

base::json::object terms(std::string price = "1200000.00") {
    return {{"result_name", "陶瓷膜无硫澄清工艺"},
            {"seller_side", "entry_owner"},
            {"mode", "licence_ordinary"},
            {"price_mode", "negotiable"},
            {"price", price},
            {"payment_mode", "INSTALMENT"},
            {"ip_terms", "专利权归卖方，改进成果归完成方。"},
            {"pricing_basis", "参照近三年三项可比许可。"},
            {"related_party", "none"}};
}

base::Result<Agreement> propose(World& world, const party::Actor& actor, const Contact& contact,
                                const base::json::object& body, std::int64_t version = 0) {
    return world.write<Agreement>([&](store::Transaction& transaction) {
        return world.agreements.propose(transaction, actor, contact.id, body, version);
    });
}
base::Result<Agreement> confirm(World& world, const party::Actor& actor, const Agreement& agreement,
                                std::int64_t version = 0) {
    return world.write<Agreement>([&](store::Transaction& transaction) {
        return world.agreements.confirm(transaction, actor, agreement.id,
                                        version == 0 ? agreement.version : version);
    });
}
void add_minutes(World& world, const Contact& contact) {
    must(world.write<workflow::Attachment>([&](store::Transaction& transaction) {
        Rooms::NewFile file{std::string(Agreements::minutes_kind), "纪要.pdf", "application/pdf",
                            workflow::Tier::open};
        return world.rooms.add_file(transaction, world.owner, contact.id, file, "%PDF-1.4");
    }));
}
using Step = base::Result<Agreement> (Agreements::*)(store::Transaction&,
                                                     const base::Id<Agreement>&) const;
base::Result<Agreement> drive(World& world, const Agreement& agreement, Step step) {
    return world.write<Agreement>([&](store::Transaction& transaction) {
        return (world.agreements.*step)(transaction, agreement.id);
    });
}
base::Result<Agreement> conclude(World& world, const Agreement& agreement) {
    return world.write<Agreement>([&](store::Transaction& transaction) {
        return world.agreements.conclude(transaction, agreement.id, "01CONTRACT");
    });
}
/// Both sides have confirmed; minutes on file.
Agreement agreed(World& world, const Contact& contact) {
    add_minutes(world, contact);
    const Agreement proposed = must(propose(world, world.firm, contact, terms()));
    return must(confirm(world, world.owner, proposed));
}

TEST_P(AgreementTest, TermsAreCheckedWhole) {
    World world(GetParam());
    const Contact contact = world.room();
    EXPECT_EQ(code_of(propose(world, world.stranger, contact, terms())), "contact_unknown");
    EXPECT_EQ(code_of(propose(world, world.researcher, contact, terms())), "not_permitted");
    base::json::object broken = terms("12.345");
    broken.erase("ip_terms");
    broken["mode"] = "gift";
    broken["surprise"] = 1;
    EXPECT_EQ(code_of(propose(world, world.firm, contact, broken)), "form_invalid");
    base::json::object no_price = terms();
    no_price.erase("price");
    EXPECT_EQ(defects_of(propose(world, world.firm, contact, no_price)),
              "form_invalid price:price_missing");
    base::json::object listing = terms();
    listing["price_mode"] = "listing";
    listing["related_party"] = "related";
    EXPECT_EQ(defects_of(propose(world, world.firm, contact, listing)),
              "form_invalid market_reference:market_reference_missing "
              "related_explanation:related_explanation_missing");
    no_price["price_formula"] = "按销售额 3% 提成，期限五年";
    const Agreement formula = must(propose(world, world.firm, contact, no_price));
    EXPECT_EQ(formula.price(), std::nullopt);
}

TEST_P(AgreementTest, NeedsAnOpenRoom) {
    World world(GetParam());
    const Contact asked = must(world.ask(world.firm, world.achievement));
    EXPECT_EQ(code_of(propose(world, world.firm, asked, terms())), "room_not_open");
    must(world.answer(world.owner, asked, "accept"));
    must(world.answer(world.owner, asked, "close", "", "不再继续洽谈"));
    EXPECT_EQ(code_of(propose(world, world.firm, asked, terms())), "room_closed");
}

TEST_P(AgreementTest, BothSidesConfirmTheSameTerms) {
    World world(GetParam());
    const Contact contact = world.room();
    add_minutes(world, contact);
    const Agreement proposed = must(propose(world, world.firm, contact, terms()));
    EXPECT_EQ(proposed.seller, world.university.id);
    EXPECT_EQ(proposed.buyer, world.company.id);
    EXPECT_EQ(proposed.price(), base::Money::yuan(1'200'000));
    EXPECT_TRUE(proposed.by_buyer.given());
    EXPECT_FALSE(proposed.by_seller.given());
    EXPECT_EQ(code_of(confirm(world, world.firm, proposed)), "already_confirmed");
    EXPECT_EQ(code_of(confirm(world, world.stranger, proposed)), "agreement_unknown");
    EXPECT_EQ(code_of(confirm(world, world.researcher, proposed)), "not_permitted");
    EXPECT_EQ(code_of(confirm(world, world.owner, proposed, 99)), "version_stale");
    EXPECT_EQ(code_of(propose(world, world.owner, contact, terms("1500000"), 99)), "version_stale");
    const Agreement revised =
        must(propose(world, world.owner, contact, terms("1500000"), proposed.version));
    EXPECT_EQ(revised.id, proposed.id);
    EXPECT_EQ(revised.revision, 2);
    EXPECT_FALSE(revised.by_buyer.given()) << "changed terms need both again";
    EXPECT_EQ(code_of(confirm(world, world.firm, proposed)), "version_stale")
        << "nobody confirms what he has not read";
    const Agreement done = must(confirm(world, world.firm, revised));
    EXPECT_EQ(done.state, "notice_required");
    EXPECT_TRUE(done.agreed_at.has_value());
    EXPECT_EQ(code_of(confirm(world, world.firm, done)), "wrong_state");
    EXPECT_THAT(world.notices(world.owner), Contains("notify.agreement_notice_required"));
}

TEST_P(AgreementTest, APublicBodyNeedsItsDecisionAndANotice) {
    World world(GetParam());
    const Contact contact = world.room();
    const Agreement proposed = must(propose(world, world.firm, contact, terms()));
    EXPECT_TRUE(proposed.needs_notice);
    EXPECT_EQ(code_of(confirm(world, world.owner, proposed)), "decision_minutes_missing");
    add_minutes(world, contact);
    const Agreement waiting = must(confirm(world, world.owner, proposed));
    EXPECT_EQ(waiting.state, "notice_required");
    EXPECT_EQ(code_of(conclude(world, waiting)), "wrong_state") << "no contract before the notice";
    EXPECT_EQ(code_of(drive(world, waiting, &Agreements::clear)), "wrong_state");
    EXPECT_EQ(must(drive(world, waiting, &Agreements::begin_notice)).state, "in_notice");
    EXPECT_EQ(code_of(drive(world, waiting, &Agreements::begin_notice)), "wrong_state");
    EXPECT_EQ(code_of(conclude(world, waiting)), "wrong_state");
    EXPECT_EQ(must(drive(world, waiting, &Agreements::restart_notice)).state, "notice_required");
    must(drive(world, waiting, &Agreements::begin_notice));
    EXPECT_EQ(must(drive(world, waiting, &Agreements::clear)).state, "cleared");
    const Agreement concluded = must(conclude(world, waiting));
    EXPECT_EQ(concluded.state, "contracted");
    EXPECT_EQ(concluded.contract, "01CONTRACT");
    EXPECT_EQ(world.state_of(world.achievement), "contracted");
    EXPECT_EQ(code_of(conclude(world, concluded)), "wrong_state");
    EXPECT_EQ(code_of(propose(world, world.firm, contact, terms("1"), concluded.version)),
              "agreement_concluded");
}

TEST_P(AgreementTest, AMarketPriceOrAPrivateSellerNeedsNoNotice) {
    World world(GetParam());
    const Contact contact = world.room();
    base::json::object listed = terms();
    listed["price_mode"] = "listing";
    listed["market_reference"] = "GX-2026-0012";
    const Agreement market = must(propose(world, world.firm, contact, listed));
    EXPECT_FALSE(market.needs_notice);
    EXPECT_EQ(must(confirm(world, world.owner, market)).state, "agreed");
    EXPECT_EQ(must(conclude(world, market)).state, "contracted");

    const Contact second = must(world.ask(world.stranger, world.demand));
    must(world.answer(world.firm, second, "accept"));
    base::json::object service = terms("50000");
    service["seller_side"] = "requester";
    service["mode"] = "service";
    const Agreement private_deal = must(propose(world, world.firm, second, service));
    EXPECT_EQ(private_deal.seller, world.other.id);
    EXPECT_EQ(private_deal.place, "450202");
    EXPECT_EQ(must(confirm(world, world.stranger, private_deal)).state, "agreed");
}

TEST_P(AgreementTest, ChangedTermsEndARunningNotice) {
    World world(GetParam());
    std::vector<std::string> heard;
    world.agreements.listen([&](store::Transaction&, const party::Actor&,
                                const Agreement& agreement, std::string_view before) {
        heard.push_back(std::string(before) + ">" + agreement.state + " " +
                        base::text_at(agreement.body, "price"));
        return base::Status{};
    });
    const Contact contact = world.room();
    const Agreement waiting = agreed(world, contact);
    const Agreement running = must(drive(world, waiting, &Agreements::begin_notice));
    heard.clear();
    const Agreement changed =
        must(propose(world, world.owner, contact, terms("900000"), running.version));
    EXPECT_EQ(heard, std::vector<std::string>{"in_notice>proposed 1200000.00"})
        << "with the terms that were published";
    EXPECT_EQ(changed.state, "proposed");
    EXPECT_FALSE(changed.agreed_at.has_value());
    EXPECT_EQ(code_of(drive(world, changed, &Agreements::clear)), "wrong_state");
    EXPECT_EQ(must(confirm(world, world.firm, changed)).state, "notice_required");
}

TEST_P(AgreementTest, AListenersRefusalUndoesTheStep) {
    World world(GetParam());
    world.agreements.listen([&](store::Transaction&, const party::Actor&, const Agreement& now,
                                std::string_view) -> base::Status {
        if (now.state == "in_notice") return base::refuse(base::conflict("notice_refuses"));
        return {};
    });
    const Agreement waiting = agreed(world, world.room());
    EXPECT_EQ(code_of(drive(world, waiting, &Agreements::begin_notice)), "notice_refuses");
    const auto stored = must(world.database->read<Agreement>(
        [&](store::Reader& reader) { return Agreements::require(reader, waiting.id); }));
    EXPECT_EQ(stored.state, "notice_required");
    EXPECT_EQ(stored.version, waiting.version);
}

TEST_P(AgreementTest, AnUpheldObjectionLeadsBackOrOut) {
    World world(GetParam());
    const Contact contact = world.room();
    const Agreement waiting = agreed(world, contact);
    must(drive(world, waiting, &Agreements::begin_notice));
    const Agreement upheld = must(drive(world, waiting, &Agreements::uphold));
    EXPECT_EQ(upheld.state, "upheld");
    EXPECT_EQ(code_of(conclude(world, upheld)), "wrong_state");
    const auto abandon = [&](const party::Actor& actor, const std::string& text,
                             std::int64_t version) {
        return world.write<Agreement>([&](store::Transaction& transaction) {
            return world.agreements.abandon(transaction, actor, upheld.id, text, version);
        });
    };
    EXPECT_EQ(code_of(abandon(world.stranger, "不做了，放弃", upheld.version)),
              "agreement_unknown");
    EXPECT_EQ(code_of(abandon(world.owner, "", upheld.version)), "text_missing");
    EXPECT_EQ(code_of(abandon(world.owner, "不做了，放弃", 99)), "version_stale");
    EXPECT_EQ(must(abandon(world.owner, "不做了，放弃", upheld.version)).state, "abandoned");
    EXPECT_EQ(code_of(abandon(world.owner, "不做了，放弃", 0)), "wrong_state");
    const Agreement next = must(propose(world, world.firm, contact, terms("800000")));
    EXPECT_NE(next.id, upheld.id) << "a new deal, not the old one revived";
    EXPECT_EQ(next.revision, 1);
}

TEST_P(AgreementTest, ASuspendedSideCannotAgree) {
    World world(GetParam());
    const Contact contact = world.room();
    must(world.write<party::Organisation>([&](store::Transaction& transaction) {
        return world.organisations.verify(transaction, party::Actor::system(), world.company.id,
                                          party::OrganisationState::suspended, "失信行为查实");
    }));
    EXPECT_EQ(code_of(propose(world, world.owner, contact, terms())), "organisation_not_verified");
}

TEST_P(AgreementTest, IsListedAndReadByItsSides) {
    World world(GetParam());
    const Agreement agreement = must(propose(world, world.firm, world.room(), terms()));
    const auto count = [&](const party::Actor& actor) {
        return must(world.database->read<std::size_t>(
            [&](store::Reader& reader) -> base::Result<std::size_t> {
                return Agreements::list(reader, actor, "", 10).size();
            }));
    };
    EXPECT_EQ(count(world.owner), 1u);
    EXPECT_EQ(count(world.firm), 1u);
    EXPECT_EQ(count(world.stranger), 0u);
    EXPECT_EQ(count(party::Actor::visitor()), 0u);
    const auto rows = must(world.database->read<std::vector<store::LogRow>>(
        [&](store::Reader& reader) -> base::Result<std::vector<store::LogRow>> {
            return store::changes_of(reader, agreement.id.text());
        }));
    for (const store::LogRow& row : rows)
        EXPECT_EQ(row.change.payload.find("1200000"), std::string::npos)
            << "the price is not in the log before its notice";
}

}  // namespace

}  // namespace contract
