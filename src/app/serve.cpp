// `guiqiao serve`: the site, its caches and jobs, the routes and the server.
#include <csignal>

#include <atomic>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>

#include "app/commands.h"
#include "app/jobs.h"
#include "app/routes.h"
#include "app/site.h"

namespace app {
namespace {

std::atomic<bool> stop_wanted = false;

void want_stop(int) {
    stop_wanted = true;
}

int fail(const base::Error& error) {
    std::cerr << "guiqiao: " << base::describe(error) << "\n";
    return 2;
}

/// Where people find the site, and on an empty one the code that makes the first administrator.
base::Status announce(Site& site, std::uint16_t port, bool has_sample) {
    std::cout << fmt::format("\nGuiqiao is at http://localhost:{}\n", port);
    if (has_sample) {
        std::cout
            << "sample accounts are shown at /sign-in (sample data; remove with: guiqiao import "
               "--sample --remove)\n";
    } else {
        std::string code = TRY(site.accounts->make_setup_code(*site.database));
        if (!code.empty()) {
            std::cout << fmt::format(
                "first start: open http://localhost:{}/setup and enter the one-time code {}\n",
                port, code);
        }
    }
    std::cout << "stop with Ctrl+C\n\n" << std::flush;
    return {};
}

base::Status run(const CommonOptions& options, const ServeOptions& serve) {
    // One heap for each of a dozen threads would keep tens of megabytes of odds and ends.
    ::mallopt(M_ARENA_MAX, 4);
    static base::SystemClock clock;
    static base::SecureRandom random;
    std::string url =
        serve.site_url.empty() ? fmt::format("http://localhost:{}", serve.port) : serve.site_url;
    auto site = TRY(Site::open({.data = options.data,
                                .region = options.region,
                                .database_url = options.database,
                                .site_url = url},
                               clock, random));
    auto live = TRY(Live::start(*site));
    http::Router router;
    auto routes = TRY(Routes::mount(router, *site, *live, options.web));
    http::ServerOptions server_options;
    server_options.address = serve.address;
    server_options.port = static_cast<std::uint16_t>(serve.port);
    server_options.trusted_proxies = serve.trusted_proxies;
    server_options.metrics_port = static_cast<std::uint16_t>(serve.metrics_port);
    auto server =
        TRY(http::Server::start(server_options, router, site->region->texts, routes->hooks()));
    Jobs jobs(*site, *live, *routes,
              {.smtp = serve.smtp,
               .mail_from = serve.mail_from,
               .smtp_password_file = serve.smtp_password_file});
    // What reading the region's files took is given back to the system, not kept for later.
    ::malloc_trim(0);
    TRY(announce(*site, server->port(), routes->has_sample()));
    std::signal(SIGINT, want_stop);
    std::signal(SIGTERM, want_stop);
    while (!stop_wanted)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::cout << "stopping\n" << std::flush;
    server->stop(base::seconds(5));
    jobs.stop();
    return {};
}

}  // namespace

int serve_command(const CommonOptions& options, const ServeOptions& serve) {
    base::Status done = run(options, serve);
    return done ? 0 : fail(done.error());
}

}  // namespace app
