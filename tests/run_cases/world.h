#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "app/jobs.h"
#include "app/live.h"
#include "app/routes.h"
#include "app/site.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/gate.h"
#include "http/metrics.h"
#include "run_cases/agent.h"
#include "support/database_fixture.h"

namespace run_cases {

struct WorldOptions {
    std::filesystem::path root;  ///< of the sources: region folders and web/ are found from here
    std::string region = "regions/guangxi";
    base::Time start;
    int requests_per_minute = 600;  ///< of one account or address; 0: no limit
    bool on_postgresql = false;
};

/// What a person of a case is: an organisation is made when it is named for the first time.
struct PersonDraft {
    std::string name;  ///< "university@nanning", as the case calls them
    std::string role;
    std::string place;         ///< of the role, or of the organisation
    std::string organisation;  ///< empty: the role is held at the place alone
    std::string kind;          ///< of the organisation
    std::string credit_code;   ///< of the organisation; made up when empty
    bool is_public_body = false;
};

/// One fresh site on a fresh database with a clock of its own, and the people of one case. Requests
/// pass the server's own gate (authentication, tokens, idempotency, rate limit, refusals), without
/// sockets. Everything is gone with the object. Not thread-safe.
class World {
  public:
    static base::Result<std::unique_ptr<World>> open(WorldOptions options);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    base::ManualClock& clock() { return clock_; }
    app::Site& site() { return *site_; }
    const http::Router& router() const { return router_; }

    /// Makes organisation, account and membership; a person named again gets a further role.
    base::Status add_person(const PersonDraft& draft);
    /// An account that holds no role, signed in.
    base::Result<Agent*> nobody_in_particular(const std::string& name);
    /// The person, signed in anew when their session may have ended; `person_unknown`, and the
    /// refusal of signing in.
    base::Result<Agent*> person(const std::string& name);
    /// A browser in which nobody is signed in; a new one for each name.
    Agent& browser(const std::string& name);
    bool has_browser(const std::string& name) const { return browsers_.contains(name); }
    Agent& known_browser(const std::string& name) { return browsers_.at(name); }
    /// The id of a declared person's account or organisation; empty when there is none.
    std::string account_of(const std::string& name) const;
    std::string organisation_of(const std::string& name) const;

    /// Reads show what was written before: the search index has followed the log.
    base::Result<Answer> send(Agent& agent, const Call& call);
    /// Runs the due jobs and waits until nothing follows from them any more.
    void run_jobs();
    /// Codes of all refusals so far.
    const std::set<std::string>& codes() const { return codes_; }

  private:
    explicit World(WorldOptions options);
    base::Status start();
    void make_database();
    base::Result<party::Organisation> organisation(const PersonDraft& draft);
    base::Result<party::Account> account(const std::string& name);
    base::Status sign_in(const std::string& name, Agent& agent);
    std::string next_address();

    struct Person {
        party::Account account;
        std::string organisation;
        Agent agent;
        std::optional<base::Time> seen_at;
    };

    WorldOptions options_;
    support::TemporaryFolder folder_;
    std::string database_name_;  ///< of PostgreSQL, or empty
    base::ManualClock clock_;
    base::SecureRandom random_;
    http::Metrics metrics_;
    http::Router router_;
    std::unique_ptr<app::Site> site_;
    std::unique_ptr<app::Live> live_;
    std::unique_ptr<app::Routes> routes_;
    std::unique_ptr<http::Gate> gate_;
    std::unique_ptr<app::Jobs> jobs_;
    class LateAnswers;
    std::unique_ptr<LateAnswers> late_;
    std::int64_t keys_ = 0;
    std::optional<base::Error> rendered_;  ///< the refusal that the last page shows
    std::map<std::string, party::Organisation> organisations_;
    std::map<std::string, Person> people_;
    std::map<std::string, Agent> browsers_;
    std::set<std::string> codes_;
    int numbers_ = 0;
};

}  // namespace run_cases
