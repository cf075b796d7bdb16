// The command line. Each command is a function of app/; nothing is decided here.
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/match_eval.h"
#include "app/recognise.h"

namespace {

void add_common(CLI::App& command, app::CommonOptions& common) {
    command.add_option("--data", common.data, "Data directory");
    command.add_option("--region", common.region, "Region folder");
    command.add_option("--database", common.database,
                       "postgresql://… instead of SQLite in the data directory");
    command.add_flag("--json", common.json, "Print for machines");
}

int evaluate_matches(const app::MatchEvalOptions& options) {
    auto done = app::run_match_eval(options, std::cout);
    if (done) return 0;
    std::cerr << "guiqiao: " << base::describe(done.error()) << "\n";
    return 2;
}

/// Declares a command and what runs it; `status` receives its exit status.
template <class Run>
CLI::App* add(CLI::App& program, const char* name, const char* summary, int& status, Run run) {
    CLI::App* command = program.add_subcommand(name, summary);
    command->callback([&status, run] { status = run(); });
    return command;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App program{"Guiqiao: software on which a region runs its technology-transfer system"};
    program.require_subcommand(1);
    int status = 0;
    app::CommonOptions common;

    app::ServeOptions serve;
    CLI::App* command = add(program, "serve", "Serve the site", status,
                            [&] { return app::serve_command(common, serve); });
    add_common(*command, common);
    command->add_option("--web", common.web, "Folder of pages and workbench");
    command->add_option("--address", serve.address, "Address to listen on");
    command->add_option("--port", serve.port, "Port (0: any)");
    command->add_option("--metrics-port", serve.metrics_port,
                        "Port of the Prometheus metrics (0: none)");
    command->add_option("--site-url", serve.site_url,
                        "How people reach the site, e.g. https://example.org");
    command->add_option("--smtp", serve.smtp,
                        "Mail server, e.g. smtp://localhost:25 (none: no mail)");
    command->add_option("--mail-from", serve.mail_from, "Sender of mails");

    bool remove = false, sample = false;
    command = add(program, "import", "Load the region's sample data, or remove it", status,
                  [&] { return app::sample_command(common, remove); });
    add_common(*command, common);
    command->add_flag("--sample", sample, "The sample data of the region")->required();
    command->add_flag("--remove", remove, "Take everything marked as sample out again");

    std::filesystem::path region = common.region, folder, public_key;
    command = add(program, "check", "Validate a region folder", status,
                  [&] { return app::check_command(region, common.json); });
    command->add_option("region", region, "Region folder")->required();
    command->add_flag("--json", common.json, "Print for machines");

    add_common(
        *add(program, "verify", "Recompute every hash, chain, root and signature of the change log",
             status, [&] { return app::verify_command(common); }),
        common);

    bool rebuild = false;
    command = add(program, "replay", "Prove that facts equal the change log", status,
                  [&] { return app::replay_command(common, rebuild); });
    add_common(*command, common);
    command->add_flag("--rebuild", rebuild, "Write them anew from the log");

    command = add(program, "backup", "Back up a running site", status,
                  [&] { return app::backup_command(common, folder); });
    add_common(*command, common);
    command->add_option("folder", folder, "Folder to make")->required();

    command = add(program, "restore", "Restore a backup into an empty site", status,
                  [&] { return app::restore_command(common, folder, public_key); });
    add_common(*command, common);
    command->add_option("folder", folder, "Backup folder")->required();
    command->add_option("--public-key", public_key, "PEM file of the key that signed the log")
        ->required();

    app::UserOptions user;
    command = add(program, "user", "Accounts: create, grant, disable, setup-code", status,
                  [&] { return app::user_command(common, user); });
    add_common(*command, common);
    command->add_option("action", user.action)
        ->required()
        ->check(CLI::IsMember({"create", "grant", "disable", "setup-code"}));
    command->add_option("login", user.login);
    command->add_option("--name", user.name);
    command->add_option("--email", user.email);
    command->add_option("--password-file", user.password_file,
                        "File whose first line is the password");
    command->add_option("--role", user.role);
    command->add_option("--place", user.place);
    command->add_option("--organisation", user.organisation);

    app::RecogniseOptions recognise;
    bool recognise_check = false;
    command = add(program, "recognise", "Judge contract cases by a rule set", status, [&] {
        if (recognise_check) recognise.mode = app::RecogniseOptions::Mode::check;
        if (common.json) recognise.output = app::RecogniseOptions::Output::json;
        return app::recognise(recognise, std::cout, std::cerr);
    });
    command->add_option("file", recognise.file, "Cases in YAML")->required();
    command->add_option("--rules", recognise.rules, "Rule set for every case");
    command->add_option("--region", recognise.region, "Region folder");
    command->add_flag("--check", recognise_check, "Compare with `expect`");
    command->add_flag("--json", common.json, "Print for machines");

    app::MatchEvalOptions match;
    match.lexicon = "regions/guangxi/lexicon";
    command = add(program, "match-eval", "Measure matching on judged pairs", status,
                  [&] { return evaluate_matches(match); });
    command->add_option("--entries", match.entries, "JSON lines")->required();
    command->add_option("--qrels", match.qrels, "Tab-separated judgements")->required();
    command->add_option("--lexicon", match.lexicon, "Lexicon folder");
    command->add_flag("--text-only", match.text_only, "Title, abstract and keywords alone");
    command->add_flag("--json", match.json, "Print for machines");
    command->add_flag("--verbose", match.verbose, "Also the first ten of each demand");

    CLI11_PARSE(program, argc, argv);
    return status;
}
