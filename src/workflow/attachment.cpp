#include "workflow/attachment.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

namespace workflow {
namespace {

constexpr std::size_t files_per_record_max = 50;
constexpr std::size_t name_characters_max = 200;

#define WORKFLOW_ATTACHMENT_COLUMNS                                                         \
    "id, subject, kind, name, content_type, size, sha256, tier, uploaded_by, at, removed, " \
    "stored"

Attachment read_row(const store::Row& row) {
    Attachment item;
    item.id = row.text(0);
    item.subject = row.text(1);
    item.kind = row.text(2);
    item.name = row.text(3);
    item.content_type = row.text(4);
    item.size = row.integer(5);
    item.sha256 = row.text(6);
    item.tier = row.text(7) == "confidential" ? Tier::confidential : Tier::open;
    item.uploaded_by = row.text(8);
    item.at = row.time(9);
    item.removed = row.flag(10);
    item.stored = row.text(11);
    return item;
}

/// Binds the sealed bytes to their record: taken to another one they do not open.
std::string context_of(const Attachment& item) {
    return "attachment:" + item.subject + ":" + item.sha256;
}

/// A name for display: no folders, no control characters, not endless.
std::string display_name(std::string_view given) {
    std::string name = base::is_valid_utf8(given) ? base::trim(given) : std::string();
    if (std::size_t slash = name.find_last_of("/\\"); slash != name.npos) name.erase(0, slash + 1);
    std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    return name.empty() ? "file" : base::shorten(name, name_characters_max);
}

void append(store::Transaction& transaction, const party::Actor& actor, const Attachment& item,
            std::string_view action) {
    base::json::object payload{
        {"attachment", item.id}, {"kind", item.kind}, {"sha256", item.sha256}, {"size", item.size}};
    transaction.append({.actor = actor.log_name(),
                        .place = {},
                        .subject = item.subject,
                        .action = "attachment." + std::string(action),
                        .payload = base::canonical_json(payload)});
}

}  // namespace

base::Result<Attachment> Attachments::add(store::Transaction& transaction,
                                          const party::Actor& actor, Attachment meta,
                                          std::string_view bytes) const {
    if (bytes.empty()) return base::refuse(base::invalid("file_empty").at("file"));
    if (bytes.size() > bytes_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "file_too_large")
                                .with("max_mb", std::to_string(bytes_max >> 20))
                                .at("file"));
    }
    std::int64_t present = transaction.number(
        "SELECT COUNT(*) FROM workflow_attachment WHERE subject = :subject AND removed = 0",
        {{"subject", meta.subject}});
    if (present >= static_cast<std::int64_t>(files_per_record_max)) {
        return base::refuse(
            base::conflict("files_too_many").with("max", std::to_string(files_per_record_max)));
    }
    meta.id = base::new_ulid(transaction.now(), transaction.random());
    meta.name = display_name(meta.name);
    if (meta.kind.empty()) meta.kind = "other";
    meta.size = static_cast<std::int64_t>(bytes.size());
    meta.sha256 = base::to_hex(base::sha256(bytes));
    meta.uploaded_by = actor.log_name();
    meta.at = transaction.now();
    meta.removed = false;
    bool sealed = meta.tier == Tier::confidential;
    meta.stored =
        TRY(sealed ? files_->put(vault_->seal(bytes, context_of(meta), transaction.random()))
                   : files_->put(bytes));
    transaction.execute(
        "INSERT INTO workflow_attachment (id, subject, kind, name, content_type, size, sha256,"
        " stored, tier, uploaded_by, at, removed) VALUES (:id, :subject, :kind, :name,"
        " :content_type, :size, :sha256, :stored, :tier, :uploaded_by, :at, 0)",
        {{"id", meta.id},
         {"subject", meta.subject},
         {"kind", meta.kind},
         {"name", meta.name},
         {"content_type", meta.content_type},
         {"size", meta.size},
         {"sha256", meta.sha256},
         {"stored", meta.stored},
         {"tier", sealed ? "confidential" : "open"},
         {"uploaded_by", meta.uploaded_by},
         {"at", meta.at}});
    append(transaction, actor, meta, "added");
    return meta;
}

std::vector<Attachment> Attachments::of(store::Reader& reader, std::string_view subject) {
    std::vector<Attachment> result;
    for (const store::Row& row :
         reader.query("SELECT " WORKFLOW_ATTACHMENT_COLUMNS
                      " FROM workflow_attachment WHERE subject = :subject ORDER BY id",
                      {{"subject", subject}})) {
        result.push_back(read_row(row));
    }
    return result;
}

std::optional<Attachment> Attachments::find(store::Reader& reader, std::string_view id) {
    auto row = reader.first("SELECT " WORKFLOW_ATTACHMENT_COLUMNS
                            " FROM workflow_attachment WHERE id = :id",
                            {{"id", id}});
    if (!row) return {};
    return read_row(*row);
}

base::Result<std::string> Attachments::read(const Attachment& item) const {
    auto damaged = [&] {
        return base::refuse(
            base::error(base::ErrorKind::internal, "file_damaged").with("name", item.name));
    };
    auto bytes = files_->read(item.stored);
    if (!bytes) return damaged();
    if (item.tier == Tier::confidential) {
        bytes = vault_->open(*bytes, context_of(item));
        if (!bytes) return damaged();
    }
    if (base::to_hex(base::sha256(*bytes)) != item.sha256) return damaged();
    return std::move(*bytes);
}

base::Status Attachments::remove(store::Transaction& transaction, const party::Actor& actor,
                                 std::string_view id) const {
    auto item = find(transaction, id);
    if (!item || item->removed) return base::refuse(base::not_found("file_not_found"));
    transaction.execute("UPDATE workflow_attachment SET removed = 1 WHERE id = :id", {{"id", id}});
    append(transaction, actor, *item, "removed");
    return {};
}

}  // namespace workflow
