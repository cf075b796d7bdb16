#include "workflow/form.h"

#include <algorithm>

#include "base/yaml.h"

namespace workflow {
namespace {

base::Result<std::vector<base::FieldOption>> options_from(const base::Yaml& node,
                                                          const Codes& codes) {
    std::string list = TRY(node.text());
    if (!codes.has_list(list)) {
        return base::refuse(node.fault("list_unknown", "no code list '" + list + "'"));
    }
    std::vector<base::FieldOption> options;
    for (const Code& code : codes.list(list))
        options.push_back({code.code, code.label});
    return options;
}

base::Result<std::vector<Section>> read_sections(const base::Yaml& list) {
    std::vector<Section> sections;
    for (const base::Yaml& node : list.items()) {
        TRY(node.only_keys({"code", "title", "help"}));
        Section section;
        section.code = TRY(TRY(node.required("code")).text());
        section.title = TRY(base::LocalText::from(TRY(node.required("title"))));
        if (node["help"].is_defined()) section.help = TRY(base::LocalText::from(node["help"]));
        sections.push_back(std::move(section));
    }
    return sections;
}

}  // namespace

base::Result<Form> Form::from(const base::Yaml& root, const Codes& codes) {
    Form form;
    base::Yaml name = root["form"].is_defined() ? root["form"] : TRY(root.required("kind"));
    form.code = TRY(name.text());
    form.version = static_cast<int>(TRY(root["version"].integer_or(1)));
    form.title = TRY(base::LocalText::from(TRY(root.required("title"))));
    form.sections = TRY(read_sections(root["sections"]));
    base::Yaml fields = TRY(root.required("fields"));
    form.fields = TRY(base::read_fields(
        fields, [&](const base::Yaml& node) { return options_from(node, codes); }));
    for (const base::Yaml& node : fields.items()) {
        std::string section = node["section"].text_or("");
        bool known = section.empty() ||
                     std::any_of(form.sections.begin(), form.sections.end(),
                                 [&](const Section& item) { return item.code == section; });
        if (!known) {
            return base::refuse(node.fault("section_unknown", "no section '" + section + "'"));
        }
    }
    return form;
}

const base::FieldSpec* Form::field(std::string_view name) const {
    auto found = std::find_if(fields.begin(), fields.end(),
                              [&](const base::FieldSpec& item) { return item.name == name; });
    return found == fields.end() ? nullptr : &*found;
}

base::json::object Form::describe(base::Language language) const {
    base::json::object result;
    result["form"] = code;
    result["version"] = version;
    result["title"] = title.in(language);
    base::json::array& list = result["sections"].emplace_array();
    for (const Section& section : sections) {
        base::json::object item{{"code", section.code}, {"title", section.title.in(language)}};
        if (!section.help.empty()) item["help"] = section.help.in(language);
        list.push_back(std::move(item));
    }
    base::json::object described = base::describe_fields(fields, language);
    result["fields"] = std::move(described["fields"]);
    return result;
}

}  // namespace workflow
