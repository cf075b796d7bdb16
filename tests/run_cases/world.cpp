#include "run_cases/world.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/hash.h"
#include "store/follower.h"

namespace run_cases {

namespace {

constexpr std::string_view password = "river-teal-osmanthus";
/// Sessions end after twelve hours of rest; signing in before that keeps cases about other things.
constexpr base::Duration session_kept = base::hours(11);

void administer(const std::string& sql) {
    store::Connection::open(store::Dialect::postgresql, support::postgresql_admin_url())->run(sql);
}

/// "university@nanning" → "university.nanning": letters that a login may have.
std::string login_of(const std::string& name) {
    std::string login = "u";
    for (const char c : name) {
        const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        login += fits ? c : '.';
    }
    return login;
}

void add_codes(const base::Error& error, std::set<std::string>& codes) {
    codes.insert(error.code);
    for (const base::Error& cause : error.causes)
        add_codes(cause, codes);
}

}  // namespace

/// Notices when the gate has to keep an answer itself, because no transaction did.
class World::LateAnswers final : public http::IdempotencyMemory {
  public:
    explicit LateAnswers(http::IdempotencyMemory& real) : real_(&real) {}
    const base::Vault* vault() const override { return real_->vault(); }
    std::optional<Remembered> recall(std::string_view scope, std::string_view key) override {
        return real_->recall(scope, key);
    }
    void remember(std::string_view scope, std::string_view key, const Remembered& answer) override {
        late_ = true;
        real_->remember(scope, key, answer);
    }
    bool take() { return late_.exchange(false); }

  private:
    http::IdempotencyMemory* real_;
    std::atomic<bool> late_ = false;
};

World::World(WorldOptions options) : options_(std::move(options)), clock_(options_.start) {
}

World::~World() {
    jobs_.reset();
    gate_.reset();
    routes_.reset();
    live_.reset();
    site_.reset();
    if (!database_name_.empty()) {
        administer("drop database if exists " + database_name_ + " with (force)");
    }
}

base::Result<std::unique_ptr<World>> World::open(WorldOptions options) {
    std::unique_ptr<World> world(new World(std::move(options)));
    TRY(world->start());
    return world;
}

void World::make_database() {
    database_name_ = "cases_" + base::to_hex(base::sha256(folder_.path().string())).substr(0, 20);
    administer("create database " + database_name_ +
               " template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'");
}

base::Status World::start() {
    if (options_.on_postgresql) make_database();
    app::SiteOptions site{
        .data = folder_.path() / "data",
        .region = options_.root / options_.region,
        .database_url = database_name_.empty() ? "" : support::postgresql_url(database_name_)};
    site_ = TRY(app::Site::open(std::move(site), clock_, random_));
    live_ = TRY(app::Live::start(*site_));
    routes_ = TRY(app::Routes::mount(router_, *site_, *live_, options_.root / "web"));
    http::Hooks hooks = routes_->hooks();
    if (hooks.render_error) {
        hooks.render_error = [this, render = hooks.render_error](const base::Error& error,
                                                                 const http::Request& request) {
            rendered_ = error;
            return render(error, request);
        };
    }
    hooks.rate_per_minute = options_.requests_per_minute;
    if (hooks.idempotency != nullptr) {
        late_ = std::make_unique<LateAnswers>(*hooks.idempotency);
        hooks.idempotency = late_.get();
    }
    gate_ = std::make_unique<http::Gate>(router_, site_->region->texts, std::move(hooks), metrics_);
    return {};
}

std::string World::next_address() {
    ++numbers_;
    return "10.0." + std::to_string(numbers_ / 250) + "." + std::to_string(1 + numbers_ % 250);
}

base::Result<party::Organisation> World::organisation(const PersonDraft& draft) {
    if (const auto known = organisations_.find(draft.organisation); known != organisations_.end())
        return known->second;
    const std::string digits = std::to_string(++numbers_);
    const std::string body = "91450100MA5" + std::string(6 - digits.size(), '0') + digits;
    party::OrganisationDraft made{
        .credit_code =
            draft.credit_code.empty() ? body + party::credit_code_check(body) : draft.credit_code,
        .name = draft.organisation,
        .place = draft.place,
        .kind = TRY(party::parse_organisation_kind(draft.kind.empty() ? "enterprise" : draft.kind)),
        .is_public_body = draft.is_public_body};
    auto organisation =
        TRY(site_->database->write<party::Organisation>([&](store::Transaction& transaction) {
            return site_->organisations->create(transaction, party::Actor::system(), made);
        }));
    organisations_.emplace(draft.organisation, organisation);
    return organisation;
}

base::Result<party::Account> World::account(const std::string& name) {
    if (const auto known = people_.find(name); known != people_.end()) return known->second.account;
    party::Accounts::NewAccount draft{.login = login_of(name),
                                      .name = name.substr(0, 40),
                                      .email = login_of(name) + "@example.org",
                                      .phone = "",
                                      .password = std::string(password)};
    auto account = TRY(site_->accounts->create(*site_->database, party::Actor::system(), draft));
    people_[name] = {account, {}, {.address = next_address()}, {}};
    return account;
}

base::Status World::add_person(const PersonDraft& draft) {
    party::Membership membership;
    if (!draft.organisation.empty()) membership.organisation = TRY(organisation(draft)).id;
    const party::Role* role = TRY(site_->region->roles.require(draft.role));
    if (role->scope == party::RoleScope::place) membership.place = draft.place;
    membership.account = TRY(account(draft.name)).id;
    membership.role = draft.role;
    membership.valid_from = clock_.now();
    TRY(site_->database->write<party::Membership>([&](store::Transaction& transaction) {
        return site_->accounts->grant(transaction, party::Actor::system(), membership);
    }));
    Person& person = people_[draft.name];
    if (person.organisation.empty()) person.organisation = membership.organisation.text();
    person.seen_at.reset();
    return {};
}

base::Status World::sign_in(const std::string& name, Agent& agent) {
    agent.cookies.clear();
    agent.csrf.clear();
    const base::json::object body{{"login", login_of(name)}, {"password", password}};
    const Answer answer = TRY(send(agent, {.method = "POST",
                                           .target = "/api/session",
                                           .headers = {},
                                           .content_type = "application/json",
                                           .body = base::json::serialize(body)}));
    if (answer.status != 200) {
        return base::refuse(base::error(base::ErrorKind::internal, answer.code)
                                .saying("signing in as " + name + ": " + answer.body));
    }
    return {};
}

base::Result<Agent*> World::nobody_in_particular(const std::string& name) {
    TRY(account(name));
    return person(name);
}

base::Result<Agent*> World::person(const std::string& name) {
    const auto found = people_.find(name);
    if (found == people_.end()) return base::refuse(base::malformed("person_unknown").saying(name));
    Person& person = found->second;
    if (!person.seen_at || clock_.now() - *person.seen_at > session_kept)
        TRY(sign_in(name, person.agent));
    person.seen_at = clock_.now();
    return &person.agent;
}

Agent& World::browser(const std::string& name) {
    return browsers_[name] = Agent{.address = next_address()};
}

std::string World::account_of(const std::string& name) const {
    const auto found = people_.find(name);
    return found == people_.end() ? std::string() : found->second.account.id.text();
}

std::string World::organisation_of(const std::string& name) const {
    const auto found = people_.find(name);
    return found == people_.end() ? std::string() : found->second.organisation;
}

base::Result<Answer> World::send(Agent& agent, const Call& call) {
    if (call.method == "GET") live_->catch_up();
    rendered_.reset();
    http::Exchange exchange;
    auto readable = to_exchange(agent, call, router_);
    if (readable) {
        exchange = std::move(*readable);
        const http::Router::Route* route = exchange.match.route;
        // Every creating request carries a key, so that each of them proves where its answer is kept.
        if (route != nullptr && route->info.creates)
            exchange.request.headers.emplace("idempotency-key", "case-" + std::to_string(++keys_));
        if (!gate_->answer_ready(exchange)) gate_->answer(exchange);
    } else {
        gate_->refuse_at_once(exchange, readable.error());
    }
    Answer answer = read_answer(exchange.wire);
    if (rendered_ && answer.code.empty()) {
        answer.code = rendered_->code;
        add_codes(*rendered_, codes_);
    }
    codes_.insert(answer.codes.begin(), answer.codes.end());
    remember(agent, answer);
    if (late_ && late_->take()) {
        return base::refuse(base::error(base::ErrorKind::internal, "answer_kept_late")
                                .saying(call.method + " " + call.target +
                                        " creates, but keeps its answer outside the transaction "
                                        "that has the effect: see party::write_once"));
    }
    return answer;
}

void World::run_jobs() {
    if (!jobs_) {
        // Its own thread does one round and then waits: all further rounds are ours.
        jobs_ = std::make_unique<app::Jobs>(*site_, *live_, *routes_,
                                            app::JobOptions{.pause = base::days(365)});
    }
    const auto position = [&](bool kept) {
        const auto seq = site_->database->read<std::int64_t>(
            [&](store::Reader& reader) -> base::Result<std::int64_t> {
                return kept ? store::Follower::kept_position(reader, "notices")
                            : store::last_seq(reader);
            });
        CHECK(seq.has_value());
        return *seq;
    };
    jobs_->run_once();
    // What follows the log may append to it: until a round leaves it as it was.
    for (std::int64_t before = -1; before != position(false);) {
        before = position(false);
        for (int turn = 0; turn < 1000 && position(true) < before; ++turn)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        jobs_->run_once();
    }
    live_->catch_up();
}

}  // namespace run_cases
