// The command line. Each command is a function of app/; nothing is decided here.
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/auction_replay.h"
#include "app/commands.h"
#include "app/contracts_command.h"
#include "app/match_eval.h"
#include "app/match_site.h"
#include "app/recognise.h"
#include "app/search_eval.h"
#include "app/simulate.h"

namespace {

/// Where CLI11 puts what was typed. One of each, since one command runs.
struct Typed {
    app::CommonOptions common;
    app::ServeOptions serve;
    app::UserOptions user;
    app::RecogniseOptions recognise;
    app::MatchEvalOptions match;
    app::MatchTrainOptions train;
    app::MatchEmbedOptions embed;
    app::SearchEvalOptions search;
    app::AuctionReplayOptions replay;
    app::SimulateOptions simulate;
    app::ContractsOptions contracts;
    std::filesystem::path region = "regions/guangxi", folder, public_key;
    bool sample = false, remove = false, rebuild = false, check = false, go_on = false;
    int status = 0;
};

/// Declares a command and what runs it; its exit status goes to `typed.status`.
template <class Run>
CLI::App& add(CLI::App& program, Typed& typed, const char* name, const char* summary, Run run) {
    CLI::App& command = *program.add_subcommand(name, summary);
    command.callback([&typed, run] { typed.status = run(typed); });
    return command;
}

int exit_status(const base::Status& done) {
    if (done) return 0;
    std::cerr << "guiqiao: " << base::describe(done.error()) << "\n";
    return 2;
}

void add_json(CLI::App& command, Typed& typed) {
    command.add_flag("--json", typed.common.json, "Print for machines");
}

/// Options of commands that work on a site.
void add_common(CLI::App& command, Typed& typed) {
    command.add_option("--data", typed.common.data, "Data directory");
    command.add_option("--region", typed.common.region, "Region folder");
    command.add_option("--database", typed.common.database,
                       "postgresql://… instead of SQLite in the data directory");
    add_json(command, typed);
}

void add_serve(CLI::App& program, Typed& typed) {
    CLI::App& command = add(program, typed, "serve", "Serve the site", [](Typed& given) {
        return app::serve_command(given.common, given.serve);
    });
    add_common(command, typed);
    command.add_option("--web", typed.common.web, "Folder of pages and workbench");
    command.add_option("--address", typed.serve.address, "Address to listen on");
    command.add_option("--port", typed.serve.port, "Port (0: any)");
    command.add_option("--metrics-port", typed.serve.metrics_port,
                       "Port of the Prometheus metrics (0: none)");
    command.add_option("--site-url", typed.serve.site_url,
                       "How people reach the site, e.g. https://example.org");
    command
        .add_option("--trusted-proxy", typed.serve.trusted_proxies,
                    "Address or network (10.0.0.0/8) whose X-Forwarded-For is believed; repeatable")
        ->allow_extra_args(false);
    command.add_option("--smtp", typed.serve.smtp,
                       "Mail server, e.g. smtp://localhost:25 (none: no mail)");
    command.add_option("--mail-from", typed.serve.mail_from, "Sender of mails");
    command.add_option("--smtp-password-file", typed.serve.smtp_password_file,
                       "File whose first line is user:password");
}

void add_user(CLI::App& program, Typed& typed) {
    CLI::App& command =
        add(program, typed, "user", "Accounts: create, grant, disable, setup-code",
            [](Typed& given) { return app::user_command(given.common, given.user); });
    add_common(command, typed);
    command.add_option("action", typed.user.action)
        ->required()
        ->check(CLI::IsMember({"create", "grant", "disable", "setup-code"}));
    command.add_option("login", typed.user.login);
    command.add_option("--name", typed.user.name);
    command.add_option("--email", typed.user.email);
    command.add_option("--password-file", typed.user.password_file,
                       "File whose first line is the password");
    command.add_option("--role", typed.user.role);
    command.add_option("--place", typed.user.place);
    command.add_option("--organisation", typed.user.organisation);
}

void add_contracts(CLI::App& program, Typed& typed) {
    CLI::App& command =
        add(program, typed, "contracts", "Registers of contracts: import, export, figures",
            [](Typed& given) {
                return app::contracts_command(given.common, given.contracts, std::cout, std::cerr);
            });
    add_common(command, typed);
    app::ContractsOptions& options = typed.contracts;
    command.add_option("action", options.action)
        ->required()
        ->check(CLI::IsMember(
            {"import", "export", "template", "stats", "flow", "calibers", "replay", "rebuild"}));
    command.add_option("file", options.file, "xlsx or csv to read, xlsx to write");
    command.add_option("--mode", options.mode, "Of import: dry-run, add or replace")
        ->check(CLI::IsMember({"dry-run", "add", "replace"}));
    command.add_option("--map", options.map, "Of import: HEADER=FIELD, repeatable")
        ->allow_extra_args(false);
    command.add_option("--by", options.by,
                       "year quarter month family class field industry ip seller buyer from to");
    command.add_option("--from", options.from, "First day of registration");
    command.add_option("--to", options.to, "Last day of registration");
    command.add_option("--class", options.class_code, "Class or front part of one");
    command.add_option("--field", options.field, "Technical field");
    command.add_option("--industry", options.industry, "Industry");
    command.add_option("--seller-place", options.seller_place, "Place of sellers");
    command.add_option("--buyer-place", options.buyer_place, "Place of buyers");
    command.add_option("--place", options.place, "Place of calibers");
    command.add_flag("--sample", options.with_sample, "Count sample data too");
    command.add_flag("--compare", options.compare, "Published totals beside our own");
}

/// Commands on a site at rest or beside a running one.
void add_care(CLI::App& program, Typed& typed) {
    CLI::App& import =
        add(program, typed, "import", "Load the region's sample data, or remove it",
            [](Typed& given) { return app::sample_command(given.common, given.remove); });
    add_common(import, typed);
    import.add_flag("--sample", typed.sample, "The sample data of the region")->required();
    import.add_flag("--remove", typed.remove, "Take everything marked as sample out again");

    CLI::App& check = add(program, typed, "check", "Validate a region folder", [](Typed& given) {
        return app::check_command(given.region, given.common.json);
    });
    check.add_option("region", typed.region, "Region folder")->required();
    add_json(check, typed);

    add_common(add(program, typed, "verify",
                   "Recompute every hash, chain, root and signature of the change log",
                   [](Typed& given) { return app::verify_command(given.common); }),
               typed);

    add_common(add(program, typed, "plan", "The demands of the plan, live or not yet, with figures",
                   [](Typed& given) { return app::plan_command(given.common); }),
               typed);

    CLI::App& replay =
        add(program, typed, "replay", "Prove that facts and search index equal the log",
            [](Typed& given) { return app::replay_command(given.common, given.rebuild); });
    add_common(replay, typed);
    replay.add_flag("--rebuild", typed.rebuild, "Write them anew from the log");

    CLI::App& backup = add(program, typed, "backup", "Back up a running site", [](Typed& given) {
        return app::backup_command(given.common, given.folder);
    });
    add_common(backup, typed);
    backup.add_option("folder", typed.folder, "Folder to make")->required();

    CLI::App& restore =
        add(program, typed, "restore", "Restore a backup into an empty site", [](Typed& given) {
            return app::restore_command(given.common, given.folder, given.public_key);
        });
    add_common(restore, typed);
    restore.add_option("folder", typed.folder, "Backup folder")->required();
    restore.add_option("--public-key", typed.public_key, "PEM file of the key that signed the log")
        ->required();
}

int run_recognise(Typed& given) {
    if (given.check) given.recognise.mode = app::RecogniseOptions::Mode::check;
    if (given.common.json) given.recognise.output = app::RecogniseOptions::Output::json;
    return app::recognise(given.recognise, std::cout, std::cerr);
}

int run_auction_replay(Typed& given) {
    if (given.common.json) given.replay.output = app::AuctionReplayOptions::Output::json;
    if (given.go_on) given.replay.after_difference = app::AuctionReplayOptions::After::go_on;
    return app::auction_replay(given.replay, std::cout, std::cerr);
}

/// Pure cores on files, without a site.
void add_judging(CLI::App& program, Typed& typed) {
    CLI::App& recognise =
        add(program, typed, "recognise", "Judge contract cases by a rule set", run_recognise);
    recognise.add_option("file", typed.recognise.file, "Cases in YAML")->required();
    recognise.add_option("--rules", typed.recognise.rules, "Rule set for every case");
    recognise.add_option("--region", typed.recognise.region, "Region folder");
    recognise.add_flag("--check", typed.check, "Compare with `expect`");
    add_json(recognise, typed);

    CLI::App& auction = add(program, typed, "auction-replay",
                            "Run auction scenarios, or recompute a sale from its public record",
                            run_auction_replay);
    auction.add_option("file", typed.replay.file, "Scenarios (*.case) or a record (*.json)")
        ->required();
    auction.add_flag("--all", typed.go_on, "Go on after a difference");
    add_json(auction, typed);

    CLI::App& simulate = add(program, typed, "simulate",
                             "Play seeded sales and check what must always hold", [](Typed& given) {
                                 if (given.common.json)
                                     given.simulate.output = app::SimulateOptions::Output::json;
                                 return app::simulate(given.simulate, std::cout, std::cerr);
                             });
    simulate.add_option("--seed", typed.simulate.seed, "First seed");
    simulate.add_option("--seeds", typed.simulate.seeds, "How many seeds");
    simulate.add_option("--days", typed.simulate.days, "Days of each");
    add_json(simulate, typed);

    CLI::App& train =
        add(program, typed, "match-train",
            "Learn word vectors from the site's entries; propose terms", [](Typed& given) {
                return app::match_train_command(given.common, given.train, std::cout, std::cerr);
            });
    add_common(train, typed);
    train.add_option("--dimensions", typed.train.dimensions, "Numbers in a vector")
        ->check(CLI::Range(2, 512));
    train.add_option("--seed", typed.train.seed, "Start of the chance");
    train.add_flag("!--no-terms", typed.train.propose_terms, "Propose no terms");

    CLI::App& embed =
        add(program, typed, "match-embed",
            "Ask an embedding service for vectors of what is published", [](Typed& given) {
                return app::match_embed_command(given.common, given.embed, std::cout, std::cerr);
            });
    add_common(embed, typed);
    embed.add_option("--url", typed.embed.url, "https://…/v1/embeddings")->required();
    embed.add_option("--model", typed.embed.model, "The model's name there")->required();
    embed.add_option("--key-file", typed.embed.key_file, "The key, on the first line");
    embed.add_flag("--allow-private", typed.embed.private_addresses,
                   "The service may be in our own network");

    typed.match.lexicon = typed.search.lexicon = "regions/guangxi/lexicon";
    CLI::App& match =
        add(program, typed, "match-eval", "Measure matching on judged pairs",
            [](Typed& given) { return exit_status(app::run_match_eval(given.match, std::cout)); });
    match.add_option("--entries", typed.match.entries, "JSON lines")->required();
    match.add_option("--qrels", typed.match.qrels, "Tab-separated judgements")->required();
    match.add_option("--lexicon", typed.match.lexicon, "Lexicon folder");
    match.add_flag("--text-only", typed.match.text_only, "Title, abstract and keywords alone");
    match.add_flag("--json", typed.match.json, "Print for machines");
    match.add_flag("--verbose", typed.match.verbose, "Also the first ten of each demand");

    CLI::App& search =
        add(program, typed, "search-eval",
            "Answer queries from standard input over a file of entries", [](Typed& given) {
                return exit_status(app::run_search_eval(given.search, std::cin, std::cout));
            });
    search.add_option("--entries", typed.search.entries, "JSON lines")->required();
    search.add_option("--lexicon", typed.search.lexicon, "Lexicon folder");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App program{"Guiqiao: software on which a region runs its technology-transfer system"};
    program.require_subcommand(1);
    Typed typed;
    add_serve(program, typed);
    add_care(program, typed);
    add_user(program, typed);
    add_contracts(program, typed);
    add_judging(program, typed);
    CLI11_PARSE(program, argc, argv);
    return typed.status;
}
