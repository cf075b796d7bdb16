// The sample data of a region: loaded through the same rules as everything else, on a clock that is
// moved through the two years that the records span.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/sample_requests.h"
#include "app/site.h"
#include "base/json.h"
#include "base/text.h"
#include "store/change_log.h"

namespace app {
namespace {

using base::json::object;

/// One thing that happened on a day; the whole is replayed in order of days.
struct Happening {
    base::Time at;
    std::function<base::Status()> what;
};

base::Result<std::vector<object>> read_lines(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) return base::refuse(base::invalid("file_unreadable").with("path", file.string()));
    std::vector<object> lines;
    for (std::string line; std::getline(in, line);) {
        if (line.empty()) continue;
        lines.push_back(TRY(base::require_object(TRY(base::parse_json(line)))));
    }
    return lines;
}

class SampleLoader {
  public:
    SampleLoader(Site& site, base::ManualClock& clock, const CommonOptions& options)
        : site_(site), clock_(clock), options_(options) {}

    /// Loads what happened until `now`.
    base::Status load(base::Time now) {
        folder_ = site_.region->folder / "sample";
        auto accounts = TRY(base::Yaml::load(folder_ / "accounts.yaml"));
        TRY(load_organisations(accounts));
        TRY(load_people(accounts));
        TRY(plan_entries());
        TRY(plan_contracts());
        TRY(plan_requests(now));
        std::ranges::stable_sort(happenings_, {}, &Happening::at);
        std::size_t done = 0;
        for (const Happening& happening : happenings_) {
            if (happening.at > clock_.now()) clock_.set(happening.at);
            TRY(happening.what());
            if (++done % 500 == 0)
                std::cerr << fmt::format("\r\033[K{} of {}", done, happenings_.size())
                          << std::flush;
        }
        std::cerr << fmt::format(
            "\r\033[K{} organisations, {} people, {} entries ({} kept as drafts), {} contracts, "
            "and what "
            "is "
            "under way\n",
            organisations_.size(), people_, entries_, drafts_, contracts_);
        return {};
    }

  private:
    template <class T>
    base::Result<T> write(std::function<base::Result<T>(store::Transaction&)> work) {
        return site_.database->write<T>(std::move(work));
    }

    base::Status load_organisations(const base::Yaml& accounts) {
        for (const base::Yaml& node : accounts["organisations"].items()) {
            party::OrganisationDraft draft;
            draft.credit_code = node["credit_code"].text_or("");
            draft.name = TRY(TRY(node.required("name")).text());
            draft.name_en = node["name_en"].text_or("");
            draft.kind =
                TRY(party::parse_organisation_kind(TRY(TRY(node.required("kind")).text())));
            draft.is_public_body = TRY(node["is_public_body"].boolean_or(false));
            draft.place = TRY(TRY(node.required("place")).text());
            draft.introduction = node["introduction"].text_or("");
            draft.is_sample = true;
            auto made = write<party::Organisation>([&](store::Transaction& transaction) {
                return site_.organisations->create(transaction, party::Actor::system(), draft);
            });
            if (!made)
                return base::refuse(node.fault(made.error().code, base::describe(made.error())));
            organisations_.emplace(TRY(TRY(node.required("key")).text()), *made);
        }
        return {};
    }

    base::Status load_people(const base::Yaml& accounts) {
        std::string password = TRY(TRY(accounts.required("password")).text());
        for (const base::Yaml& node : accounts["accounts"].items()) {
            party::Accounts::NewAccount draft{.login = TRY(TRY(node.required("login")).text()),
                                              .name = TRY(TRY(node.required("name")).text()),
                                              .email = node["email"].text_or(""),
                                              .phone = "",
                                              .password = password};
            draft.language = base::parse_language(node["language"].text_or("zh-CN"))
                                 .value_or(base::Language::zh_cn);
            auto account = site_.accounts->create(*site_.database, party::Actor::system(), draft);
            if (!account)
                return base::refuse(
                    node.fault(account.error().code, base::describe(account.error())));
            ++people_;
            for (const base::Yaml& item : node["memberships"].items()) {
                party::Membership membership;
                membership.account = account->id;
                membership.role = TRY(TRY(item.required("role")).text());
                membership.place = item["place"].text_or("");
                std::string key = item["organisation"].text_or("");
                if (!key.empty()) membership.organisation = TRY(organisation(key)).id;
                membership.valid_from = clock_.now();
                if (membership.role != "administrator") author_ = account->id;
                auto granted = write<party::Membership>([&](store::Transaction& transaction) {
                    return site_.accounts->grant(transaction, party::Actor::system(), membership);
                });
                if (!granted)
                    return base::refuse(
                        item.fault(granted.error().code, base::describe(granted.error())));
            }
        }
        return {};
    }

    base::Result<party::Organisation> organisation(const std::string& key) const {
        auto found = organisations_.find(key);
        if (found == organisations_.end()) {
            return base::refuse(
                base::invalid("reference_unknown").saying("sample organisation " + key));
        }
        return found->second;
    }

    /// Somebody who acts for that organisation in that role.
    party::Actor acting(const party::Organisation& organisation, std::string role,
                        std::string place = {}) const {
        party::Actor actor;
        actor.account = author_;
        actor.organisation = organisation.id;
        actor.name = organisation.name;
        actor.grants = {{std::move(role), place.empty() ? organisation.place : std::move(place),
                         organisation.id}};
        return actor;
    }

    static std::string member_role(const party::Organisation& organisation) {
        switch (organisation.kind) {
            case party::OrganisationKind::university:
            case party::OrganisationKind::institute:
            case party::OrganisationKind::hospital:
                return "transfer_officer";
            case party::OrganisationKind::transfer_institution:
                return "broker";
            default:
                return "enterprise_member";
        }
    }

    static base::Result<base::Time> day_at(const object& line, std::string_view key, int hour) {
        base::Date date = TRY(base::Date::parse(base::text_at(line, key)));
        return base::start_of_day(date) + base::hours(hour);
    }

    /// What a public report does not say is said to be not said, so that nothing is invented.
    void say_what_is_not_said(const std::string& kind_code, object& body) const {
        const catalog::Kind* kind = site_.region->kinds.find(kind_code);
        if (kind == nullptr) return;
        for (const base::FieldSpec& field : kind->form.fields) {
            if (!field.required || body.contains(field.name)) continue;
            if (field.type == base::FieldType::text || field.type == base::FieldType::long_text) {
                object text{
                    {"zh", site_.region->texts.get(base::Language::zh_cn, "sample.not_said")},
                    {"en", site_.region->texts.get(base::Language::en, "sample.not_said")}};
                body[field.name] = field.localized ? base::json::value(text) : text["zh"];
            }
            for (std::string_view code : {"0", "open", "unclear", "none", "negotiable", "public"}) {
                if (std::ranges::find(field.options, code, &base::FieldOption::code) ==
                    field.options.end())
                    continue;
                if (field.type == base::FieldType::choice) body[field.name] = code;
                if (field.type == base::FieldType::choices)
                    body[field.name] = base::json::array{code};
                if (body.contains(field.name)) break;
            }
        }
    }

    base::Status plan_entries() {
        for (object& line : TRY(read_lines(folder_ / "entries.jsonl"))) {
            base::Time published = TRY(day_at(line, "published", 10));
            party::Organisation owner = TRY(organisation(base::text_at(line, "owner")));
            say_what_is_not_said(base::text_at(line, "kind"), line["body"].as_object());
            happenings_.push_back(
                {published, [this, line, owner] { return add_entry(line, owner); }});
        }
        return {};
    }

    base::Status add_entry(const object& line, const party::Organisation& owner) {
        party::Actor writer = acting(owner, member_role(owner));
        party::Actor officer = acting(owner, "officer", site_.region->places.region().code);
        catalog::EntryDraft draft{
            .kind = base::text_at(line, "kind"),
            .body = base::object_at(line, "body"),
            .language = base::object_at(base::object_at(line, "body"), "title").contains("zh")
                            ? "zh"
                            : "en",
            .owner = owner.id,
            .is_sample = true};
        if (line.contains("supersedes")) {
            const catalog::Kind* kind = site_.region->kinds.find(draft.kind);
            draft.body[kind->columns.supersedes] = names_[base::text_at(line, "supersedes")];
        }
        bool closed = base::text_at(line, "state") == "closed";
        auto added = write<bool>([&](store::Transaction& transaction) -> base::Result<bool> {
            catalog::Entry entry = TRY(site_.entries->create(transaction, writer, draft));
            names_[base::text_at(line, "id")] = entry.id.text();
            TRY(site_.entries->advance(transaction, writer, entry.id, {.transition = "submit"}, 0));
            TRY(site_.entries->advance(transaction, officer, entry.id, {.transition = "publish"},
                                       0));
            if (closed) {
                TRY(site_.entries->follow_up(transaction, entry.id, catalog::Outcome::contracted));
                TRY(site_.entries->follow_up(transaction, entry.id, catalog::Outcome::closed));
            }
            return true;
        });
        ++entries_;
        if (added) return {};
        // Not complete by today's form: kept as a draft of its owner, and counted.
        ++drafts_;
        std::cerr << base::text_at(line, "id") << ": " << base::describe(added.error()) << "\n";
        auto kept = write<catalog::Entry>([&](store::Transaction& transaction) {
            return site_.entries->create(transaction, writer, draft);
        });
        return kept ? base::Status() : base::Status(base::refuse(kept.error()));
    }

    base::Status plan_contracts() {
        for (const object& line : TRY(read_lines(folder_ / "contracts.jsonl"))) {
            party::Organisation owner = TRY(organisation(base::text_at(line, "owner")));
            party::Organisation point = TRY(organisation(base::text_at(line, "point")));
            auto id = std::make_shared<base::Id<contract::Contract>>();
            happenings_.push_back({TRY(day_at(line, "submitted", 9)), [this, line, owner, id] {
                                       return file_contract(line, owner, *id);
                                   }});
            happenings_.push_back({TRY(day_at(line, "registered", 15)), [this, point, id] {
                                       return advance_contract(*id, acting(point, "registrar"),
                                                               {.transition = "register"});
                                   }});
            if (base::text_at(line, "state") != "cancelled") continue;
            workflow::Event event{
                .transition = "cancel",
                .reason = base::text_at(line, "cancelled_because", "parties"),
                .text = site_.region->texts.get(base::Language::zh_cn, "sample.cancelled")};
            happenings_.push_back({TRY(day_at(line, "cancelled", 16)), [this, point, id, event] {
                                       return advance_contract(*id, acting(point, "registrar"),
                                                               event);
                                   }});
        }
        return {};
    }

    /// What is under way: see SampleRequests.
    base::Status plan_requests(base::Time now) {
        for (int days = 0; days <= 60; ++days)
            names_["DAY_" + std::to_string(days)] =
                base::date_in_shanghai(now).plus_days(-days).to_string();
        names_["YEAR_ON"] = base::date_in_shanghai(now).plus_days(365).to_string();
        requests_ = TRY(SampleRequests::open(site_, options_.web, names_));
        for (auto& [at, line] : TRY(SampleRequests::read(folder_ / "under_way.jsonl", now))) {
            happenings_.push_back(
                {at, [this, line = std::move(line)] { return requests_->perform(line); }});
        }
        return {};
    }

    base::Status file_contract(const object& line, const party::Organisation& owner,
                               base::Id<contract::Contract>& id) {
        party::Actor writer = acting(owner, member_role(owner));
        contract::ContractDraft draft{.body = base::object_at(line, "body")};
        std::string counterpart = base::text_at(line, "counterpart");
        if (!counterpart.empty()) draft.counterpart = TRY(organisation(counterpart)).id;
        auto made = write<contract::Contract>(
            [&](store::Transaction& transaction) -> base::Result<contract::Contract> {
                contract::Contract contract =
                    TRY(site_.contracts->create(transaction, writer, draft));
                TRY(site_.registration->advance(transaction, writer, contract.id,
                                                {.transition = "submit"}, 0));
                return contract;
            });
        if (!made) {
            return base::refuse(
                base::Error(made.error())
                    .saying(base::text_at(line, "id") + " " + base::describe(made.error())));
        }
        id = made->id;
        ++contracts_;
        return {};
    }

    base::Status advance_contract(const base::Id<contract::Contract>& id,
                                  const party::Actor& registrar, const workflow::Event& event) {
        auto done = write<workflow::Case>([&](store::Transaction& transaction) {
            return site_.registration->advance(transaction, registrar, id, event, 0);
        });
        return done ? base::Status() : base::Status(base::refuse(done.error()));
    }

    Site& site_;
    base::ManualClock& clock_;
    const CommonOptions& options_;
    std::filesystem::path folder_;
    std::map<std::string, std::string> names_;  ///< ids by the names of the sample's own lines
    std::unique_ptr<SampleRequests> requests_;
    std::map<std::string, party::Organisation> organisations_;
    base::Id<party::Account> author_;
    std::vector<Happening> happenings_;
    int people_ = 0, entries_ = 0, drafts_ = 0, contracts_ = 0;
};

/// True if every organisation of the site is a sample one.
base::Result<bool> holds_only_sample(Site& site) {
    return site.database->read<bool>([](store::Reader& reader) -> base::Result<bool> {
        party::Organisations::Filter filter;
        filter.limit = 500;
        while (true) {
            auto page = party::Organisations::list(reader, filter);
            if (!std::ranges::all_of(page, &party::Organisation::is_sample)) return false;
            if (page.size() < filter.limit) return true;
            filter.after = page.back().id.text();
        }
    });
}

base::Status load_sample(const CommonOptions& options) {
    base::SystemClock system_clock;
    base::ManualClock clock(*base::parse_local("2024-11-01 08:00"));
    base::SecureRandom random;
    auto site = TRY(Site::open(
        {.data = options.data, .region = options.region, .database_url = options.database}, clock,
        random));
    // Opening a site takes the region's programmes into the log; anything else was somebody's doing.
    bool is_used = TRY(site->database->read<bool>([](store::Reader& reader) -> base::Result<bool> {
        return std::ranges::any_of(store::changes_after(reader, 0, 1000),
                                   [](const store::LogRow& row) {
                                       return row.change.action != "programme.version_taken";
                                   });
    }));
    if (is_used) return base::refuse(base::conflict("sample_needs_empty_site"));
    TRY(SampleLoader(*site, clock, options).load(system_clock.now()));
    std::ofstream(options.data / ".sample-loaded") << base::to_iso(system_clock.now()) << "\n";
    return {};
}

/// The log of a site cannot be thinned out, so sample data never mixes with real data, and removing
/// it removes the site that holds nothing else.
base::Status remove_sample(const CommonOptions& options) {
    base::SystemClock clock;
    base::SecureRandom random;
    {
        auto site = TRY(Site::open(
            {.data = options.data, .region = options.region, .database_url = options.database},
            clock, random));
        if (!TRY(holds_only_sample(*site)))
            return base::refuse(base::conflict("site_holds_real_data"));
    }
    if (!options.database.empty()) return base::refuse(base::conflict("sample_remove_sqlite_only"));
    std::error_code problem;
    std::filesystem::remove_all(options.data, problem);
    if (problem)
        return base::refuse(base::error(base::ErrorKind::unavailable, "storage_unavailable")
                                .saying(problem.message()));
    return {};
}

}  // namespace

int sample_command(const CommonOptions& options, bool remove) {
    if (remove && !std::filesystem::exists(options.data / "guiqiao.db")) {
        std::cerr << "guiqiao: there is no site in " << options.data.string() << "\n";
        return 2;
    }
    base::Status done = remove ? remove_sample(options) : load_sample(options);
    if (done) return 0;
    std::cerr << "guiqiao: " << base::describe(done.error()) << "\n";
    return 2;
}

}  // namespace app
