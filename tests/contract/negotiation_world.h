#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "catalog/world.h"
#include "contract/agreement.h"
#include "contract/migrations.h"
#include "contract/negotiation.h"
#include "contract/room.h"
#include "party/inbox.h"
#include "party/party_fixture.h"

namespace negotiation_test {

using party_test::code_of;
using party_test::defects_of;
using party_test::must;

inline std::vector<store::Migration> more_steps() {
    std::vector<store::Migration> steps;
    for (auto part : {workflow::migrations(), indicator::migrations(), catalog::migrations(),
                      contract::migrations(), contract::negotiation_migrations()})
        steps.insert(steps.end(), part.begin(), part.end());
    return steps;
}

inline std::vector<workflow::Process> processes() {
    std::vector<workflow::Process> list;
    for (const char* name : {"entry", "contact", "agreement"})
        list.push_back(must(workflow::Process::load(party_test::World::region() / "processes" /
                                                    (std::string(name) + ".yaml"))));
    return list;
}

/// A public university in Nanning with a published achievement, a company in Liuzhou with a
/// published demand, a stranger; wired as the app wires them.
class World : public party_test::World {
  public:
    explicit World(store::Dialect dialect)
        : party_test::World(dialect, more_steps()),
          codes(must(workflow::Codes::load(region() / "codes"))),
          calendar(must(base::WorkCalendar::load(region() / "calendar"))),
          kinds(must(catalog::Kinds::load(region() / "kinds", codes))),
          form(must(workflow::Form::from(must(base::Yaml::load(region() / "forms/agreement.yaml")),
                                         codes))),
          cases(processes(), codes, calendar),
          files(database.folder() / "files"),
          attachments(files, *vault),
          entries(kinds, permissions, *vault),
          contacts(entries, permissions, *vault),
          rooms(contacts, entries, permissions, attachments, *vault,
                contract::Terms::of("1", "双方保守秘密。")),
          agreements(form, contacts, entries, permissions, places, *vault) {
        entries.attach(cases);
        contacts.attach(cases);
        agreements.attach(cases);
        university = add_organisation(party::OrganisationKind::university, "450107", true);
        company = add_organisation(party::OrganisationKind::enterprise, "450202");
        other = add_organisation(party::OrganisationKind::enterprise, "450202");
        owner = person("owner", "transfer_officer", university.id);
        firm = person("firm", "enterprise_member", company.id);
        researcher = person("researcher", "researcher", university.id);
        stranger = person("stranger", "enterprise_member", other.id);
        achievement = publish(owner, "achievement", catalog::test::achievement());
        demand = publish(firm, "demand", full_demand());
    }

    party::Actor person(const std::string& login, const std::string& role,
                        const base::Id<party::Organisation>& organisation) {
        return actor(add_member(login, role, organisation), organisation);
    }

    static base::json::object full_demand() {
        base::json::object body = catalog::test::demand();
        return body;
    }

    catalog::Entry draft_entry(const party::Actor& by, const std::string& kind,
                               base::json::object body) {
        return must(database->write<catalog::Entry>([&](store::Transaction& transaction) {
            catalog::EntryDraft draft;
            draft.kind = kind;
            draft.body = body;
            return entries.create(transaction, by, draft);
        }));
    }
    catalog::Entry publish(const party::Actor& by, const std::string& kind,
                           base::json::object body) {
        catalog::Entry entry = draft_entry(by, kind, std::move(body));
        must(step_entry(by, entry, "submit"));
        party::Actor officer;
        officer.account = base::Id<party::Account>("0000000000000000000000OFFC");
        officer.name = "officer";
        officer.grants.push_back({"officer", "450000", {}});
        return must(step_entry(officer, entry, "publish"));
    }
    base::Result<catalog::Entry> step_entry(const party::Actor& by, const catalog::Entry& entry,
                                            const std::string& transition) {
        return database->write<catalog::Entry>([&](store::Transaction& transaction) {
            workflow::Event event;
            event.transition = transition;
            return entries.advance(transaction, by, entry.id, event, 0);
        });
    }
    std::string state_of(const catalog::Entry& entry) {
        return must(database->read<catalog::Entry>([&](store::Reader& reader) {
                   return catalog::Entries::require(reader, entry.id);
               }))
            .state;
    }

    base::Result<contract::Contact> ask(const party::Actor& by, const catalog::Entry& entry,
                                        const catalog::Entry* from = nullptr,
                                        std::string message = "想了解这项工艺") {
        return database->write<contract::Contact>([&](store::Transaction& transaction) {
            contract::ContactRequest request;
            request.entry = entry.id;
            if (from != nullptr) request.from_entry = from->id;
            request.message = message;
            return contacts.request(transaction, by, request);
        });
    }
    base::Result<contract::Contact> answer(const party::Actor& by, const contract::Contact& contact,
                                           const std::string& transition,
                                           const std::string& reason = {},
                                           const std::string& text = {}, std::int64_t version = 0) {
        return database->write<contract::Contact>([&](store::Transaction& transaction) {
            workflow::Event event{transition, reason, text, {}};
            return contacts.advance(transaction, by, contact.id, event, version);
        });
    }
    /// firm asked about the achievement from its demand, and owner accepted.
    contract::Contact room() {
        const auto contact = must(ask(firm, achievement, &demand));
        return must(answer(owner, contact, "accept"));
    }
    /// Runs `work` in a write and returns what it returns.
    template <class T>
    base::Result<T> write(std::function<base::Result<T>(store::Transaction&)> work) {
        return database->write<T>(work);
    }
    std::vector<std::string> notices(const party::Actor& of) {
        return must(database->read<std::vector<std::string>>(
            [&](store::Reader& reader) -> base::Result<std::vector<std::string>> {
                std::vector<std::string> keys;
                for (const party::Notice& notice : party::Inbox::list(reader, of.account, "", 100))
                    keys.push_back(notice.text_key);
                return keys;
            }));
    }
    std::string log_of(std::string_view subject) {
        return must(
            database->read<std::string>([&](store::Reader& reader) -> base::Result<std::string> {
                std::string text;
                for (const store::LogRow& row : store::changes_of(reader, subject))
                    text += (text.empty() ? "" : " ") + row.change.action;
                return text;
            }));
    }

    workflow::Codes codes;
    base::WorkCalendar calendar;
    catalog::Kinds kinds;
    workflow::Form form;
    workflow::Cases cases;
    store::Files files;
    workflow::Attachments attachments;
    catalog::Entries entries;
    contract::Contacts contacts;
    contract::Rooms rooms;
    contract::Agreements agreements;
    party::Organisation university, company, other;
    party::Actor owner, firm, researcher, stranger;
    catalog::Entry achievement, demand;
};

}  // namespace negotiation_test
