#include "trade/archive.h"

#include "base/check.h"
#include "base/hash.h"
#include "contract/registration.h"
#include "store/change_log.h"
#include "store/log_form.h"

namespace trade {
namespace {

using base::json::array;
using base::json::object;

std::string sha256_hex(std::string_view bytes) {
    return base::to_hex(base::sha256(bytes));
}

std::string record_folder(std::int64_t seq) {
    return "records/" + std::to_string(seq) + "/";
}

base::Status add_attachments(ArchiveFiles& files, const std::vector<workflow::Attachment>& list,
                             std::string_view folder, const workflow::Attachments& attachments) {
    for (const workflow::Attachment& attachment : list)
        files[archive_path(folder, attachment)] = TRY(attachments.read(attachment));
    return {};
}

base::Result<std::string> objection_file(store::Reader& reader, const Objection& objection,
                                         const Objections& objections) {
    const ObjectionWords words = TRY(objections.public_words(reader, objection));
    array course;
    for (const Objections::Course& step : objections.course(reader, objection)) {
        course.push_back(object{{"at", base::to_iso(step.at)},
                                {"transition", step.transition},
                                {"decision", step.decision},
                                {"text", step.text}});
    }
    return base::canonical_json(object{{"id", objection.id.text()},
                                       {"notice", objection.notice.text()},
                                       {"ground", objection.ground},
                                       {"tip", objection.is_tip},
                                       {"state", objection.state},
                                       {"filed_at", base::to_iso(objection.filed_at)},
                                       {"facts", words.facts},
                                       {"wish", words.wish},
                                       {"course", std::move(course)}});
}

std::string contract_file(const contract::Contract& contract) {
    object result{{"id", contract.id.text()},     {"agreement", contract.agreement},
                  {"title", contract.title()},    {"body", contract.body},
                  {"class", contract.class_code}, {"number", contract.local_no}};
    if (contract.registered_on) {
        result["registered_on"] = contract.registered_on->to_string();
        result["digest"] = contract::registered_digest(contract);
    }
    return base::canonical_json(result);
}

std::string proof_text(const std::vector<std::pair<char, std::string>>& proof) {
    std::string text;
    for (const auto& [side, hash] : proof)
        text += std::string(1, side) + " " + hash + "\n";
    return text;
}

base::Status add_record(store::Reader& reader, ArchiveFiles& files, const store::LogRow& row,
                        base::HashAlgorithm algorithm, const base::Signer& signer) {
    const auto batch = store::batch_of(reader, row.seq);
    if (!batch)
        return base::refuse(base::error(base::ErrorKind::unavailable, "archive_not_signed"));
    const std::string folder = record_folder(row.seq);
    files[folder + "row.txt"] = store::canonical_form(row.previous_hash, row.at, row.change);
    files[folder + "proof.txt"] = proof_text(store::inclusion_proof(reader, row.seq));
    files[folder + "batch.txt"] = store::signed_text(*batch, algorithm);
    files[folder + "batch.sig"] = batch->signature;
    files[folder + "key.pem"] = signer.public_key_pem();
    return {};
}

base::Status check_size(const Diligence& file) {
    std::int64_t bytes = 0;
    for (const auto* list : {&file.minutes, &file.contract_files}) {
        for (const workflow::Attachment& attachment : *list)
            bytes += attachment.size;
    }
    if (bytes <= archive_bytes_max) return {};
    return base::refuse(base::error(base::ErrorKind::too_large, "archive_too_large")
                            .with("max_mb", std::to_string(archive_bytes_max >> 20)));
}

array list_items(const Diligence& file) {
    array items;
    for (const DiligenceItem& item : file.items) {
        object shown{{"code", item.code}, {"state", to_string(item.state)}, {"hash", item.hash}};
        if (item.at) shown["at"] = base::to_iso(*item.at);
        if (item.seq > 0) shown["seq"] = item.seq;
        items.push_back(std::move(shown));
    }
    return items;
}

array list_steps(store::Reader& reader, const Diligence& file) {
    array steps;
    for (const DiligenceStep& step : file.steps) {
        const auto batch = store::batch_of(reader, step.row.seq);
        CHECK(batch.has_value());
        array proof;
        for (const auto& [side, hash] : store::inclusion_proof(reader, step.row.seq))
            proof.push_back(array{std::string(1, side), hash});
        steps.push_back(object{{"role", step.role},
                               {"seq", step.row.seq},
                               {"at", base::to_iso(step.row.at)},
                               {"action", step.row.change.action},
                               {"subject", step.row.change.subject},
                               {"hash", step.row.hash},
                               {"notice", step.notice},
                               {"evidence", step.evidence},
                               {"proof", std::move(proof)},
                               {"batch", object{{"first_seq", batch->first_seq},
                                                {"last_seq", batch->last_seq},
                                                {"signed_at", base::to_iso(batch->signed_at)},
                                                {"previous_root", batch->previous_root},
                                                {"root", batch->root},
                                                {"signature", batch->signature},
                                                {"algorithm", batch->algorithm}}}});
    }
    return steps;
}

}  // namespace

base::Result<ArchiveFiles> archive_files(store::Reader& reader, const Diligence& file,
                                         const Objections& objections,
                                         const workflow::Attachments& attachments,
                                         const base::Signer& signer) {
    TRY(check_size(file));
    ArchiveFiles files;
    files["agreement.json"] = base::canonical_json(object{{"id", file.agreement.id.text()},
                                                          {"revision", file.agreement.revision},
                                                          {"body", file.agreement.body}});
    TRY(add_attachments(files, file.minutes, "minutes", attachments));
    for (const Notice& notice : file.notices) {
        const std::string folder = "notices/" + notice.id.text() + "/";
        files[folder + "notice.json"] = base::canonical_json(notice.body);
        files[folder + "record.json"] = base::canonical_json(notice.record);
    }
    for (const Objection& objection : file.objections) {
        files["objections/" + objection.id.text() + ".json"] =
            TRY(objection_file(reader, objection, objections));
    }
    if (file.contract) {
        files["contract/contract.json"] = contract_file(*file.contract);
        TRY(add_attachments(files, file.contract_files, "contract/files", attachments));
    }
    files["key.pem"] = signer.public_key_pem();
    const base::HashAlgorithm algorithm = TRY(store::log_algorithm(reader));
    for (const DiligenceStep& step : file.steps)
        TRY(add_record(reader, files, step.row, algorithm, signer));
    return files;
}

base::Status seal_archive(store::Reader& reader, ArchiveFiles& files, const Diligence& file,
                          const base::Signer& signer, base::Time made_at) {
    std::string sums;
    for (const auto& [path, bytes] : files)
        sums += sha256_hex(bytes) + "  " + path + "\n";
    files["SHA256SUMS"] = sums;
    array list;
    for (const auto& [path, bytes] : files) {
        list.push_back(object{{"path", path},
                              {"sha256", sha256_hex(bytes)},
                              {"bytes", static_cast<std::int64_t>(bytes.size())}});
    }
    const base::HashAlgorithm algorithm = TRY(store::log_algorithm(reader));
    std::string manifest = base::canonical_json(
        object{{"format", "guiqiao-diligence-1"},
               {"agreement", file.agreement.id.text()},
               {"revision", file.agreement.revision},
               {"result_name", file.agreement.result_name()},
               {"needs_notice", file.agreement.needs_notice},
               {"notice", file.current ? file.current->id.text() : std::string()},
               {"made_at", base::to_iso(made_at)},
               {"complete", file.is_complete()},
               {"log_algorithm", base::to_string(algorithm)},
               {"signature_algorithm", signer.algorithm()},
               {"public_key", signer.public_key_pem()},
               {"items", list_items(file)},
               {"steps", list_steps(reader, file)},
               {"files", std::move(list)}});
    files["manifest.sig"] = signer.sign(manifest);
    files["manifest.json"] = std::move(manifest);
    return {};
}

}  // namespace trade
