#include "trade/diligence.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "contract/registration.h"

namespace trade {
namespace {

/// Whether `payload` has `value` under `key`: how a row is found that speaks of one file or record.
bool says(const store::LogRow& row, std::string_view key, std::string_view value) {
    const auto payload = base::parse_json(row.change.payload);
    return payload && payload->is_object() && base::text_at(payload->get_object(), key) == value;
}

const store::LogRow* last_of(const std::vector<store::LogRow>& rows, std::string_view action) {
    const auto found = std::find_if(rows.rbegin(), rows.rend(), [&](const store::LogRow& row) {
        return row.change.action == action;
    });
    return found == rows.rend() ? nullptr : &*found;
}

void add_step(Diligence& file, std::string_view role, const store::LogRow* row,
              std::string_view notice = {}, std::string evidence = {}) {
    if (row == nullptr) return;
    file.steps.push_back({std::string(role), *row, std::string(notice), std::move(evidence)});
}

void add_attachment(Diligence& file, std::string_view role, const std::vector<store::LogRow>& rows,
                    const workflow::Attachment& attachment, std::string_view folder) {
    for (const store::LogRow& row : rows) {
        if (row.change.action != "attachment.added" || !says(row, "attachment", attachment.id))
            continue;
        add_step(file, role, &row, {}, archive_path(folder, attachment));
    }
}

void add_notice(store::Reader& reader, Diligence& file, const Notice& notice) {
    const auto rows = store::changes_of(reader, notice.id.text());
    const std::string folder = "notices/" + notice.id.text();
    add_step(file, "notice_published", last_of(rows, "notice.published"), notice.id.text(),
             folder + "/notice.json");
    add_step(file, "notice_completed", last_of(rows, "notice.completed"), notice.id.text());
    if (notice.state != "completed" && !notice.end_reason.empty()) {
        add_step(file, "notice_ended", last_of(rows, "price_notice." + notice.end_reason),
                 notice.id.text());
    }
    for (const Objection& objection : Objections::of_notice(reader, notice.id)) {
        const auto steps = store::changes_of(reader, objection.id.text());
        const std::string path = "objections/" + objection.id.text() + ".json";
        add_step(file, "objection_filed", last_of(steps, "objection.filed"), notice.id.text(),
                 path);
        for (std::string_view end : {"decide", "refuse", "note", "moot"}) {
            add_step(file, "objection_decided",
                     last_of(steps, "price_objection." + std::string(end)), notice.id.text(), path);
        }
        file.objections.push_back(objection);
    }
}

void add_contract(store::Reader& reader, Diligence& file,
                  const std::vector<store::LogRow>& agreement_rows) {
    if (file.agreement.contract.empty()) return;
    file.contract =
        contract::find_contract(reader, base::Id<contract::Contract>(file.agreement.contract));
    if (!file.contract) return;
    add_step(file, "contract", last_of(agreement_rows, "agreement.contract"), {},
             "contract/contract.json");
    const auto rows = store::changes_of(reader, file.agreement.contract);
    for (const workflow::Attachment& attachment :
         workflow::Attachments::of(reader, file.agreement.contract)) {
        if (attachment.removed) continue;
        file.contract_files.push_back(attachment);
        add_attachment(file, "contract_text", rows, attachment, "contract/files");
    }
    if (file.contract->registered_on) {
        const auto first = std::ranges::find_if(rows, [](const store::LogRow& row) {
            return row.change.action == "contract.registered";
        });
        add_step(file, "registration", first == rows.end() ? nullptr : &*first, {},
                 "contract/contract.json");
    }
}

const DiligenceStep* find_step(const Diligence& file, std::string_view role,
                               std::string_view notice = {}) {
    for (const DiligenceStep& step : file.steps) {
        if (step.role == role && (notice.empty() || step.notice == notice)) return &step;
    }
    return nullptr;
}

DiligenceItem item_of(std::string_view code, ItemState state, const DiligenceStep* step,
                      std::string hash) {
    DiligenceItem item{std::string(code), state, {}, std::move(hash), 0};
    if (step == nullptr) return item;
    item.at = step->row.at;
    item.seq = step->row.seq;
    return item;
}

std::string hash_of(std::string_view text) {
    return text.empty() ? std::string() : base::to_hex(base::sha256(text));
}

/// What the notice carries: rules, rights, basis, declaration.
void add_notice_items(Diligence& file, const DiligenceStep* published) {
    const ItemState with_notice = !file.agreement.needs_notice ? ItemState::not_needed
                                  : published != nullptr       ? ItemState::done
                                                               : ItemState::missing;
    const base::json::object empty;
    const base::json::object& record = file.current ? file.current->record : empty;
    file.items.push_back(
        item_of("rules_known", with_notice, published, base::text_at(record, "rules_hash")));
    file.items.push_back(item_of("rights_check", with_notice, published,
                                 hash_of(base::text_at(record, "rights_check"))));
    const DiligenceStep* agreed = find_step(file, "agreed");
    file.items.push_back(item_of("price_basis", ItemState::done, agreed,
                                 hash_of(base::text_at(file.agreement.body, "pricing_basis"))));
}

void add_minutes_item(Diligence& file, const DiligenceStep* published) {
    const DiligenceStep* minutes = find_step(file, "minutes");
    ItemState state = ItemState::missing;
    if (minutes != nullptr) {
        const bool is_late = published != nullptr && minutes->row.seq > published->row.seq;
        state = is_late ? ItemState::late : ItemState::done;
    } else if (!file.agreement.needs_notice) {
        state = ItemState::not_needed;
    }
    file.items.push_back(item_of("decision_minutes", state, minutes,
                                 file.minutes.empty() ? "" : file.minutes.front().sha256));
}

void add_period_items(Diligence& file) {
    const std::string id = file.current ? file.current->id.text() : std::string();
    const DiligenceStep* completed = id.empty() ? nullptr : find_step(file, "notice_completed", id);
    ItemState period = ItemState::missing;
    if (!file.agreement.needs_notice)
        period = ItemState::not_needed;
    else if (completed != nullptr)
        period = ItemState::done;
    else if (file.current && file.current->is_running())
        period = ItemState::open;
    file.items.push_back(
        item_of("notice_period", period, completed, file.current ? file.current->body_hash : ""));
    ItemState decided = file.agreement.needs_notice ? ItemState::done : ItemState::not_needed;
    const DiligenceStep* last = nullptr;
    for (const Objection& objection : file.objections) {
        if (objection.is_open()) decided = ItemState::open;
    }
    for (const DiligenceStep& step : file.steps) {
        if (step.role == "objection_decided") last = &step;
    }
    if (file.agreement.needs_notice && !file.current) decided = ItemState::missing;
    file.items.push_back(item_of("objections", decided, last, ""));
}

void add_contract_items(Diligence& file) {
    const DiligenceStep* written = find_step(file, "contract");
    const DiligenceStep* registered = find_step(file, "registration");
    const DiligenceStep* text = find_step(file, "contract_text");
    file.items.push_back(item_of("contract",
                                 written != nullptr ? ItemState::done : ItemState::missing, written,
                                 text == nullptr ? "" : file.contract_files.front().sha256));
    const bool is_under_way = file.contract && registered == nullptr;
    const ItemState state = registered != nullptr ? ItemState::done
                            : is_under_way        ? ItemState::open
                                                  : ItemState::missing;
    file.items.push_back(
        item_of("registration", state, registered,
                registered == nullptr ? "" : contract::registered_digest(*file.contract)));
}

void add_items(Diligence& file) {
    const DiligenceStep* published =
        file.current ? find_step(file, "notice_published", file.current->id.text()) : nullptr;
    add_notice_items(file, published);
    add_minutes_item(file, published);
    const DiligenceStep* agreed = find_step(file, "agreed");
    file.items.push_back(item_of("related_party", ItemState::done, agreed,
                                 hash_of(base::text_at(file.agreement.body, "related_party"))));
    add_period_items(file);
    add_contract_items(file);
}

base::Status may_read(const party::Actor& actor, const contract::Agreement& agreement) {
    static const std::array readers{party::Who{"transfer_officer", party::Relation::own},
                                    party::Who{"enterprise_member", party::Relation::own},
                                    party::Who{"broker", party::Relation::own},
                                    party::Who{"officer", party::Relation::place}};
    const party::Standing standing = agreement.standing();
    for (const party::Who& who : readers) {
        if (party::allows(who, actor, standing)) return {};
    }
    if (agreement.is_member(actor)) return base::refuse(base::forbidden("not_permitted"));
    return base::refuse(base::not_found("agreement_unknown"));
}

}  // namespace

std::string archive_path(std::string_view folder, const workflow::Attachment& attachment) {
    std::string path = std::string(folder) + "/" + attachment.id;
    const std::size_t dot = attachment.name.rfind('.');
    if (dot == std::string::npos || attachment.name.size() - dot > 6) return path;
    const std::string ending = base::to_lower_ascii(attachment.name.substr(dot + 1));
    const bool is_plain = !ending.empty() && std::ranges::all_of(ending, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
    return is_plain ? path + "." + ending : path;
}

std::string_view to_string(ItemState state) {
    static constexpr std::array<std::string_view, 5> names{"done", "open", "missing", "late",
                                                           "not_needed"};
    return names[static_cast<std::size_t>(state)];
}

bool Diligence::is_complete() const {
    return std::ranges::all_of(items, [](const DiligenceItem& item) {
        return item.state == ItemState::done || item.state == ItemState::not_needed;
    });
}

base::Result<Diligence> DiligenceFiles::gather(store::Reader& reader, const party::Actor& actor,
                                               const base::Id<contract::Agreement>& id) const {
    Diligence file;
    file.agreement = TRY(contract::Agreements::require(reader, id));
    TRY(may_read(actor, file.agreement));
    const auto rows = store::changes_of(reader, id.text());
    const store::LogRow* agreed = last_of(rows, "agreement.agree");
    if (agreed == nullptr) return base::refuse(base::conflict("diligence_not_ready"));
    add_step(file, "agreed", agreed, {}, "agreement.json");

    const std::string contact = file.agreement.contact.text();
    const auto contact_rows = store::changes_of(reader, contact);
    for (const workflow::Attachment& attachment : workflow::Attachments::of(reader, contact)) {
        if (attachment.removed || attachment.kind != contract::Agreements::minutes_kind) continue;
        file.minutes.push_back(attachment);
        add_attachment(file, "minutes", contact_rows, attachment, "minutes");
    }
    file.notices = Notices::of_agreement(reader, id);
    for (const Notice& notice : file.notices) {
        add_notice(reader, file, notice);
        if (notice.revision == file.agreement.revision) file.current = notice;
    }
    add_contract(reader, file, rows);
    std::ranges::sort(file.steps, {}, [](const DiligenceStep& step) { return step.row.seq; });
    add_items(file);
    return file;
}

}  // namespace trade
