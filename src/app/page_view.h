#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/kept_pages.h"
#include "app/live.h"
#include "app/site.h"
#include "base/json.h"
#include "http/page.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/router.h"

namespace app {

/// What the public pages share: the site, its caches, the templates, and the pieces of view that
/// several pages show (frame, cards, amounts, dates). Thread-safe.
class PageView {
  public:
    PageView(Site& site, Live& live, const http::Pages& pages, std::string build, bool has_sample)
        : site_(site),
          live_(live),
          pages_(pages),
          build_(std::move(build)),
          has_sample_(has_sample),
          kept_(live, site.clock()) {}

    Site& site() const { return site_; }
    Live& live() const { return live_; }
    bool has_sample() const { return has_sample_; }
    const Region& region() const { return *site_.region; }

    /// The page in its frame; `view` gets `common`.
    http::Reply render(const http::Request& request, std::string_view page, base::json::object view,
                       int status = 200) const;
    std::string text(const http::Request& request, std::string_view key,
                     const std::map<std::string, std::string>& parameters = {}) const;
    /// The page as it was drawn for visitors while nothing has changed since (see KeptPages);
    /// otherwise `draw` draws it. Only for pages without a countdown.
    base::Result<http::Reply> kept(const http::Request& request,
                                   const KeptPages::Draw& draw) const {
        return kept_.give(request, draw);
    }
    /// The same only if it lies ready: for I/O threads.
    std::optional<http::Reply> ready(const http::Request& request) const {
        return kept_.ready(request);
    }
    /// Runs `work` in one snapshot; a refusal becomes the page's refusal.
    template <class Work>
    base::Result<base::json::object> read(Work work) const {
        return site_.database->read<base::json::object>(
            [&](store::Reader& reader) -> base::Result<base::json::object> {
                return work(reader);
            });
    }

    /// An entry as a card: title, line, stage, place, owner, price.
    base::json::object card(store::Reader& reader, const http::Request& request,
                            const catalog::Entry& entry) const;
    /// A field's value in words: options by their labels, amounts and days as they are written.
    std::string cell(const http::Request& request, const base::FieldSpec& field,
                     const base::json::object& values) const;
    /// "1,050,000.00 元"
    std::string yuan(const http::Request& request, const base::Money& amount) const;
    /// "105 万元", "1.05 million yuan": for small spaces.
    std::string brief_yuan(const http::Request& request, const base::Money& amount) const;
    /// "2026年11月24日" / "24 November 2026"
    std::string day(const http::Request& request, base::Date date) const;
    std::string moment(const http::Request& request, base::Time time) const;
    /// "还剩 3 天"; "已结束" once it is over.
    std::string remaining(const http::Request& request, base::Time until) const;

  private:
    base::json::object common(const http::Request& request) const;

    Site& site_;
    Live& live_;
    const http::Pages& pages_;
    std::string build_;
    bool has_sample_;

    mutable KeptPages kept_;
};

/// Key of a language in an entry's texts: zh for both Chinese forms, else its tag.
std::string_view text_key(base::Language language);
/// The same address with one query parameter set (or taken away when `value` is empty).
std::string with_query(const http::Request& request, std::string_view name, std::string_view value);
std::string encode_query(std::string_view text);
base::json::object option(std::string_view value, std::string_view text, std::string_view selected);

// The pages, mounted by serve: each function in a file of its name.
void mount_catalog_pages(http::Router& router, const PageView& view);
void mount_search_pages(http::Router& router, const PageView& view);
void mount_plan_pages(http::Router& router, const PageView& view);
void mount_figure_pages(http::Router& router, const PageView& view);
void mount_people_pages(http::Router& router, const PageView& view);
void mount_contract_pages(http::Router& router, const PageView& view);

}  // namespace app
