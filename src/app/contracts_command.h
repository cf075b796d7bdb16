#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "app/commands.h"

namespace app {

/// What `guiqiao contracts import|export|stats|replay …` was asked to do.
struct ContractsOptions {
    std::string action;  ///< import, export, template, stats, flow, calibers, replay, rebuild
    std::filesystem::path file;    ///< of import (xlsx, csv) or export and template (xlsx)
    std::string mode = "dry-run";  ///< of import: dry-run, add, replace
    std::string by = "year";       ///< of stats: a dimension
    std::string from, to;          ///< days, inclusive
    std::string class_code, field, industry, seller_place, buyer_place, place;
    std::vector<std::string> map;  ///< of import: "header=field"
    bool with_sample = false;
    bool compare = false;  ///< of stats: published totals beside our own
};

/// Registers of past years in and out, and figures of what is registered. A site is opened if it is
/// there; import makes one. Exit status: 0, 1 when rows were faulty, the sums do not agree or the log
/// tells otherwise, 2 when it could not be done.
int contracts_command(const CommonOptions& common, const ContractsOptions& options,
                      std::ostream& out, std::ostream& err);

}  // namespace app
