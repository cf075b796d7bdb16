#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "catalog/entry.h"
#include "catalog/import.h"
#include "catalog/migrations.h"
#include "indicator/migrations.h"
#include "party/account.h"
#include "party/migrations.h"
#include "party/organisation.h"
#include "party/place.h"
#include "store/change_log.h"
#include "store/files.h"
#include "support/database_fixture.h"
#include "workflow/case.h"
#include "workflow/migrations.h"

/// A region, a database and a few people, as the catalog tests need them.
namespace catalog::test {

inline const std::filesystem::path region =
    std::filesystem::path(GUIQIAO_SOURCE_DIR) / "regions/guangxi";

/// The region's files, loaded once.
struct Region {
    workflow::Codes codes = *workflow::Codes::load(region / "codes");
    base::WorkCalendar calendar = *base::WorkCalendar::load(region / "calendar");
    party::Places places = *party::Places::load(region / "places.yaml");
    party::Permissions permissions = *party::Permissions::load(region / "permissions.yaml");
    Kinds kinds = load_kinds();
    workflow::Process process = load_process();

    Kinds load_kinds() const {
        auto loaded = Kinds::load(region / "kinds", codes);
        CHECK_WITH(loaded.has_value(), base::describe(loaded.error()));
        return *loaded;
    }
    static workflow::Process load_process() {
        auto loaded = workflow::Process::load(region / "processes/entry.yaml");
        CHECK_WITH(loaded.has_value(), base::describe(loaded.error()));
        return *loaded;
    }
    static const Region& get() {
        static const Region loaded;
        return loaded;
    }
};

inline std::vector<store::Migration> schema(std::span<const store::Migration> more) {
    std::vector<store::Migration> steps;
    for (auto part : {party::migrations(), workflow::migrations(), indicator::migrations(),
                      catalog::migrations()}) {
        steps.insert(steps.end(), part.begin(), part.end());
    }
    steps.insert(steps.end(), more.begin(), more.end());
    return steps;
}

/// Everything wired as the app wires it. 广西大学 in Nanning, a company in Liuzhou.
class World {
  public:
    /// `more`: the tables of a module above the catalog.
    explicit World(store::Dialect dialect, std::span<const store::Migration> more = {})
        : database(dialect, schema(more)),
          files(folder.path() / "files"),
          vault(*base::Vault::open_or_create(folder.path() / "key")),
          cases({Region::get().process}, Region::get().codes, Region::get().calendar),
          entries(Region::get().kinds, Region::get().permissions, *vault),
          imports(entries, Region::get().permissions, files, *vault) {
        entries.attach(cases);
        university = organisation("广西大学", party::OrganisationKind::university, "450107");
        company =
            organisation("柳州试验机械有限公司", party::OrganisationKind::enterprise, "450202");
        for (const char* name : {"owner", "firm"}) {
            database.tamper(
                "INSERT INTO party_account (id, login, name, email, phone, language, password_hash,"
                " active, must_change_password, totp_secret, totp_confirmed, totp_last_step, "
                "version,"
                " created_at) VALUES ('01ACC" +
                std::string(name) + "', '" + name + "', '" + name +
                "', '', '', 'zh-CN', '', 1, 0, '', 0, 0, 1, 0)");
        }
        owner = actor("owner", "transfer_officer", "", university);
        firm = actor("firm", "enterprise_member", "", company);
        nanning = actor("nanning", "officer", "450100");
        liuzhou = actor("liuzhou", "officer", "450200");
    }

    static party::Actor actor(const std::string& name, std::string role, std::string place,
                              base::Id<party::Organisation> organisation = {}) {
        party::Actor result;
        result.account = base::Id<party::Account>("01ACC" + name);
        result.name = name;
        result.organisation = organisation;
        result.grants.push_back({std::move(role), std::move(place), organisation});
        return result;
    }

    base::Id<party::Organisation> organisation(std::string name, party::OrganisationKind kind,
                                               std::string place, bool verified = true) {
        party::Organisations organisations(Region::get().places, Region::get().permissions);
        party::OrganisationDraft draft;
        draft.credit_code = next_credit_code();
        draft.name = std::move(name);
        draft.kind = kind;
        draft.place = std::move(place);
        draft.address = "测试路 1 号";
        auto made = database->write<party::Organisation>([&](store::Transaction& transaction) {
            return organisations.create(transaction, party::Actor::system(), draft);
        });
        CHECK_WITH(made.has_value(), base::describe(made.error()));
        if (!verified) {
            database.tamper("UPDATE party_organisation SET state = 'pending' WHERE id = '" +
                            made->id.text() + "'");
        }
        return made->id;
    }

    base::Status rename(const base::Id<party::Organisation>& id, std::string name) {
        party::Organisations organisations(Region::get().places, Region::get().permissions);
        return database->write<void>([&](store::Transaction& transaction) -> base::Status {
            party::Organisation old = TRY(party::Organisations::require(transaction, id));
            party::OrganisationDraft draft;
            draft.credit_code = old.credit_code;
            draft.name = std::move(name);
            draft.kind = old.kind;
            draft.place = old.place;
            draft.address = old.address;
            TRY(organisations.update(transaction, actor("region", "officer", "450000"), id, draft,
                                     old.version));
            return {};
        });
    }

    base::Result<Entry> create(const party::Actor& by, EntryDraft draft) {
        return database->write<Entry>([&](store::Transaction& transaction) {
            return entries.create(transaction, by, draft);
        });
    }
    base::Result<Entry> create(const party::Actor& by, std::string kind, base::json::object body) {
        EntryDraft draft;
        draft.kind = std::move(kind);
        draft.body = std::move(body);
        return create(by, draft);
    }
    base::Result<Entry> update(const party::Actor& by, const Entry& entry, base::json::object body,
                               std::int64_t version = 0) {
        return database->write<Entry>([&](store::Transaction& transaction) {
            return entries.update(transaction, by, entry.id, body, version);
        });
    }
    base::Result<Entry> step(const party::Actor& by, const Entry& entry, std::string transition,
                             std::int64_t version = 0, std::string reason = {},
                             std::string text = {}) {
        workflow::Event event{std::move(transition), std::move(reason), std::move(text), {}};
        return database->write<Entry>([&](store::Transaction& transaction) {
            return entries.advance(transaction, by, entry.id, event, version);
        });
    }
    base::Result<Entry> read(const party::Actor& by, const Entry& entry) {
        return database->read<Entry>(
            [&](store::Reader& reader) { return entries.read(reader, by, entry.id); });
    }
    Entry stored(const Entry& entry) {
        return *database->read<Entry>(
            [&](store::Reader& reader) { return Entries::require(reader, entry.id); });
    }
    /// Created, submitted and published.
    Entry published(const party::Actor& by, std::string kind, base::json::object body) {
        auto entry = create(by, std::move(kind), std::move(body));
        CHECK_WITH(entry.has_value(), base::describe(entry.error()));
        auto submitted = step(by, *entry, "submit");
        CHECK_WITH(submitted.has_value(), base::describe(submitted.error()));
        auto result = step(actor("region", "officer", "450000"), *entry, "publish");
        CHECK_WITH(result.has_value(), base::describe(result.error()));
        return *result;
    }
    std::vector<std::string> log(std::string_view subject) {
        return *database->read<std::vector<std::string>>(
            [&](store::Reader& reader) -> base::Result<std::vector<std::string>> {
                std::vector<std::string> actions;
                for (const store::LogRow& row : store::changes_of(reader, subject)) {
                    actions.push_back(row.change.action);
                }
                return actions;
            });
    }
    std::int64_t count(std::string_view sql) {
        return *database->read<std::int64_t>(
            [&](store::Reader& reader) { return base::Result<std::int64_t>(reader.number(sql)); });
    }

    support::TestDatabase database;
    support::TemporaryFolder folder;
    store::Files files;
    std::unique_ptr<base::Vault> vault;
    workflow::Cases cases;
    Entries entries;
    Imports imports;
    base::Id<party::Organisation> university;
    base::Id<party::Organisation> company;
    party::Actor owner;
    party::Actor firm;
    party::Actor nanning;
    party::Actor liuzhou;

  private:
    std::string next_credit_code() {
        std::string first = "914501000" + std::to_string(10'000'000 + next_organisation_++);
        return first + party::credit_code_check(first);
    }
    int next_organisation_ = 0;
};

inline base::json::object achievement(std::string title = "甘蔗混合汁陶瓷膜超滤澄清工艺") {
    return {{"title", std::move(title)},
            {"summary", "用陶瓷膜代替亚硫酸法澄清蔗汁，成品糖不含硫。"},
            {"problem", "糖厂用二氧化硫澄清，成品糖残硫。"},
            {"advantage", "残硫未检出，糖分损失减少 0.3 个百分点。"},
            {"trl", "7"},
            {"trl_method", "self"},
            {"rights", "sole"},
            {"modes", {"licence_ordinary", "cooperation"}},
            {"price_mode", "negotiable"},
            {"price", "3000000"},
            {"card", "C1"},
            {"cards_more", {"C6"}},
            {"field", "7"},
            {"keywords", {"陶瓷膜", "无硫糖"}},
            {"confidential_detail", "膜孔径 50 nm，清洗液配方见附件"}};
}

inline base::json::object demand() {
    return {{"title", "酸笋异味控制与保质期延长"},
            {"summary", "酸笋常温保存 12 个月，不胀袋、不串味。"},
            {"pain", "夏季胀袋，每年退货损失约 200 万元。"},
            {"card", "C1"},
            {"visibility", "public"}};
}

}  // namespace catalog::test
