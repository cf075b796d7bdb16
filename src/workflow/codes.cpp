#include "workflow/codes.h"

#include <algorithm>
#include <set>

#include "base/yaml.h"

namespace workflow {
namespace {

base::Result<Code> read_code(const base::Yaml& node) {
    TRY(node.only_keys({"code", "label", "source", "sure", "parent", "nodes", "keywords",
                        "sections", "currency"}));
    Code result;
    result.code = TRY(TRY(node.required("code")).text());
    result.label = TRY(base::LocalText::from(TRY(node.required("label"))));
    result.source = node["source"].text_or("");
    result.parent = node["parent"].text_or("");
    result.nodes = TRY(node["nodes"].texts());
    result.keywords = TRY(node["keywords"].texts());
    return result;
}

}  // namespace

base::Result<Codes> Codes::load(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code problem;
    for (const auto& file : std::filesystem::directory_iterator(folder, problem)) {
        if (file.path().extension() == ".yaml") files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    Codes codes;
    for (const auto& file : files) {
        base::Yaml root = TRY(base::Yaml::load(file));
        TRY(codes.add(root));
        if (!codes.has_list(file.stem().string())) {
            return base::refuse(root.fault("file_name_differs", "the list has another name"));
        }
    }
    return codes;
}

base::Status Codes::add(const base::Yaml& root) {
    TRY(root.only_keys({"list", "title", "source", "sure", "codes"}));
    std::string name = TRY(TRY(root.required("list")).text());
    if (has_list(name)) return base::refuse(root.fault("list_repeated", "'" + name + "' twice"));
    std::vector<Code> list;
    std::set<std::string> seen;
    for (const base::Yaml& node : TRY(root.required("codes")).items()) {
        list.push_back(TRY(read_code(node)));
        if (!seen.insert(list.back().code).second) {
            return base::refuse(
                node.fault("code_repeated", "'" + list.back().code + "' appears twice"));
        }
        const std::string& parent = list.back().parent;
        if (!parent.empty() && !seen.contains(parent)) {
            return base::refuse(
                node.fault("parent_unknown", "parent '" + parent + "' does not stand before it"));
        }
    }
    lists_.emplace(std::move(name), std::move(list));
    return {};
}

const std::vector<Code>& Codes::list(std::string_view name) const {
    static const std::vector<Code> none;
    auto found = lists_.find(name);
    return found == lists_.end() ? none : found->second;
}

const Code* Codes::find(std::string_view list_name, std::string_view code) const {
    const std::vector<Code>& codes = list(list_name);
    auto found = std::find_if(codes.begin(), codes.end(),
                              [&](const Code& item) { return item.code == code; });
    return found == codes.end() ? nullptr : &*found;
}

bool Codes::has(std::string_view list, std::string_view code) const {
    return find(list, code) != nullptr;
}

std::vector<std::string> Codes::codes_of(std::string_view name) const {
    std::vector<std::string> result;
    for (const Code& item : list(name))
        result.push_back(item.code);
    return result;
}

std::string Codes::label(std::string_view list, std::string_view code,
                         base::Language language) const {
    const Code* found = find(list, code);
    return found == nullptr ? std::string(code) : found->label.in(language);
}

}  // namespace workflow
