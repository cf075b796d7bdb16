#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "app/live.h"
#include "app/routes.h"
#include "app/site.h"

namespace app {

struct JobOptions {
    std::string smtp;  ///< smtp://host:port or smtps://…; empty: no mail
    std::string mail_from;
    std::filesystem::path smtp_password_file;  ///< "user:password" on its first line, or empty
    base::Duration pause = base::seconds(5);   ///< between rounds of the deadline and mail jobs
};

/// What runs without being asked: deadlines and reminders, expiry, batch roots every minute, notices
/// from the change log, subscriptions, mail digests. One thread; each job is idempotent, so that a
/// restart in the middle repeats nothing twice and loses nothing.
class Jobs {
  public:
    Jobs(Site& site, Live& live, Routes& routes, JobOptions options);
    ~Jobs() { stop(); }
    void stop();
    /// One round of everything now: for tests.
    void run_once();

  private:
    void run();
    void send_mail();
    void send_letters();
    std::int64_t first_row_to_tell() const;
    base::Result<std::vector<std::string>> ids_of(const search::Query& query) const;

    Site& site_;
    Live& live_;
    Routes& routes_;
    JobOptions options_;
    std::unique_ptr<store::Follower> notifier_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    base::Time last_batch_;
    std::thread thread_;
};

}  // namespace app
