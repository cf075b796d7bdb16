// The site as `guiqiao serve` runs it, but without the limit on requests per address: a load generator
// is one address. For bench/support/site.py; nothing is measured in here.
//
//     bench_page DATA_FOLDER PORT             run from the repository's root; stop with SIGTERM

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "app/live.h"
#include "app/routes.h"
#include "app/site.h"
#include "bench/support/figures.h"
#include "http/server.h"

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: bench_page DATA_FOLDER PORT\n";
        return 2;
    }
    using bench::must;
    // Blocked before any thread starts, so that only sigwait below gets them.
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, nullptr);

    base::SystemClock clock;
    base::SecureRandom random;
    auto site =
        must(app::Site::open({.data = arguments[1], .region = "regions/guangxi"}, clock, random));
    auto live = must(app::Live::start(*site));
    http::Router router;
    auto routes = must(app::Routes::mount(router, *site, *live, "web"));
    http::ServerOptions options;
    options.port = static_cast<std::uint16_t>(std::atoi(arguments[2]));
    http::Hooks hooks = routes->hooks();
    hooks.rate_per_minute = 0;
    auto server = must(http::Server::start(options, router, site->region->texts, hooks));
    int signal = 0;
    sigwait(&stop, &signal);
    server->stop(base::seconds(1));
    return 0;
}
