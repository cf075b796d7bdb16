#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"

namespace http {

/// Mustache templates of the public pages (web/pages/*.mustache, partials, layout.mustache).
/// `{{name}}` is always HTML-escaped; `{{{name}}}` is refused at load time outside layout.mustache.
/// `{{#t}}key{{/t}}` is the text of that key in the reader's language; `{{#t}}key|name=value{{/t}}`
/// fills parameters. Loaded once, immutable, thread-safe; `reload` for development.
class Pages {
  public:
    static base::Result<std::unique_ptr<Pages>> load(const std::filesystem::path& folder,
                                                     const base::Texts& texts);
    virtual ~Pages() = default;
    /// The page inside the layout. `view` feeds both; the layout expects `title`, and gets
    /// `language`, `languages`, `account` from `view.common` (app/common_view.h).
    virtual std::string render(std::string_view page, base::Language language,
                               const base::json::object& view) const = 0;
    /// A template without the layout (mails, fragments).
    virtual std::string render_bare(std::string_view page, base::Language language,
                                    const base::json::object& view) const = 0;
};

}  // namespace http
