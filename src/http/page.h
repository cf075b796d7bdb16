#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"

namespace http {

/// Mustache templates of the public pages (`web/pages/**.mustache`; `layout.mustache` has
/// `{{{body}}}`).
///
/// `{{name}}` is always HTML-escaped; `{{{name}}}` and `{{&name}}` are refused at load time outside
/// the layout. `{{> name}}` is another file of the folder. `{{#t}}key{{/t}}` is the text of that
/// key in the reader's language; `{{#t}}key|name=value|other={{field}}{{/t}}` fills its parameters,
/// and `{{#t}}state.{{code}}{{/t}}` chooses the key at run time. All of it comes out escaped. In a
/// view, `""`, `false`, `null` and `[]` count as absent in a section; a number never does. What the
/// view lacks is looked for in `view.common`. A template whose name ends in ".txt" (mails) is plain
/// text: nothing is escaped. Texts and partials are woven in once per language. Immutable,
/// thread-safe; load again to reload.
class Pages {
  public:
    /// `template_unreadable`, `template_malformed` with file:line in the detail.
    static base::Result<std::unique_ptr<Pages>> load(const std::filesystem::path& folder,
                                                     const base::Texts& texts);
    virtual ~Pages() = default;
    /// The page inside the layout; `view` feeds both. An unknown page is our own mistake (CHECK).
    virtual std::string render(std::string_view page, base::Language language,
                               const base::json::object& view) const = 0;
    /// A template without the layout (mails, fragments).
    virtual std::string render_bare(std::string_view page, base::Language language,
                                    const base::json::object& view) const = 0;
    virtual bool has(std::string_view page) const = 0;
    /// "entry.mustache:12: no text 'entry.stage'": keys that zh-CN lacks, for `guiqiao check`.
    virtual std::vector<std::string> missing_texts() const = 0;
};

}  // namespace http
