// HTTP face of an entry's files (struct CatalogApi).

#include <algorithm>
#include <array>

#include "catalog/catalog_api.h"
#include "format/content_type.h"
#include "party/session_api.h"
#include "workflow/workflow_api.h"

namespace catalog {
namespace {

namespace json = base::json;
using format::ContentType;

constexpr std::array allowed_types{ContentType::pdf,  ContentType::png,  ContentType::jpeg,
                                   ContentType::webp, ContentType::docx, ContentType::xlsx,
                                   ContentType::pptx, ContentType::text, ContentType::csv};
constexpr std::array allowed_kinds{"evidence", "certificate", "picture",
                                   "brochure", "agreement",   "other"};

/// Confidential files are for those who may read the confidential text; rooms show them to partners.
bool may_see(const CatalogApi& api, const party::Actor& actor, const Entry& entry,
             const workflow::Attachment& file) {
    if (file.removed || file.subject != entry.id.text()) return false;
    return file.tier == workflow::Tier::open ||
           api.entries.may(actor, "entry.read_confidential", entry);
}

base::Error file_not_found() {
    return base::not_found("file_not_found");
}

/// An entry that the actor may add files to now.
base::Result<Entry> require_editable(const CatalogApi& api, store::Reader& reader,
                                     const party::Actor& actor, const base::Id<Entry>& id) {
    Entry entry = TRY(api.entries.read(reader, actor, id));
    if (!api.entries.may(actor, "entry.edit", entry)) {
        return base::refuse(base::forbidden("not_permitted"));
    }
    if (entry.state != "draft" && entry.state != "returned") {
        return base::refuse(base::conflict("entry_not_editable").with("state", entry.state));
    }
    return entry;
}

base::Result<http::Reply> list(const CatalogApi& api, const http::Request& request) {
    party::Actor actor = party::actor_of(request);
    auto id = TRY(entry_id(request));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            Entry entry = TRY(api.entries.read(reader, actor, id));
            json::array files;
            for (const auto& file : workflow::Attachments::of(reader, id.text())) {
                if (!may_see(api, actor, entry, file)) continue;
                json::object shown = workflow::show_attachment(file, api.texts, request.language);
                shown["link"] = "/api/entries/" + id.text() + "/files/" + file.id;
                files.push_back(std::move(shown));
            }
            return json::object{{"files", std::move(files)}};
        })));
}

base::Result<http::Reply> add(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    auto id = TRY(entry_id(request));
    std::vector<http::Upload> uploads = TRY(request.uploads());
    if (uploads.size() != 1) return base::refuse(base::invalid("file_missing").at("file"));
    const http::Upload& upload = uploads[0];
    workflow::Attachment meta;
    meta.subject = id.text();
    meta.name = upload.file_name;
    meta.kind = request.query_or("kind", "other");
    if (std::find(allowed_kinds.begin(), allowed_kinds.end(), meta.kind) == allowed_kinds.end()) {
        return base::refuse(base::invalid("field_not_an_option").at("kind"));
    }
    std::string tier = request.query_or("tier", "open");
    if (tier != "open" && tier != "confidential") {
        return base::refuse(base::invalid("field_not_an_option").at("tier"));
    }
    if (tier == "confidential") meta.tier = workflow::Tier::confidential;
    ContentType type =
        TRY(format::check_content_type(upload.bytes, upload.file_name, allowed_types));
    meta.content_type = format::media_type(type);
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            TRY(require_editable(api, transaction, session->actor, id));
            auto added = TRY(api.attachments.add(transaction, session->actor, meta, upload.bytes));
            return http::created(workflow::show_attachment(added, api.texts, request.language),
                                 "/api/entries/" + id.text() + "/files/" + added.id);
        });
}

base::Result<http::Reply> download(const CatalogApi& api, const http::Request& request) {
    party::Actor actor = party::actor_of(request);
    auto id = TRY(entry_id(request));
    auto file = TRY(api.database.read<workflow::Attachment>(
        [&](store::Reader& reader) -> base::Result<workflow::Attachment> {
            Entry entry = TRY(api.entries.read(reader, actor, id));
            auto found = workflow::Attachments::find(reader, request.value("file"));
            if (!found || !may_see(api, actor, entry, *found)) {
                return base::refuse(file_not_found());
            }
            return std::move(*found);
        }));
    std::string bytes = TRY(api.attachments.read(file));
    return http::attachment(std::move(bytes), file.content_type, file.name);
}

base::Result<http::Reply> remove(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    auto id = TRY(entry_id(request));
    TRY(api.database.write<void>([&](store::Transaction& transaction) -> base::Status {
        Entry entry = TRY(require_editable(api, transaction, session->actor, id));
        auto found = workflow::Attachments::find(transaction, request.value("file"));
        if (!found || !may_see(api, session->actor, entry, *found)) {
            return base::refuse(file_not_found());
        }
        return api.attachments.remove(transaction, session->actor, found->id);
    }));
    return http::no_content();
}

}  // namespace

void CatalogApi::mount_files(http::Router& router) const {
    const CatalogApi api = *this;
    router.get("/api/entries/{id}/files", {.summary = "Files of an entry that one may see"},
               [api](const http::Request& request) { return list(api, request); });
    router.post("/api/entries/{id}/files",
                {.summary = "Add a file (?kind=&tier=, multipart file)",
                 .signed_in = true,
                 .creates = true,
                 .body_bytes_max = workflow::Attachments::bytes_max + (1 << 20),
                 .cost = 5},
                [api](const http::Request& request) { return add(api, request); });
    router.get("/api/entries/{id}/files/{file}", {.summary = "The file itself"},
               [api](const http::Request& request) { return download(api, request); });
    router.del("/api/entries/{id}/files/{file}",
               {.summary = "Take a file away (it stays in the record)", .signed_in = true},
               [api](const http::Request& request) { return remove(api, request); });
}

}  // namespace catalog
