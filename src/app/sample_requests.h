#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/live.h"
#include "app/routes.h"
#include "app/site.h"
#include "base/json.h"
#include "base/result.h"
#include "http/router.h"

namespace app {

/// What the sample site has under way: requests that its people made in the last days, performed by
/// the site's own handlers, so that every rule holds for them. One line of the file is one request;
/// regions/guangxi/sample/README.md names its members. Not thread-safe.
class SampleRequests {
  public:
    /// `names` are what "$NAME" stands for in the lines; requests add to them.
    static base::Result<std::unique_ptr<SampleRequests>> open(
        Site& site, const std::filesystem::path& web, std::map<std::string, std::string>& names);

    struct Step {
        base::Time at;
        base::json::object line;
    };
    /// The lines of `file` with their times before `now`; none when there is no such file. Errors:
    /// those of JSON and of the form of a line, with the line's number.
    static base::Result<std::vector<Step>> read(const std::filesystem::path& file, base::Time now);
    /// A refusal names the request.
    base::Status perform(const base::json::object& line);

  private:
    SampleRequests(Site& site, std::map<std::string, std::string>& names)
        : site_(site), names_(names) {}

    base::Result<http::Request> compose(const base::json::object& line) const;
    base::Status sign_in(http::Request& request, const std::string& login) const;
    base::Status add_body(http::Request& request, const base::json::object& line) const;
    base::Result<http::Reply> call(const http::Request& request) const;
    base::Status remember(const base::json::object& wanted, const http::Reply& reply);
    std::string filled(std::string text) const;

    Site& site_;
    std::map<std::string, std::string>& names_;
    http::Router router_;
    std::unique_ptr<Live> live_;
    std::unique_ptr<Routes> routes_;
};

}  // namespace app
