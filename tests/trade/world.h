#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "contract/contract.h"
#include "contract/negotiation_world.h"
#include "contract/registration.h"
#include "trade/migrations.h"
#include "trade/notice.h"
#include "trade/objection.h"

namespace trade_test {

using negotiation_test::code_of;
using negotiation_test::defects_of;
using negotiation_test::must;

inline std::vector<store::Migration> all_steps() {
    auto steps = negotiation_test::more_steps();
    steps.insert(steps.end(), trade::migrations().begin(), trade::migrations().end());
    return steps;
}

inline std::vector<workflow::Process> all_processes() {
    auto list = negotiation_test::processes();
    for (const char* name : {"price_notice", "price_objection", "contract_registration"})
        list.push_back(must(workflow::Process::load(party_test::World::region() / "processes" /
                                                    (std::string(name) + ".yaml"))));
    return list;
}

inline base::json::object terms(const std::string& price = "1200000.00") {
    return {{"result_name", "陶瓷膜无硫澄清工艺"},
            {"seller_side", "entry_owner"},
            {"mode", "licence_ordinary"},
            {"price_mode", "negotiable"},
            {"price", price},
            {"payment_mode", "INSTALMENT"},
            {"ip_terms", "专利权归卖方，改进成果归完成方。"},
            {"pricing_basis", "参照近三年三项可比许可的入门费和提成率。"},
            {"related_party", "none"}};
}

/// Everything from the room to the registered contract, wired as the app wires it: a public
/// university in Nanning whose `owner` makes the deal, its colleague, a company in Liuzhou, the
/// officers of Nanning, Liuzhou and the region.
class World : public party_test::World {
  public:
    explicit World(store::Dialect dialect)
        : party_test::World(dialect, all_steps()),
          codes(must(workflow::Codes::load(region() / "codes"))),
          calendar(must(base::WorkCalendar::load(region() / "calendar"))),
          kinds(must(catalog::Kinds::load(region() / "kinds", codes))),
          form(load_form("agreement")),
          contract_form(load_form("contract")),
          rule_sets(must(contract::RuleSets::load(region() / "contract"))),
          cases(all_processes(), codes, calendar),
          files(database.folder() / "files"),
          attachments(files, *vault),
          entries(kinds, permissions, *vault),
          contacts(entries, permissions, *vault),
          rooms(contacts, entries, permissions, attachments, *vault,
                contract::Terms::of("1", "双方保守秘密。")),
          agreements(form, contacts, entries, permissions, places, *vault),
          notices(agreements, contract::Terms::of("1", "先决策，再公示，后签约。")),
          objections(notices, codes, *vault),
          contracts(contract_form, permissions, places, cases),
          registration(cases, contracts, rule_sets, places) {
        entries.attach(cases);
        contacts.attach(cases);
        agreements.attach(cases);
        notices.attach(cases);
        objections.attach(cases);
        contracts.attach(agreements);
        cases.follow("contract_registration",
                     [](store::Transaction& transaction, const party::Actor&,
                        const workflow::Case& item, const workflow::Event& event) {
                         return trade::Notices::check_contract_step(transaction, item, event);
                     });
        university = add_organisation(party::OrganisationKind::university, "450107", true);
        company = add_organisation(party::OrganisationKind::enterprise, "450202");
        point = add_organisation(party::OrganisationKind::registration_point, "450100");
        owner = person("owner", "transfer_officer", university.id);
        colleague = person("colleague", "transfer_officer", university.id);
        researcher = person("researcher", "researcher", university.id);
        firm = person("firm", "enterprise_member", company.id);
        registrar = person("registrar", "registrar", point.id);
        nanning = officer("nanning", "450100");
        liuzhou = officer("liuzhou", "450200");
        guangxi = officer("guangxi", "450000");
        achievement = publish_entry("achievement", catalog::test::achievement());
    }

    party::Actor person(const std::string& login, const std::string& role,
                        const base::Id<party::Organisation>& organisation) {
        return actor(add_member(login, role, organisation), organisation);
    }
    party::Actor officer(const std::string& login, const std::string& place) {
        return actor(add_member(login, "officer", {}, place));
    }

    template <class T>
    base::Result<T> write(std::function<base::Result<T>(store::Transaction&)> work) {
        return database->write<T>(work);
    }
    template <class T>
    T read(std::function<T(store::Reader&)> work) {
        return must(database->read<T>(
            [&](store::Reader& reader) -> base::Result<T> { return work(reader); }));
    }
    void at(const std::string& local) { database.clock().set(must(base::parse_local(local))); }
    int fire() { return must(cases.fire_due(*database)); }

    /// The firm asks, the owner accepts.
    contract::Contact room() {
        const auto asked = must(write<contract::Contact>([&](store::Transaction& transaction) {
            contract::ContactRequest request;
            request.entry = achievement.id;
            request.message = "想了解这项工艺";
            return contacts.request(transaction, firm, request);
        }));
        return must(write<contract::Contact>([&](store::Transaction& transaction) {
            return contacts.advance(transaction, owner, asked.id, {"accept", "", "", {}}, 0);
        }));
    }
    void add_minutes(const contract::Contact& contact, const std::string& bytes = "%PDF-1.4 纪要") {
        must(write<workflow::Attachment>([&](store::Transaction& transaction) {
            contract::Rooms::NewFile file{std::string(contract::Agreements::minutes_kind),
                                          "纪要.pdf", "application/pdf", workflow::Tier::open};
            return rooms.add_file(transaction, owner, contact.id, file, bytes);
        }));
    }
    base::Result<contract::Agreement> propose(const party::Actor& by,
                                              const contract::Contact& contact,
                                              const base::json::object& body,
                                              std::int64_t version = 0) {
        return write<contract::Agreement>([&](store::Transaction& transaction) {
            return agreements.propose(transaction, by, contact.id, body, version);
        });
    }
    base::Result<contract::Agreement> confirm(const party::Actor& by,
                                              const contract::Agreement& agreement) {
        return write<contract::Agreement>([&](store::Transaction& transaction) {
            return agreements.confirm(transaction, by, agreement.id, agreement.version);
        });
    }
    /// Minutes on file, proposed by the firm, confirmed by the owner: waits for its notice.
    contract::Agreement agreed(const base::json::object& body = terms()) {
        const auto contact = room();
        add_minutes(contact);
        return must(confirm(owner, must(propose(firm, contact, body))));
    }
    contract::Agreement reload(const contract::Agreement& agreement) {
        return read<contract::Agreement>([&](store::Reader& reader) {
            return must(contract::Agreements::require(reader, agreement.id));
        });
    }

    trade::NoticeDraft draft() {
        return {.basis = "参照近三年三项可比许可，经评估机构出具意见。",
                .related_party = "none",
                .related_statement = "",
                .rights_check = "专利权人为本单位，年费已缴，未质押，无共有人。",
                .rules = notices.rules().hash};
    }
    base::Result<trade::Notice> publish(const party::Actor& by,
                                        const contract::Agreement& agreement,
                                        const trade::NoticeDraft& draft) {
        return write<trade::Notice>([&](store::Transaction& transaction) {
            return notices.publish(transaction, by, agreement.id, draft);
        });
    }
    /// A running notice, published by the owner now.
    trade::Notice on_notice(const base::json::object& body = terms()) {
        return must(publish(owner, agreed(body), draft()));
    }
    trade::Notice reload(const trade::Notice& notice) {
        return read<trade::Notice>([&](store::Reader& reader) {
            return must(trade::Notices::require(reader, notice.id));
        });
    }
    contract::Agreement agreement_of(const trade::Notice& notice) {
        return read<contract::Agreement>([&](store::Reader& reader) {
            return must(contract::Agreements::require(reader, notice.agreement));
        });
    }

    static trade::ObjectionForm objection_form(const std::string& name = "王五",
                                               const std::string& ground = "price") {
        return {.ground = ground,
                .facts = "同类许可三个月前的成交价是公示价格的两倍。",
                .wish = "请重新评估",
                .name = name,
                .contact = name.empty() ? "" : "0771-0000000",
                .website = ""};
    }
    base::Result<trade::Objections::Filed> object(const trade::Notice& notice,
                                                  const trade::ObjectionForm& words) {
        return write<trade::Objections::Filed>([&](store::Transaction& transaction) {
            return objections.file(transaction, party::Actor::visitor(), notice.id, words);
        });
    }
    base::Result<trade::Objection> decide(const party::Actor& by, const trade::Objection& objection,
                                          const std::string& transition,
                                          const std::string& reason = {},
                                          const std::string& text = {}, std::int64_t version = 0) {
        return write<trade::Objection>([&](store::Transaction& transaction) {
            return objections.advance(transaction, by, objection.id, {transition, reason, text, {}},
                                      version);
        });
    }
    trade::Objection reload(const trade::Objection& objection) {
        return read<trade::Objection>([&](store::Reader& reader) {
            return must(trade::Objections::require(reader, objection.id));
        });
    }
    base::Status price_check(const contract::Agreement& agreement, const std::string& total) {
        return database->read<void>([&](store::Reader& reader) {
            return trade::Notices::check_contract_price(reader, agreement.id,
                                                        must(base::Money::parse(total)));
        });
    }
    std::vector<std::string> inbox(const party::Actor& of) {
        return read<std::vector<std::string>>([&](store::Reader& reader) {
            std::vector<std::string> keys;
            for (const party::Notice& notice : party::Inbox::list(reader, of.account, "", 100))
                keys.push_back(notice.text_key);
            return keys;
        });
    }

    workflow::Codes codes;
    base::WorkCalendar calendar;
    catalog::Kinds kinds;
    workflow::Form form, contract_form;
    contract::RuleSets rule_sets;
    workflow::Cases cases;
    store::Files files;
    workflow::Attachments attachments;
    catalog::Entries entries;
    contract::Contacts contacts;
    contract::Rooms rooms;
    contract::Agreements agreements;
    trade::Notices notices;
    trade::Objections objections;
    contract::Contracts contracts;
    contract::Registration registration;
    party::Organisation university, company, point;
    party::Actor owner, colleague, researcher, firm, registrar, nanning, liuzhou, guangxi;
    catalog::Entry achievement;

  private:
    workflow::Form load_form(const std::string& name) {
        return must(workflow::Form::from(
            must(base::Yaml::load(region() / "forms" / (name + ".yaml"))), codes));
    }
    catalog::Entry publish_entry(const std::string& kind, base::json::object body) {
        const auto entry = must(write<catalog::Entry>([&](store::Transaction& transaction) {
            catalog::EntryDraft draft;
            draft.kind = kind;
            draft.body = body;
            return entries.create(transaction, owner, draft);
        }));
        for (const auto& [by, transition] :
             {std::pair{owner, "submit"}, std::pair{guangxi, "publish"}}) {
            must(write<catalog::Entry>([&](store::Transaction& transaction) {
                workflow::Event event;
                event.transition = transition;
                return entries.advance(transaction, by, entry.id, event, 0);
            }));
        }
        return entry;
    }
};

}  // namespace trade_test
