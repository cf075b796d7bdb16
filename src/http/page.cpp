#include "http/page.h"

#include <array>
#include <deque>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>

#include <kainjow/mustache.hpp>

#include "base/check.h"
#include "base/text.h"
#include "http/weave.h"

namespace http {
namespace {

using Data = kainjow::mustache::data;
using base::json::array;
using base::json::object;
using base::json::value;

/// What the engine asks for, made from the view when it asks and not before. Data handed out lives
/// until the section in which it was asked for ends.
class JsonContext final : public kainjow::mustache::basic_context<std::string> {
  public:
    JsonContext(const object& root, const std::vector<DynamicText>& dynamic_texts,
                base::Language language, const base::Texts& texts)
        : root_(root), dynamic_texts_(dynamic_texts), language_(language), texts_(texts) {}

    void push(const Data* data) override { frames_.push_back({source_of(data), nodes_.size()}); }
    void pop() override {
        const std::size_t kept = frames_.back().nodes_before;
        frames_.pop_back();
        while (nodes_.size() > kept)
            nodes_.pop_back();
    }
    const Data* get(const std::string& name) const override {
        if (name.front() == dynamic_mark) return dynamic_text(std::stoul(name.substr(1)));
        const value* found = find(name);
        return found == nullptr ? nullptr : &convert(*found);
    }
    const Data* get_partial(const std::string&) const override { return nullptr; }

  private:
    struct Frame {
        const value* source;
        std::size_t nodes_before;
    };
    struct Node {
        Data data;
        const value* source;
    };

    /// The value behind data that `convert` made, or behind an item of such a list.
    const value* source_of(const Data* data) const {
        for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
            if (&node->data == data) return node->source;
            if (!node->data.is_list()) continue;
            const auto& items = node->data.list_value();
            if (!items.empty() && data >= &items.front() && data <= &items.back()) {
                return &node->source->get_array()[static_cast<std::size_t>(data - &items.front())];
            }
        }
        return nullptr;
    }

    const value* find(const std::string& name) const {
        if (name == ".") return frames_.empty() ? nullptr : frames_.back().source;
        std::string_view rest = name;
        const std::size_t dot = rest.find('.');
        const value* found = find_first(rest.substr(0, dot));
        while (found != nullptr && rest.find('.') != std::string_view::npos) {
            rest.remove_prefix(rest.find('.') + 1);
            if (!found->is_object()) return nullptr;
            found = found->get_object().if_contains(rest.substr(0, rest.find('.')));
        }
        return found;
    }
    const value* find_first(std::string_view name) const {
        for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
            if (frame->source == nullptr || !frame->source->is_object()) continue;
            if (const value* found = frame->source->get_object().if_contains(name)) return found;
        }
        if (const value* found = root_.if_contains(name)) return found;
        const value* common = root_.if_contains("common");
        if (common == nullptr || !common->is_object()) return nullptr;
        return common->get_object().if_contains(name);
    }

    static std::optional<std::string> text_of(const value& source) {
        if (source.is_string()) return std::string(source.get_string());
        if (source.is_number()) return base::json::serialize(source);
        return {};
    }
    const Data& convert(const value& source) const {
        if (source.is_object()) return keep(Data(Data::type::bool_true), &source);
        if (source.is_array()) return keep(convert_items(source.get_array()), &source);
        if (const auto text = text_of(source); text && !text->empty()) {
            return keep(Data(*text), &source);
        }
        static const Data yes(true);
        static const Data no(false);
        return source.is_bool() && source.get_bool() ? yes : no;
    }
    static Data convert_items(const array& items) {
        if (items.empty()) return Data(false);
        kainjow::mustache::list list;
        list.reserve(items.size());
        for (const value& item : items) {
            const auto text = text_of(item);
            list.push_back(text ? Data(*text) : Data(Data::type::bool_true));
        }
        return Data(list);
    }
    const Data& keep(Data data, const value* source) const {
        nodes_.push_back({std::move(data), source});
        return nodes_.back().data;
    }

    std::string join(const std::vector<DynamicText::Piece>& pieces) const {
        std::string text;
        for (const auto& piece : pieces) {
            if (!piece.is_field) {
                text += piece.text;
            } else if (const value* found = find(piece.text)) {
                text += text_of(*found).value_or("");
            }
        }
        return text;
    }
    const Data* dynamic_text(std::size_t index) const {
        const DynamicText& text = dynamic_texts_[index];
        std::map<std::string, std::string> parameters;
        for (const auto& [name, pieces] : text.parameters)
            parameters[name] = join(pieces);
        return &keep(Data(texts_.get(language_, join(text.key), parameters)), nullptr);
    }

    const object& root_;
    const std::vector<DynamicText>& dynamic_texts_;
    base::Language language_;
    const base::Texts& texts_;
    std::vector<Frame> frames_;
    mutable std::deque<Node> nodes_;
};

/// What the engine writes to: a string rather than a stream with a locale.
struct Sink {
    std::string text;
    Sink& operator<<(const std::string& piece) {
        text += piece;
        return *this;
    }
};

struct Compiled {
    Woven woven;
    kainjow::mustache::mustache engine;
    explicit Compiled(Woven source) : woven(std::move(source)), engine(woven.source) {}
};

constexpr std::size_t language_count = base::all_languages.size();

/// One template, compiled per language when first asked for. Rendering writes to the engine only
/// when a partial or a lambda fails, and woven templates have neither, so threads may share it.
struct Page {
    std::string name;
    std::array<std::once_flag, language_count> flags;
    std::array<std::optional<Compiled>, language_count> compiled;
};

base::Result<std::string> read_whole(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    if (!stream || !base::is_valid_utf8(content.str())) {
        return base::refuse(base::invalid("template_unreadable").with("name", file.string()));
    }
    return std::move(content).str();
}

class LoadedPages final : public Pages {
  public:
    LoadedPages(TemplateSources sources, const base::Texts& texts)
        : sources_(std::move(sources)), texts_(texts) {
        const auto layout = sources_.find("layout");
        for (const auto& [name, source] : sources_) {
            bare_[name].name = name;
            if (layout == sources_.end()) continue;
            // Put together as one template: "@" cannot begin the name of a file of ours.
            const std::string inside = "@" + name;
            framed_sources_[inside] = base::replace_all(layout->second, "{{{body}}}", source);
            framed_[name].name = inside;
        }
        for (const auto& [name, source] : sources_)
            framed_sources_[name] = source;
    }

    base::Status check() {
        for (const auto& [name, source] : sources_) {
            TRY(check_template(sources_, name));
            const Compiled& compiled = compile(bare_.find(name)->second, base::Language::zh_cn);
            if (!compiled.engine.is_valid()) {
                return base::refuse(
                    base::invalid("template_malformed")
                        .with("name", name)
                        .saying(name + ".mustache: " + compiled.engine.error_message()));
            }
        }
        return {};
    }

    std::string render(std::string_view page, base::Language language,
                       const object& view) const override {
        return render_page(framed_, page, language, view);
    }
    std::string render_bare(std::string_view page, base::Language language,
                            const object& view) const override {
        return render_page(bare_, page, language, view);
    }
    bool has(std::string_view page) const override { return bare_.contains(page); }
    std::vector<std::string> missing_texts() const override {
        std::vector<std::string> all;
        for (const auto& [name, source] : sources_) {
            for (std::string& line : http::missing_texts(sources_, name, texts_)) {
                all.push_back(std::move(line));
            }
        }
        return all;
    }

  private:
    using PageMap = std::map<std::string, Page, std::less<>>;

    Compiled& compile(Page& page, base::Language language) const {
        const auto slot = static_cast<std::size_t>(language);
        std::call_once(page.flags[slot], [&] {
            const bool plain = page.name.ends_with(".txt");
            const Escaping escaping = plain ? Escaping::none : Escaping::html;
            Woven woven = weave(framed_sources_, page.name, language, texts_, escaping);
            if (!plain) woven.source = without_indentation(woven.source);
            Compiled& made = page.compiled[slot].emplace(std::move(woven));
            made.engine.set_custom_escape([plain](const std::string& text) {
                return plain ? text : base::escape_html(text);
            });
        });
        return *page.compiled[slot];
    }
    std::string render_page(PageMap& pages, std::string_view name, base::Language language,
                            const object& view) const {
        const auto page = pages.find(name);
        CHECK_WITH(page != pages.end(), name);
        Compiled& compiled = compile(page->second, language);
        JsonContext context(view, compiled.woven.dynamic_texts, language, texts_);
        Sink sink;
        sink.text.reserve(compiled.woven.source.size() * 2);
        compiled.engine.render(context, sink);
        return std::move(sink.text);
    }

    TemplateSources sources_;
    TemplateSources framed_sources_;
    const base::Texts& texts_;
    mutable PageMap bare_;
    mutable PageMap framed_;
};

}  // namespace

base::Result<std::unique_ptr<Pages>> Pages::load(const std::filesystem::path& folder,
                                                 const base::Texts& texts) {
    static constexpr std::string_view ending = ".mustache";
    std::error_code problem;
    TemplateSources sources;
    for (std::filesystem::recursive_directory_iterator at(folder, problem), end;
         !problem && at != end; at.increment(problem)) {
        std::string name = at->path().lexically_relative(folder).generic_string();
        if (!at->is_regular_file() || !name.ends_with(ending)) continue;
        name.resize(name.size() - ending.size());
        sources[name] = TRY(read_whole(at->path()));
    }
    if (problem) {
        return base::refuse(base::invalid("template_unreadable")
                                .with("name", folder.string())
                                .saying(problem.message()));
    }
    auto pages = std::make_unique<LoadedPages>(std::move(sources), texts);
    TRY(pages->check());
    return pages;
}

}  // namespace http
