#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace app {

/// Options that most commands share.
struct CommonOptions {
    std::filesystem::path data = "data/site";
    std::filesystem::path region = "regions/guangxi";
    std::filesystem::path web = "web";
    std::string database;  ///< URL, or empty for SQLite in the data folder
    bool json = false;
};

// Each command prints for people (or, with --json, for machines), complains on standard error with
// the refusal's code, and returns the exit status: 0 done, 1 something is wrong in what was checked,
// 2 the command could not be carried out.

int check_command(const std::filesystem::path& region, bool json);
int verify_command(const CommonOptions& options);
/// The plan's demands: live or not yet, what they rest on, their figures. Without a site: no figures.
int plan_command(const CommonOptions& options);
/// Proves that facts and search index equal what the change log says; `rebuild` writes them anew.
int replay_command(const CommonOptions& options, bool rebuild);
int backup_command(const CommonOptions& options, const std::filesystem::path& folder);
int restore_command(const CommonOptions& options, const std::filesystem::path& folder,
                    const std::filesystem::path& public_key);

struct UserOptions {
    std::string action;  ///< "create", "grant", "disable", "setup-code"
    std::string login, name, email, password_file, role, place, organisation;
};
int user_command(const CommonOptions& options, const UserOptions& user);

/// Loads the sample data of the region into an empty site, or takes it out again.
int sample_command(const CommonOptions& options, bool remove);

struct ServeOptions {
    std::string address = "127.0.0.1";
    int port = 8080;
    int metrics_port = 0;
    std::string site_url;
    std::vector<std::string> trusted_proxies;  ///< addresses or networks, see http::TrustedProxies
    std::string smtp;                          ///< smtp://host:port; empty: no mail
    std::string mail_from = "guiqiao@localhost";
    std::filesystem::path smtp_password_file;
};
int serve_command(const CommonOptions& options, const ServeOptions& serve);

}  // namespace app
