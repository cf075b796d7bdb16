#include "trade/archive.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "format/zip.h"
#include "trade/archive_api.h"
#include "trade/world.h"

namespace trade {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using trade_test::code_of;
using trade_test::must;
using trade_test::World;

/// A deal that went all the way: minutes, notice, an objection, contract, registration.
class ArchiveTest : public support::DatabaseTest {
  protected:
    World world{GetParam()};
    base::Texts texts = must(base::Texts::load(World::region() / "texts"));
    std::unique_ptr<base::Signer> signer =
        must(base::Signer::open_or_create(world.database.folder() / "signing.key", "ed25519"));
    DiligenceFiles diligence{world.objections};
    ArchiveTools tools{&*world.database,   &texts,      &world.codes, &diligence,
                       &world.attachments, signer.get()};

    base::json::object contract_body() {
        return {{"title", "陶瓷膜无硫澄清工艺许可合同"},
                {"direction", "domestic"},
                {"signed_on", "2026-04-01"},
                {"valid_from", "2026-04-01"},
                {"valid_to", "2027-04-01"},
                {"class_claimed", "DEV.COMMISSIONED"},
                {"field", "3"},
                {"seller_name", world.university.name},
                {"seller_credit_code", world.university.credit_code},
                {"seller_place", "450107"},
                {"buyer_name", world.company.name},
                {"buyer_credit_code", world.company.credit_code},
                {"buyer_place", "450202"},
                {"subject", "研究开发无硫澄清工艺，交付样机和工艺文件"},
                {"total", "1200000.00"},
                {"payment_mode", "INSTALMENT"},
                {"parts", base::json::array{{{"id", "P1"}, {"kind", "rnd"}}}},
                {"lines", base::json::array{
                              {{"part", "P1"}, {"amount", "1200000.00"}, {"kind", "technical"}}}}};
    }
    base::Result<contract::Contract> write_contract(const contract::Agreement& agreement,
                                                    const base::json::object& body) {
        return world.write<contract::Contract>([&](store::Transaction& transaction) {
            contract::ContractDraft draft;
            draft.agreement = agreement.id.text();
            draft.counterpart = world.company.id;
            draft.body = body;
            return world.contracts.create(transaction, world.owner, draft);
        });
    }
    base::Result<workflow::Case> step(const party::Actor& by, const contract::Contract& contract,
                                      const std::string& transition) {
        return world.write<workflow::Case>([&](store::Transaction& transaction) {
            return world.registration.advance(transaction, by, contract.id,
                                              {transition, "", "", {}}, 0);
        });
    }
    Notice cleared_notice() {
        const Notice notice = world.on_notice();
        world.at("2026-03-04 09:00");
        const Objection objection = must(world.object(notice, World::objection_form())).objection;
        world.at("2026-03-05 09:00");
        must(world.decide(world.nanning, objection, "admit"));
        must(world.decide(world.nanning, objection, "decide", "unfounded", "比较的是另一种许可。"));
        world.at("2026-03-20 09:00");
        world.fire();
        CHECK(world.reload(notice).state == "completed");
        return notice;
    }
    /// The agreement of a registered contract.
    contract::Agreement registered_deal() {
        const Notice notice = cleared_notice();
        world.at("2026-04-01 09:00");
        const auto agreement = world.agreement_of(notice);
        const auto written = must(write_contract(agreement, contract_body()));
        must(step(world.owner, written, "submit"));
        world.at("2026-04-08 09:00");
        must(step(world.registrar, written, "register"));
        return world.reload(agreement);
    }
    base::Result<std::string> zip_of(const party::Actor& by, const contract::Agreement& agreement) {
        return make_archive(tools, by, agreement.id, base::Language::zh_cn);
    }
    ArchiveFiles files_of(const std::string& zip) {
        auto reader = must(format::ZipReader::open(zip));
        ArchiveFiles files;
        for (const format::ZipEntry& entry : reader.entries())
            files[entry.name] = must(reader.read(entry.name));
        return files;
    }
    /// Signs a changed manifest again: what only the site itself could do.
    void sign_again(ArchiveFiles& files, const base::json::object& manifest) {
        files["manifest.json"] = base::canonical_json(manifest);
        files["manifest.sig"] = signer->sign(files["manifest.json"]);
    }
    std::string fault_of(const ArchiveFiles& files) {
        const auto report = verify_archive_files(files, signer->public_key_pem());
        if (report) return "ok";
        EXPECT_EQ(report.error().code, "archive_damaged");
        return report.error().parameters.at("part");
    }
    std::map<std::string, std::string> checklist(const contract::Agreement& agreement) {
        return world.read<std::map<std::string, std::string>>([&](store::Reader& reader) {
            std::map<std::string, std::string> states;
            const Diligence file = must(diligence.gather(reader, world.owner, agreement.id));
            for (const DiligenceItem& item : file.items)
                states[item.code] = to_string(item.state);
            return states;
        });
    }
};
ON_BOTH_DATABASES(ArchiveTest);

TEST_P(ArchiveTest, TheChecklistFillsItself) {
    const auto agreement = world.agreed();
    auto states = checklist(agreement);
    EXPECT_EQ(states.size(), 9U);
    EXPECT_EQ(states["decision_minutes"], "done");
    EXPECT_EQ(states["price_basis"], "done");
    EXPECT_EQ(states["related_party"], "done");
    EXPECT_EQ(states["rules_known"], "missing");
    EXPECT_EQ(states["notice_period"], "missing");
    EXPECT_EQ(states["objections"], "missing");
    const Notice notice = must(world.publish(world.owner, agreement, world.draft()));
    states = checklist(agreement);
    EXPECT_EQ(states["rules_known"], "done");
    EXPECT_EQ(states["rights_check"], "done");
    EXPECT_EQ(states["notice_period"], "open");
    EXPECT_EQ(states["objections"], "done");
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    EXPECT_EQ(checklist(agreement)["objections"], "open");
    must(world.decide(world.nanning, objection, "refuse", "", "与公示内容无关。"));
    EXPECT_EQ(checklist(agreement)["objections"], "done");
    world.at("2026-03-20 09:00");
    world.fire();
    states = checklist(agreement);
    EXPECT_EQ(states["notice_period"], "done");
    EXPECT_EQ(states["contract"], "missing");
    EXPECT_EQ(states["registration"], "missing");
    const auto written = must(write_contract(world.reload(agreement), contract_body()));
    EXPECT_EQ(checklist(agreement)["contract"], "missing");  // a draft is no contract
    must(step(world.owner, written, "submit"));
    states = checklist(agreement);
    EXPECT_EQ(states["contract"], "done");
    EXPECT_EQ(states["registration"], "open");
}

TEST_P(ArchiveTest, IsForTheSellerAndTheOfficerOfThePlace) {
    const auto contact = world.room();
    world.add_minutes(contact);
    const auto proposed = must(world.propose(world.firm, contact, trade_test::terms()));
    EXPECT_EQ(code_of(zip_of(world.owner, proposed)), "diligence_not_ready");
    const auto agreement = must(world.confirm(world.owner, proposed));
    EXPECT_EQ(code_of(zip_of(world.firm, agreement)), "not_permitted");
    EXPECT_EQ(code_of(zip_of(world.liuzhou, agreement)), "agreement_unknown");
    EXPECT_EQ(code_of(zip_of(party::Actor::visitor(), agreement)), "agreement_unknown");
    EXPECT_EQ(code_of(zip_of(world.owner, {})), "agreement_unknown");
    for (const party::Actor& reader : {world.owner, world.colleague, world.nanning})
        EXPECT_TRUE(zip_of(reader, agreement));
}

TEST_P(ArchiveTest, AWholeDealVerifies) {
    const auto agreement = registered_deal();
    const std::string zip = must(zip_of(world.owner, agreement));
    const auto report = verify_archive(zip, signer->public_key_pem());
    ASSERT_TRUE(report) << base::describe(report.error());
    EXPECT_TRUE(report->is_complete);
    EXPECT_EQ(report->agreement, agreement.id.text());
    std::string course;
    for (const std::string& line : report->course)
        course += line.substr(line.rfind(' ') + 1) + " ";
    EXPECT_EQ(course,
              "minutes agreed notice_published objection_filed objection_decided "
              "notice_completed contract registration ");
    const ArchiveFiles files = files_of(zip);
    EXPECT_THAT(files.at("README.txt"), HasSubstr("openssl pkeyutl"));
    EXPECT_TRUE(files.at("summary.pdf").starts_with("%PDF"));
    for (const auto& [path, bytes] : files) {
        EXPECT_THAT(bytes, Not(HasSubstr("王五"))) << path;
        EXPECT_THAT(bytes, Not(HasSubstr("0771-0000000"))) << path;
    }
    EXPECT_EQ(code_of(verify_archive("not a zip", signer->public_key_pem())), "zip_unreadable");
}

TEST_P(ArchiveTest, ADealUnderWayVerifiesAsIncomplete) {
    const Notice notice = world.on_notice();
    const auto report = must(verify_archive(must(zip_of(world.owner, world.agreement_of(notice))),
                                            signer->public_key_pem()));
    EXPECT_FALSE(report.is_complete);
    EXPECT_EQ(report.course.size(), 3U);
}

TEST_P(ArchiveTest, AnotherKeyDoesNotVerify) {
    const ArchiveFiles files = files_of(must(zip_of(world.owner, world.agreed())));
    const auto other =
        must(base::Signer::open_or_create(world.database.folder() / "other.key", "ed25519"));
    const auto report = verify_archive_files(files, other->public_key_pem());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().parameters.at("part"), "manifest.sig");
}

TEST_P(ArchiveTest, EveryPartIsGuarded) {
    const ArchiveFiles whole = files_of(must(zip_of(world.owner, registered_deal())));
    ASSERT_EQ(fault_of(whole), "ok");
    ASSERT_GT(whole.size(), 45U);
    for (const auto& [path, bytes] : whole) {
        ArchiveFiles changed = whole;
        std::string& target = changed[path];
        if (target.empty())
            target = "x";
        else
            target[target.size() / 2] ^= 1;
        EXPECT_NE(fault_of(changed), "ok") << path << " with a flipped bit";
        ArchiveFiles less = whole;
        less.erase(path);
        EXPECT_NE(fault_of(less), "ok") << path << " taken away";
    }
    ArchiveFiles more = whole;
    more["minutes/extra.pdf"] = "%PDF";
    EXPECT_EQ(fault_of(more), "minutes/extra.pdf");
}

/// Even whoever holds the key cannot make the records say something else without forging batches.
TEST_P(ArchiveTest, ASignedLieIsFound) {
    const ArchiveFiles whole = files_of(must(zip_of(world.owner, registered_deal())));
    const base::json::object manifest =
        must(base::parse_json(whole.at("manifest.json"), 64 << 20)).get_object();
    const auto replace_file = [&](const std::string& path, const std::string& bytes) {
        ArchiveFiles files = whole;
        files[path] = bytes;
        std::string sums;
        for (const auto& [name, content] : files) {
            if (name.starts_with("manifest.") || name == "SHA256SUMS") continue;
            sums += base::to_hex(base::sha256(content)) + "  " + name + "\n";
        }
        files["SHA256SUMS"] = sums;
        base::json::object changed = manifest;
        for (base::json::value& entry : changed["files"].as_array()) {
            const std::string& content = files[base::text_at(entry.as_object(), "path")];
            entry.as_object()["sha256"] = base::to_hex(base::sha256(content));
        }
        sign_again(files, changed);
        return files;
    };
    std::string minutes, notice, contract = "contract/contract.json", published;
    for (const base::json::value& value : base::array_at(manifest, "steps")) {
        const base::json::object& item = value.as_object();
        const std::string role = base::text_at(item, "role");
        if (role == "minutes") minutes = base::text_at(item, "evidence");
        if (role != "notice_published") continue;
        notice = base::text_at(item, "evidence");
        published = "records/" + std::to_string(*base::integer_at(item, "seq")) + "/";
    }
    EXPECT_EQ(fault_of(replace_file("README.txt", "another text")), "ok");  // says nothing
    EXPECT_EQ(fault_of(replace_file(minutes, "%PDF other minutes")), minutes);
    const std::string cheaper = base::replace_all(whole.at(notice), "1200000.00", "1000000.00");
    ASSERT_NE(cheaper, whole.at(notice));
    EXPECT_EQ(fault_of(replace_file(notice, cheaper)), notice);
    EXPECT_EQ(
        fault_of(replace_file(contract, base::replace_all(whole.at(contract), "GQ2026", "GQ2025"))),
        contract);
    EXPECT_EQ(fault_of(replace_file(published + "row.txt", whole.at(published + "row.txt") + " ")),
              published + "row.txt");
    EXPECT_EQ(fault_of(replace_file(published + "proof.txt", "L " + std::string(64, '0') + "\n")),
              published + "proof.txt");
    EXPECT_EQ(fault_of(replace_file(published + "proof.txt", "nonsense\n")),
              published + "proof.txt");
    EXPECT_EQ(fault_of(replace_file(published + "batch.sig", "AAAA")), published + "batch.sig");
    EXPECT_EQ(fault_of(replace_file(
                  published + "batch.txt",
                  base::replace_all(whole.at(published + "batch.txt"), "2026", "2025"))),
              published + "batch.sig");
}

TEST_P(ArchiveTest, TheOrderIsProved) {
    const ArchiveFiles whole = files_of(must(zip_of(world.owner, registered_deal())));
    const base::json::object manifest =
        must(base::parse_json(whole.at("manifest.json"), 64 << 20)).get_object();
    const auto with_steps = [&](auto change) {
        base::json::object changed = manifest;
        change(changed["steps"].as_array());
        ArchiveFiles files = whole;
        sign_again(files, changed);
        return fault_of(files);
    };
    const auto role_of = [](const base::json::value& step) {
        return base::text_at(step.as_object(), "role");
    };
    const auto rename = [&](const std::string& from, const std::string& to) {
        return with_steps([&](base::json::array& steps) {
            for (base::json::value& step : steps)
                if (role_of(step) == from) {
                    step.as_object()["role"] = to;
                    step.as_object()["evidence"] = "";
                }
        });
    };
    EXPECT_EQ(with_steps([](base::json::array&) {}), "ok");
    EXPECT_EQ(with_steps([](base::json::array& steps) { std::swap(steps[0], steps[1]); }),
              "manifest.json");
    EXPECT_EQ(rename("contract", "minutes"), "ok");         // a second set of minutes hides nothing
    EXPECT_EQ(rename("minutes", "none"), "manifest.json");  // a notice without minutes
    EXPECT_EQ(rename("notice_completed", "none"), "manifest.json");
    EXPECT_EQ(with_steps([&](base::json::array& steps) {
                  for (base::json::value& step : steps)
                      step.as_object()["at"] = "2026-03-02T01:00:00.000000Z";
              }),
              "records/" +
                  std::to_string(
                      *base::integer_at(base::array_at(manifest, "steps")[3].as_object(), "seq")) +
                  "/row.txt");
}

TEST_P(ArchiveTest, MinutesFiledAfterTheNoticeAreLate) {
    const Notice notice = world.on_notice();
    const auto agreement = world.agreement_of(notice);
    const auto first = world.read<std::string>([&](store::Reader& reader) {
        return workflow::Attachments::of(reader, notice.contact.text()).front().id;
    });
    must(world.write<void>([&](store::Transaction& transaction) {
        return world.attachments.remove(transaction, world.owner, first);
    }));
    contract::Contact contact;
    contact.id = notice.contact;
    world.add_minutes(contact, "%PDF-1.4 补记");
    EXPECT_EQ(checklist(agreement)["decision_minutes"], "late");
    const auto report =
        verify_archive(must(zip_of(world.owner, agreement)), signer->public_key_pem());
    EXPECT_EQ(code_of(report), "archive_damaged");  // signed, but out of order
}

TEST_P(ArchiveTest, AContractBelowTheNoticeIsRefusedWhereverItIsTried) {
    const Notice notice = cleared_notice();
    const auto agreement = world.agreement_of(notice);
    base::json::object cheaper = contract_body();
    cheaper["total"] = "1100000.00";
    cheaper["lines"].as_array()[0].as_object()["amount"] = "1100000.00";
    const auto written = must(write_contract(agreement, cheaper));
    EXPECT_EQ(code_of(step(world.owner, written, "submit")), "price_below_notice");
    EXPECT_EQ(world.reload(agreement).state, "cleared");
    must(world.write<contract::Contract>([&](store::Transaction& transaction) {
        return world.contracts.update(transaction, world.owner, written.id, contract_body(),
                                      contract::find_contract(transaction, written.id)->version);
    }));
    must(step(world.owner, written, "submit"));
    must(step(world.registrar, written, "register"));
    // Nor by a change after registration.
    EXPECT_EQ(code_of(world.write<workflow::Case>([&](store::Transaction& transaction) {
                  workflow::Event event{"request_change", "", "降低合同价格", {}};
                  event.data["body"] = cheaper;
                  return world.registration.advance(transaction, world.owner, written.id, event, 0);
              })),
              "price_below_notice");
}

/// With the very commands of README.txt, and the project's script for one record.
TEST_P(ArchiveTest, OpensslAndSha256sumAreEnough) {
    const auto files = files_of(must(zip_of(world.owner, registered_deal())));
    const auto folder = world.database.folder() / "unpacked";
    std::string record;
    for (const auto& [path, bytes] : files) {
        std::filesystem::create_directories((folder / path).parent_path());
        std::ofstream(folder / path, std::ios::binary) << bytes;
        if (path.starts_with("records/")) record = path.substr(0, path.rfind('/'));
    }
    const std::string inside = "cd '" + folder.string() + "' && ";
    EXPECT_THAT(support::output_of(inside + "openssl pkeyutl -verify -pubin -inkey key.pem -rawin "
                                            "-in manifest.json -sigfile manifest.sig"),
                HasSubstr("Verified Successfully"));
    EXPECT_THAT(support::output_of(inside + "sha256sum -c SHA256SUMS"), Not(HasSubstr("FAILED")));
    EXPECT_THAT(
        support::output_of(inside + "grep -c \"$(sha256sum <SHA256SUMS | cut -d ' ' -f 1)\" "
                                    "manifest.json"),
        "1");
    EXPECT_THAT(
        support::output_of(inside + "'" + GUIQIAO_SOURCE_DIR + "/docs/formats/verify-record.sh' " +
                           record + " " + record.substr(record.find('/') + 1)),
        HasSubstr("is in the batch"));
}

}  // namespace
}  // namespace trade
