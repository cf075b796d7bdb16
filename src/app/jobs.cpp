#include "app/jobs.h"

#include <spdlog/spdlog.h>

#include "app/mailer.h"
#include "app/notify.h"
#include "party/inbox.h"
#include "party/outbox.h"
#include "store/change_log.h"

namespace app {

Jobs::Jobs(Site& site, Live& live, Routes& routes, JobOptions options)
    : site_(site), live_(live), routes_(routes), options_(std::move(options)) {
    notifier_ = std::make_unique<store::Follower>(
        *site_.database, store::Follower::Options{.name = "notices", .after = first_row_to_tell()},
        [this](const std::vector<store::LogRow>& rows) { return notify(site_, routes_, rows); });
    thread_ = std::thread([this] { run(); });
}

/// The two years of the sample are history: nobody is told of them on the first start.
std::int64_t Jobs::first_row_to_tell() const {
    if (!routes_.has_sample()) return 0;
    auto last =
        site_.database->read<std::int64_t>([](store::Reader& reader) -> base::Result<std::int64_t> {
            return store::last_seq(reader);
        });
    return last.value_or(0);
}

void Jobs::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    notifier_.reset();
}

void Jobs::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        run_once();
        lock.lock();
        wake_.wait_for(lock, std::chrono::microseconds(options_.pause.microseconds),
                       [this] { return stopping_; });
    }
}

void Jobs::run_once() {
    auto attempt = [](std::string_view name, auto&& result) {
        if (!result) spdlog::error("job {}: {}", name, base::describe(result.error()));
    };
    attempt("deadlines", site_.cases->fire_due(*site_.database));
    attempt("programmes", site_.programmes->run_due(*site_.database));
    attempt("sales", live_.auction_desk().run_due());
    attempt("listings", site_.listings->fire_due(*site_.database));
    attempt("expiry", site_.entries->expire_due(*site_.database));
    live_.catch_up();  // an entry that is not found yet would never be told of
    attempt("subscriptions",
            site_.subscriptions->notify_due(
                *site_.database, [this](const search::Query& query) { return ids_of(query); }));
    base::Time now = site_.clock().now();
    if (now - last_batch_ >= base::minutes(1)) {
        attempt("batch root", store::sign_batch(*site_.database, *site_.signer));
        last_batch_ = now;
        if (!options_.smtp.empty()) send_mail();
        attempt("letters too late",
                site_.database->write<std::int64_t>([](store::Transaction& transaction) {
                    return base::Result<std::int64_t>(party::Outbox::sweep(transaction));
                }));
    }
    // Somebody waits for an invitation: not with the digests.
    if (!options_.smtp.empty()) send_letters();
}

base::Result<std::vector<std::string>> Jobs::ids_of(const search::Query& query) const {
    std::vector<std::string> ids;
    for (const search::Hit& hit : TRY(live_.index().search(query)).hits)
        ids.push_back(hit.id);
    return ids;
}

void Jobs::send_letters() {
    auto letters = site_.database->read<std::vector<party::Letter>>(
        [&](store::Reader& reader) -> base::Result<std::vector<party::Letter>> {
            return party::Outbox::waiting(reader, *site_.vault, site_.clock().now(), 50);
        });
    if (!letters) return;
    Mailer mailer({.url = options_.smtp,
                   .from = options_.mail_from,
                   .password_file = options_.smtp_password_file});
    for (const party::Letter& letter : *letters) {
        auto sent = mailer.send(letter_mail(site_, routes_.pages(), letter));
        // An address that is none will not become one; everything else is tried again.
        const bool hopeless = !sent && sent.error().code == "mail_address_malformed";
        if (!sent) spdlog::warn("mail not sent: {}", base::describe(sent.error()));
        if (!sent && !hopeless) continue;
        auto removed =
            site_.database->write<void>([&](store::Transaction& transaction) -> base::Status {
                party::Outbox::remove(transaction, letter.id);
                return {};
            });
        if (!removed) spdlog::error("letter not removed: {}", base::describe(removed.error()));
    }
}

void Jobs::send_mail() {
    auto digests = site_.database->read<std::vector<party::Inbox::Digest>>(
        [&](store::Reader& reader) -> base::Result<std::vector<party::Inbox::Digest>> {
            return party::Inbox::unmailed(reader, site_.clock().now() - base::minutes(5), 50);
        });
    if (!digests) return;
    Mailer mailer({.url = options_.smtp,
                   .from = options_.mail_from,
                   .password_file = options_.smtp_password_file});
    for (const party::Inbox::Digest& digest : *digests) {
        if (!digest.email.empty()) {
            auto sent = mailer.send(digest_mail(site_, routes_.pages(), digest));
            if (!sent) {
                spdlog::warn("mail not sent: {}", base::describe(sent.error()));
                continue;  // stays unmailed and is tried again
            }
        }
        auto marked = site_.database->write<void>([&](store::Transaction& transaction) {
            return party::Inbox::mark_mailed(transaction, digest);
        });
        if (!marked) spdlog::error("mail not marked: {}", base::describe(marked.error()));
    }
}

}  // namespace app
