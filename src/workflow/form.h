#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"
#include "workflow/codes.h"

namespace workflow {

struct Section {
    std::string code;
    base::LocalText title;
    base::LocalText help;
};

/// A form: sections of fields, from a region file or from a module's C++ field table. From it come
/// validation, JSON Schema, the workbench's form, list columns, xlsx template and history diff.
struct Form {
    std::string code;
    int version = 1;
    base::LocalText title;
    std::vector<Section> sections;
    std::vector<base::FieldSpec> fields;

    /// {form|kind, version, title, sections, fields}; choice fields may name a code list
    /// (`codes: cards`), whose codes and labels become the options. Keys beside these are the
    /// caller's to refuse. Faults: repeated field, unknown section or list, choice without options.
    static base::Result<Form> from(const base::Yaml& root, const Codes& codes);
    const base::FieldSpec* field(std::string_view name) const;
    /// Sections, labels, help, options in one language, for the workbench.
    base::json::object describe(base::Language language) const;
};

}  // namespace workflow
