// HTTP face of spreadsheets: template, import, export (struct CatalogApi).

#include <algorithm>
#include <array>

#include "base/text.h"
#include "catalog/catalog_api.h"
#include "catalog/sheet.h"
#include "format/content_type.h"
#include "format/csv.h"
#include "format/xlsx.h"
#include "party/session_api.h"

namespace catalog {
namespace {

namespace json = base::json;

constexpr std::size_t upload_bytes_max = std::size_t{32} << 20;
constexpr std::size_t template_blank_rows = 500;
constexpr std::size_t export_rows_max = 20'000;
constexpr std::size_t export_page = 1'000;
constexpr std::string_view xlsx_type =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

format::ColumnType column_type(const SheetField& field) {
    switch (field.field->type) {
        case base::FieldType::integer:
            return format::ColumnType::integer;
        case base::FieldType::decimal:
            return format::ColumnType::decimal;
        case base::FieldType::money:
            return format::ColumnType::money;
        case base::FieldType::date:
            return format::ColumnType::date;
        default:
            return format::ColumnType::text;
    }
}

format::SheetColumn sheet_column(const CatalogApi& api, const TemplateColumn& column,
                                 base::Language language) {
    format::SheetColumn result;
    result.title = column.label;
    result.type = column_type(column.field);
    result.help = column.help;
    result.required = column.required;
    result.width = column.field.field->type == base::FieldType::long_text ? 40 : 18;
    // A drop-down holds one choice only; where several are allowed the list is in the instructions.
    if (!column.several) result.options = column.options;
    std::string key = column.several    ? "import.several"
                      : column.required ? "import.required"
                                        : "import.optional";
    result.description = api.texts.get(language, key,
                                       {{"max", std::to_string(column.field.field->length_max)},
                                        {"options", base::join(column.options, "；")}});
    return result;
}

format::Workbook workbook_of(const CatalogApi& api, const Kind& kind, base::Language language) {
    format::Workbook book;
    book.title = kind.form.title.in(language);
    book.created = api.database.clock().now();
    book.sheet.name = kind.plural.in(language);
    for (const TemplateColumn& column : template_columns(kind, language)) {
        book.sheet.columns.push_back(sheet_column(api, column, language));
    }
    auto text = [&](std::string_view key) {
        return api.texts.get(language, "import." + std::string(key));
    };
    book.instructions_name = text("sheet_instructions");
    for (std::string_view key : {"line_heading", "line_example", "line_several", "line_money",
                                 "line_confidential", "line_check"}) {
        book.instructions.push_back(text(key));
    }
    book.instruction_headings = {text("head_column"), text("head_required"), text("head_help"),
                                 text("head_options")};
    book.required_word = text("required_word");
    return book;
}

base::Result<http::Reply> make_template(const CatalogApi& api, const http::Request& request) {
    const Kind& kind = *TRY(api.entries.kinds().require(request.query_or("kind")));
    format::Workbook book = workbook_of(api, kind, request.language);
    std::vector<std::string> example;
    for (const TemplateColumn& column : template_columns(kind, request.language)) {
        example.push_back(column.example);
    }
    book.sheet.rows.push_back(std::move(example));
    book.sheet.blank_rows = template_blank_rows;
    std::string bytes = TRY(format::write_xlsx(book, api.scratch));
    return http::attachment(
        std::move(bytes), std::string(xlsx_type),
        book.title + "-" + api.texts.get(request.language, "import.template_name") + ".xlsx");
}

/// By content, never by name: xlsx or csv.
base::Result<std::vector<SheetRow>> read_rows(const std::string& bytes) {
    bool is_zip = bytes.starts_with("PK");
    format::Table table;
    if (is_zip || bytes.starts_with("\xD0\xCF\x11\xE0")) {
        table = TRY(format::read_xlsx(bytes));
    } else {
        format::ContentType type = format::detect(bytes);
        if (type != format::ContentType::csv && type != format::ContentType::text &&
            type != format::ContentType::unknown) {
            return base::refuse(
                base::error(base::ErrorKind::unsupported, "import_type_unsupported").at("file"));
        }
        table = TRY(format::read_csv(bytes));
    }
    std::vector<SheetRow> rows;
    rows.reserve(table.rows.size());
    for (format::Row& row : table.rows)
        rows.push_back({row.number, std::move(row.cells)});
    return rows;
}

/// Adds to each fault the column's label and the words for its code.
void explain_faults(const CatalogApi& api, const Kind& kind, json::array& faults,
                    base::Language language) {
    std::vector<SheetField> fields = kind.sheet_fields();
    for (json::value& value : faults) {
        json::object& fault = value.as_object();
        std::string path = base::text_at(fault, "column");
        auto field = std::find_if(fields.begin(), fields.end(),
                                  [&](const SheetField& item) { return item.path == path; });
        if (field != fields.end()) fault["label"] = field->label(language);
        base::Error error = base::invalid(base::text_at(fault, "code"));
        for (const auto& [key, text] : base::object_at(fault, "parameters")) {
            if (text.is_string()) error.parameters.emplace(key, std::string(text.get_string()));
        }
        fault["text"] = api.texts.explain(language, error);
    }
}

json::object show_import(const CatalogApi& api, const Import& import, base::Language language) {
    json::object report = import.report;
    const Kind* kind = api.entries.kinds().find(import.kind);
    if (kind != nullptr) {
        explain_faults(api, *kind, report["heading"].as_array(), language);
        for (json::value& row : report["rows"].as_array()) {
            explain_faults(api, *kind, row.as_object()["faults"].as_array(), language);
            for (json::value& found : row.as_object()["duplicates"].as_array()) {
                std::string reason = base::text_at(found.as_object(), "reason");
                found.as_object()["reason_text"] = api.texts.get(language, "duplicate." + reason);
            }
        }
    }
    json::object shown{{"id", import.id},
                       {"kind", import.kind},
                       {"file_name", import.file_name},
                       {"file_hash", import.file_hash},
                       {"rows_total", import.rows_total},
                       {"rows_faulty", import.rows_faulty},
                       {"rows_incomplete", import.rows_incomplete},
                       {"rows_duplicate", import.rows_duplicate},
                       {"report", std::move(report)},
                       {"created_at", base::to_iso(import.created_at)},
                       {"committed_at", nullptr},
                       {"entries_made", import.entries_made}};
    if (import.committed_at) shown["committed_at"] = base::to_iso(*import.committed_at);
    return shown;
}

base::Result<http::Reply> check(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    std::vector<http::Upload> uploads = TRY(request.uploads());
    if (uploads.size() != 1) return base::refuse(base::invalid("file_missing").at("file"));
    std::vector<SheetRow> rows = TRY(read_rows(uploads[0].bytes));
    const auto answer = [&](const Import& import) {
        return http::created(show_import(api, import, request.language),
                             "/api/imports/" + import.id);
    };
    return answer(TRY(api.imports.check(
        api.database, session->actor, request.query_or("kind"), uploads[0].file_name,
        uploads[0].bytes, rows, party::outcome_once<Import>(api.database, request, answer))));
}

base::Result<Import> load(const CatalogApi& api, const http::Request& request,
                          const party::Actor& actor) {
    return api.database.read<Import>([&](store::Reader& reader) {
        return api.imports.require(reader, actor, request.value("id"));
    });
}

base::Result<http::Reply> read(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    Import import = TRY(load(api, request, session->actor));
    return http::ok(show_import(api, import, request.language));
}

/// {after: "submit" | "keep_drafts"} or {submit: true | false}.
base::Result<AfterImport> read_after(const http::Request& request) {
    json::object body;
    if (!request.body.empty()) body = TRY(request.json());
    if (const json::value* submit = body.if_contains("submit")) {
        if (!submit->is_bool()) {
            return base::refuse(
                base::invalid("field_wrong_type").with("expected", "boolean").at("submit"));
        }
        return submit->get_bool() ? AfterImport::submit : AfterImport::keep_drafts;
    }
    std::string after = base::text_at(body, "after", "keep_drafts");
    if (after == "submit") return AfterImport::submit;
    if (after == "keep_drafts") return AfterImport::keep_drafts;
    return base::refuse(base::invalid("field_not_an_option").with("value", after).at("after"));
}

base::Result<http::Reply> commit(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    AfterImport after = TRY(read_after(request));
    Import import = TRY(load(api, request, session->actor));
    std::string bytes = TRY(api.imports.file(import));
    std::vector<SheetRow> rows = TRY(read_rows(bytes));
    const auto answer = [&](const Import& done) {
        return http::ok(show_import(api, done, request.language));
    };
    return answer(
        TRY(api.imports.commit(api.database, session->actor, import.id, rows, after,
                               party::outcome_once<Import>(api.database, request, answer))));
}

base::Result<http::Reply> export_list(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    const Kind& kind = *TRY(api.entries.kinds().require(
        request.query_or("kind", api.entries.kinds().all().front().code())));
    format::Workbook book = workbook_of(api, kind, request.language);
    std::vector<SheetField> fields = kind.sheet_fields();
    http::Request page = request;
    page.query["kind"] = kind.code();
    while (book.sheet.rows.size() < export_rows_max) {
        auto entries = TRY(api.database.read<std::vector<Entry>>([&](store::Reader& reader) {
            return own_entries(api, reader, page, session->actor, export_page);
        }));
        for (const Entry& entry : entries) {
            book.sheet.rows.push_back(
                sheet_cells(entry.body, fields, entry.language, request.language));
        }
        if (entries.size() < export_page) break;
        page.query["after"] = entries.back().id.text();
    }
    std::string bytes = TRY(format::write_xlsx(book, api.scratch));
    return http::attachment(std::move(bytes), std::string(xlsx_type), book.sheet.name + ".xlsx");
}

}  // namespace

void CatalogApi::mount_imports(http::Router& router) const {
    const CatalogApi api = *this;
    router.get("/api/imports/template",
               {.summary = "The spreadsheet to fill in (?kind=)", .cost = 5},
               [api](const http::Request& request) { return make_template(api, request); });
    router.post("/api/imports",
                {.summary = "Dry run of a filled spreadsheet (?kind=, multipart file)",
                 .signed_in = true,
                 .creates = true,
                 .body_bytes_max = upload_bytes_max,
                 .cost = 30},
                [api](const http::Request& request) { return check(api, request); });
    router.get("/api/imports/{id}", {.summary = "The report of a dry run", .signed_in = true},
               [api](const http::Request& request) { return read(api, request); });
    router.post("/api/imports/{id}/commit",
                {.summary = "Apply exactly the checked file, once",
                 .signed_in = true,
                 .creates = true,
                 .cost = 30},
                [api](const http::Request& request) { return commit(api, request); });
    router.get("/api/entries/export.xlsx",
               {.summary = "One's own list as a spreadsheet", .signed_in = true, .cost = 10},
               [api](const http::Request& request) { return export_list(api, request); });
}

}  // namespace catalog
