#include "app/notify.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace app {
namespace {

enum class Audience {
    owner,        ///< who acts for the organisation that owns the record; the author if none does
    counterpart,  ///< the other side
    waiting,      ///< whoever the case waits for now
    nobody,
};

/// Who hears of what. `action` is the change log's "<process>.<transition>".
struct Rule {
    std::string_view action;
    Audience audience;
    std::string_view text_key;
};

constexpr Rule rules[] = {
    {"entry.submit", Audience::waiting, "notify.entry_to_review"},
    {"entry.return", Audience::owner, "notify.entry_returned"},
    {"entry.publish", Audience::owner, "notify.entry_published"},
    {"entry.expire", Audience::owner, "notify.entry_expired"},
    {"entry.take_down", Audience::owner, "notify.entry_taken_down"},
    {"contract_registration.submit", Audience::waiting, "notify.contract_to_judge"},
    {"contract_registration.resubmit", Audience::waiting, "notify.contract_to_judge"},
    {"contract_registration.request_change", Audience::waiting, "notify.contract_to_judge"},
    {"contract_registration.ask_supplement", Audience::owner, "notify.contract_supplement"},
    {"contract_registration.register", Audience::owner, "notify.contract_registered"},
    {"contract_registration.refuse", Audience::owner, "notify.contract_refused"},
    {"contract_registration.cancel", Audience::owner, "notify.contract_cancelled"},
};

/// Where a record of that process is worked on; a process without a page of its own has the general
/// one. The same table as in web/src/shapes.ts; tests/tidy/links.py compares them.
struct DeskPage {
    std::string_view process;
    std::string_view path;
};
constexpr DeskPage desk_pages[] = {
    {"entry", "/entries/"},
    {"contact", "/contacts/"},
    {"agreement", "/agreements/"},
    {"price_notice", "/notices/"},
    {"price_objection", "/objections/"},
    {"contract_registration", "/contracts/"},
    {"organisation_check", "/organisations/"},
    {"programme", "/applications/"},
    {"review", "/reviews/"},
    {"objection", "/programme-objections/"},
    {"f", "/follow-ups/"},
};

/// The steps of programmes, whatever their names: who submits tells those it waits for; what others
/// decide is told to the applicant; an expert and whoever has to file hear that they are asked.
struct FamilyRule {
    std::string_view process;     ///< how its name begins
    std::string_view transition;  ///< how its action ends; empty: any other
    Audience audience;
    std::string_view text_key;
};
constexpr FamilyRule family_rules[] = {
    {"programme_", ".opened", Audience::nobody, ""},
    {"programme_", ".saved", Audience::nobody, ""},
    {"programme_", ".restated", Audience::nobody, ""},
    {"programme_", ".version_taken", Audience::nobody, ""},
    {"programme_", ".reminded", Audience::waiting, "notify.case_reminded"},
    {"programme_", ".escalated", Audience::waiting, "notify.case_escalated"},
    {"programme_", ".submit", Audience::waiting, "notify.programme_to_do"},
    {"programme_", "_again", Audience::waiting, "notify.programme_to_do"},
    {"programme_", "_pass", Audience::owner, "notify.programme_moved"},
    {"programme_", "_return", Audience::owner, "notify.programme_returned"},
    {"programme_", "_refuse", Audience::owner, "notify.programme_refused"},
    {"programme_", "_issue", Audience::owner, "notify.programme_granted"},
    {"programme_", "_lapse", Audience::owner, "notify.programme_lapsed"},
    {"review_", ".opened", Audience::waiting, "notify.review_asked"},
    {"objection_", ".opened", Audience::waiting, "notify.programme_objection"},
    {"f_", ".opened", Audience::waiting, "notify.follow_up_due"},
    {"f_", ".file", Audience::waiting, "notify.programme_to_do"},
    {"f_", ".judge", Audience::owner, "notify.follow_up_judged"},
};

/// "<process>.reminded" goes to whoever the case waits for, "<process>.escalated" to those above.
std::string_view clock_text(std::string_view action) {
    if (action.ends_with(".reminded")) return "notify.case_reminded";
    if (action.ends_with(".escalated")) return "notify.case_escalated";
    return {};
}

void add_members(store::Reader& reader, const base::Id<party::Organisation>& organisation,
                 base::Time now, std::set<std::string>& accounts) {
    if (organisation.empty()) return;
    for (const party::Account& account : party::Accounts::members_of(reader, organisation, now)) {
        accounts.insert(account.id.text());
    }
}

std::set<std::string> people_of(store::Reader& reader, Audience audience,
                                const workflow::Cases& cases, const workflow::Case& item,
                                base::Time now) {
    std::set<std::string> accounts;
    const party::Standing& standing = item.current.standing;
    if (audience == Audience::owner) {
        add_members(reader, standing.owner, now, accounts);
        // What nobody but a person owns is told to the person.
        const bool is_persons = standing.owner.empty() && !standing.author.empty();
        if (is_persons) accounts.insert(standing.author.text());
    }
    if (audience == Audience::counterpart) add_members(reader, standing.counterpart, now, accounts);
    if (audience != Audience::waiting) return accounts;
    const workflow::Process* process = cases.process(item.process);
    const workflow::State* state =
        process == nullptr ? nullptr : process->state(item.current.state);
    if (state == nullptr) return accounts;
    for (const party::Who& who : state->waits_for) {
        switch (who.relation) {
            case party::Relation::own:
                add_members(reader, standing.owner, now, accounts);
                break;
            case party::Relation::counterpart:
                add_members(reader, standing.counterpart, now, accounts);
                break;
            case party::Relation::point:
                add_members(reader, standing.point, now, accounts);
                break;
            case party::Relation::place:
                for (const party::Account& account :
                     party::Accounts::holders_of(reader, who.role, standing.place, now)) {
                    accounts.insert(account.id.text());
                }
                break;
            case party::Relation::author:
                if (!standing.author.empty()) accounts.insert(standing.author.text());
                break;
            default:
                break;
        }
    }
    return accounts;
}

/// Whom an escalation names: the holders of a role at the place above the one that was late.
std::set<std::string> people_above(store::Reader& reader, const store::Change& change,
                                   base::Time now) {
    std::set<std::string> accounts;
    auto payload = base::parse_json(change.payload);
    if (!payload || !payload->is_object()) return accounts;
    const base::json::object& named = payload->get_object();
    for (const party::Account& account : party::Accounts::holders_of(
             reader, base::text_at(named, "role"), base::text_at(named, "place"), now)) {
        accounts.insert(account.id.text());
    }
    return accounts;
}

std::map<std::string, std::string> parameters_of(const workflow::Case& item) {
    std::map<std::string, std::string> parameters{{"title", item.title}};
    if (item.current.due) parameters["due"] = base::to_local_string(*item.current.due);
    return parameters;
}

/// What is told of one row, if anything.
struct Telling {
    Audience audience;
    std::string text_key;
    std::string link;
};

std::string process_of(const store::Change& change) {
    return change.action.substr(0, change.action.find('.'));
}

std::string desk_link(const store::Change& change) {
    const std::string process = process_of(change);
    for (const DeskPage& page : desk_pages)
        if (page.process == process) return "/desk" + std::string(page.path) + change.subject;
    // The processes of a programme: "programme_<code>", "review_<code>", "f_<code>_<follow-up>".
    const std::string family = process.substr(0, process.find('_'));
    for (const DeskPage& page : desk_pages)
        if (page.process == family) return "/desk" + std::string(page.path) + change.subject;
    return "/desk/cases/" + process + "/" + change.subject;
}

std::optional<Telling> telling_of(const store::Change& change) {
    for (const Rule& rule : rules) {
        if (rule.action == change.action) {
            return Telling{rule.audience, std::string(rule.text_key), desk_link(change)};
        }
    }
    for (const FamilyRule& rule : family_rules) {
        const bool fits =
            change.action.starts_with(rule.process) && change.action.ends_with(rule.transition);
        if (!fits) continue;
        if (rule.audience == Audience::nobody) return {};
        return Telling{rule.audience, std::string(rule.text_key), desk_link(change)};
    }
    std::string_view text = clock_text(change.action);
    if (!text.empty()) return Telling{Audience::waiting, std::string(text), desk_link(change)};
    return {};
}

}  // namespace

base::Status notify(Site& site, Routes& routes, const std::vector<store::LogRow>& rows) {
    for (const store::LogRow& row : rows) {
        auto telling = telling_of(row.change);
        if (!telling) continue;
        std::string process = process_of(row.change);
        std::set<std::string> told;
        TRY(site.database->write<void>([&](store::Transaction& transaction) -> base::Status {
            told.clear();
            auto item = site.cases->find(transaction, process, row.change.subject);
            if (!item) return {};
            told = row.change.action.ends_with(".escalated")
                       ? people_above(transaction, row.change, transaction.now())
                       : people_of(transaction, telling->audience, *site.cases, *item,
                                   transaction.now());
            told.erase(row.change.actor);  // nobody is told what he did himself
            for (const std::string& account : told) {
                party::Notice notice{.id = {},
                                     .account = base::Id<party::Account>(account),
                                     .text_key = telling->text_key,
                                     .parameters = parameters_of(*item),
                                     .link = telling->link,
                                     .at = row.at};
                TRY(party::Inbox::deliver(transaction, notice,
                                          std::to_string(row.seq) + ":" + account));
            }
            return {};
        }));
        for (const std::string& account : told) {
            base::json::object data{{"link", telling->link}};
            routes.channel_of(account).publish(row.seq, "inbox", base::json::serialize(data));
        }
    }
    return {};
}

Mail letter_mail(const Site& site, const http::Pages& pages, const party::Letter& letter) {
    const base::Texts& texts = site.region->texts;
    std::map<std::string, std::string> parameters = letter.parameters;
    parameters["site"] = texts.get(letter.language, "site.name");
    const auto text = [&](std::string_view part) {
        return texts.get(letter.language, "mail." + letter.kind + "_" + std::string(part),
                         parameters);
    };
    base::json::object view{{"lead", text("lead")},
                            {"link", site.options.site_url + "/invitations/" + parameters["code"]},
                            {"end", text("end")}};
    return {.to = letter.to,
            .subject = text("subject"),
            .text = pages.render_bare(letter.kind + ".txt", letter.language, view)};
}

Mail digest_mail(const Site& site, const http::Pages& pages, const party::Inbox::Digest& digest) {
    const base::Texts& texts = site.region->texts;
    auto account = site.database->read<base::Language>(
        [&](store::Reader& reader) -> base::Result<base::Language> {
            auto found = party::Accounts::find(reader, digest.account);
            return found ? found->language : base::Language::zh_cn;
        });
    base::Language language = account ? *account : base::Language::zh_cn;
    base::json::array lines;
    for (const party::Notice& notice : digest.notices) {
        lines.push_back(
            base::json::object{{"text", texts.get(language, notice.text_key, notice.parameters)},
                               {"link", site.options.site_url + notice.link}});
    }
    base::json::object view{{"lines", std::move(lines)},
                            {"desk", site.options.site_url + "/desk/"}};
    return {.to = digest.email,
            .subject = texts.get(language, "mail.digest_subject",
                                 {{"count", std::to_string(digest.notices.size())}}),
            .text = pages.render_bare("digest.txt", language, view)};
}

}  // namespace app
