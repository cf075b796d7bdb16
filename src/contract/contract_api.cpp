// HTTP face of contracts. Rules are in contract.cpp, registration.cpp and recognition.cpp.
#include "contract/contract_api.h"

#include <array>

#include "contract/agreement.h"
#include "contract/quality.h"
#include "contract/recognition_json.h"
#include "contract/recognition_questions.h"
#include "format/content_type.h"
#include "party/once_api.h"
#include "party/session_api.h"
#include "workflow/workflow_api.h"

namespace contract {
namespace {

using base::json::array;
using base::json::object;

object show(const Contract& contract) {
    object result{{"id", contract.id.text()},
                  {"title", contract.title()},
                  {"owner", contract.owner.text()},
                  {"counterpart", contract.counterpart.text()},
                  {"point", contract.point.text()},
                  {"place", contract.place},
                  {"agreement", contract.agreement},
                  {"body", contract.body},
                  {"answers", contract.answers},
                  {"round", contract.round},
                  {"rule_set", contract.rule_set},
                  {"number", contract.local_no},
                  {"class", contract.class_code},
                  {"total", contract.total.to_string()},
                  {"technical", contract.technical.to_string()},
                  {"sample", contract.is_sample},
                  {"version", contract.version}};
    if (contract.pending_body) result["pending_body"] = *contract.pending_body;
    if (contract.accepted_on) result["accepted_on"] = contract.accepted_on->to_string();
    if (contract.registered_on) result["registered_on"] = contract.registered_on->to_string();
    if (!contract.decision.empty()) result["decision"] = contract.decision;
    return result;
}

object show(const workflow::Attachment& file) {
    return {{"id", file.id},     {"kind", file.kind},     {"name", file.name},
            {"size", file.size}, {"sha256", file.sha256}, {"at", base::to_iso(file.at)}};
}

/// Title, reason and cure of each code in the reader's language, beside the decision for machines.
array explain_reasons(const base::Texts& texts, base::Language language, const Decision& decision,
                      const Profile& profile) {
    array reasons;
    for (const std::string& code : decision.reasons) {
        std::string key = "reason." + code + ".";
        object reason{{"code", code},
                      {"title", texts.get(language, key + "title")},
                      {"why", texts.get(language, key + "why")},
                      {"cure", texts.get(language, key + "cure")}};
        auto citation = profile.citations().find(code);
        if (citation != profile.citations().end()) {
            reason["law"] = citation->second.law;
            reason["sure"] = citation->second.sure;
        }
        reasons.push_back(std::move(reason));
    }
    return reasons;
}

array show_questions(const std::vector<Question>& questions, const Case& facts,
                     const base::Texts& texts, base::Language language) {
    array list;
    for (const Question& question : questions) {
        const FactDefinition& fact = definition_of(question.fact);
        array values;
        for (std::string_view value : fact.values) {
            std::string key = "answer." + std::string(fact.name) + "." + std::string(value);
            values.push_back(object{{"value", value},
                                    {"label", texts.has(language, key) ? texts.get(language, key)
                                                                       : std::string(value)}});
        }
        list.push_back(object{
            {"fact", fact.name},
            {"part",
             question.part < 0 ? "" : facts.parts[static_cast<std::size_t>(question.part)].id},
            {"ask", texts.get(language, question.text_key + ".ask")},
            {"why", texts.get(language, question.text_key + ".why")},
            {"example", texts.get(language, question.text_key + ".example")},
            {"values", std::move(values)}});
    }
    return list;
}

class Handlers {
  public:
    explicit Handlers(const ContractApi& api) : api_(api) {}

    base::Result<http::Reply> list(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        Contracts::Filter filter{.state = request.query_or("state"),
                                 .words = request.query_or("q"),
                                 .after = request.query_or("after")};
        filter.limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 200)));
        std::string next;
        auto listed = TRY(api_.database->read<std::vector<Contracts::Listing>>(
            [&](store::Reader& reader) -> base::Result<std::vector<Contracts::Listing>> {
                auto found = api_.contracts->list(reader, actor, filter);
                if (found.size() == filter.limit) next = found.back().contract.id.text();
                // Which state it is found by would tell what was decided.
                if (!filter.state.empty()) {
                    std::erase_if(found, [&](const Contracts::Listing& row) {
                        return is_blind_for(reader, actor, row.contract);
                    });
                }
                for (Contracts::Listing& row : found) {
                    if (!is_blind_for(reader, actor, row.contract)) continue;
                    row.contract = seen_by(reader, actor, std::move(row.contract));
                    row.state = "second_review";
                }
                return found;
            }));
        array items;
        for (const Contracts::Listing& row : listed)
            items.push_back(show_row(request, row));
        object answer{{"items", std::move(items)}};
        if (!next.empty()) answer["next"] = next;
        return http::ok(answer);
    }

    base::Result<http::Reply> draft(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Agreement>(request, "agreement", "agreement_unknown"));
        object body =
            TRY(api_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
                if (api_.contracts->agreements() == nullptr)
                    return base::refuse(base::not_found("agreement_unknown"));
                Agreement agreement = TRY(api_.contracts->agreements()->read(reader, actor, id));
                return object{{"agreement", id.text()},
                              {"counterpart", agreement.buyer.text()},
                              {"body", body_from(reader, agreement, api_.database->clock().now())}};
            }));
        return http::ok(body);
    }

    base::Result<http::Reply> create(const http::Request& request) const {
        object body = TRY(request.json());
        ContractDraft draft{
            .agreement = base::text_at(body, "agreement"),
            .counterpart = base::Id<party::Organisation>(base::text_at(body, "counterpart")),
            .body = base::object_at(body, "body")};
        party::Actor actor = party::actor_of(request);
        return party::write_once(
            *api_.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                Contract contract = TRY(api_.contracts->create(transaction, actor, draft));
                return http::created(show(contract), "/api/contracts/" + contract.id.text())
                    .with_version(contract.version);
            });
    }

    base::Result<http::Reply> read(const http::Request& request) const {
        return answer_with(request, [&](store::Reader& reader, const Contract& contract) {
            party::Actor actor = party::actor_of(request);
            object result = show(seen_by(reader, actor, contract));
            array files;
            for (const auto& file : workflow::Attachments::of(reader, contract.id.text())) {
                if (!file.removed) files.push_back(show(file));
            }
            result["files"] = std::move(files);
            result["history"] = history(reader, contract, is_blind_for(reader, actor, contract));
            return base::Result<object>(std::move(result));
        });
    }

    base::Result<http::Reply> update(const http::Request& request) const {
        object body = TRY(request.json());
        std::int64_t version = TRY(request.if_match());
        return changed(request, [&](store::Transaction& transaction, const party::Actor& actor,
                                    const base::Id<Contract>& id) {
            return api_.contracts->update(transaction, actor, id, base::object_at(body, "body"),
                                          version);
        });
    }

    base::Result<http::Reply> set_answers(const http::Request& request) const {
        object body = TRY(request.json());
        std::int64_t version = TRY(request.if_match());
        return changed(request, [&](store::Transaction& transaction, const party::Actor& actor,
                                    const base::Id<Contract>& id) {
            return api_.registration->set_answers(transaction, actor, id,
                                                  base::object_at(body, "answers"), version);
        });
    }

    base::Result<http::Reply> advance(const http::Request& request) const {
        object body = TRY(request.json());
        workflow::Event event{.transition = request.value("transition"),
                              .reason = base::text_at(body, "reason"),
                              .text = base::text_at(body, "text"),
                              .data = base::object_at(body, "data")};
        std::int64_t case_version = base::integer_at(body, "case_version").value_or(0);
        return changed(
            request,
            [&](store::Transaction& transaction, const party::Actor& actor,
                const base::Id<Contract>& id) -> base::Result<Contract> {
                TRY(api_.registration->advance(transaction, actor, id, event, case_version));
                return *find_contract(transaction, id);
            });
    }

    base::Result<http::Reply> decision(const http::Request& request) const {
        return answer_with(
            request, [&](store::Reader& reader, const Contract& contract) -> base::Result<object> {
                TRY(check_not_blind(reader, party::actor_of(request), contract));
                auto judged =
                    TRY(api_.registration->preview(reader, contract, api_.database->clock().now()));
                object result = to_json(*judged.profile, judged.facts, judged.decision);
                result["explained"] = explain_reasons(*api_.texts, request.language,
                                                      judged.decision, *judged.profile);
                return result;
            });
    }

    base::Result<http::Reply> questions(const http::Request& request) const {
        return answer_with(request, [&](store::Reader& reader, const Contract& contract) {
            return open_questions(request, reader,
                                  seen_by(reader, party::actor_of(request), contract));
        });
    }

    /// The same for a second judge, whose answers are his own until he sends them all.
    base::Result<http::Reply> second_questions(const http::Request& request) const {
        object body = TRY(request.json());
        return answer_with(
            request, [&](store::Reader& reader, const Contract& contract) -> base::Result<object> {
                TRY(check_second_judge(reader, party::actor_of(request), contract));
                Contract again = seen_by(reader, party::actor_of(request), contract);
                again.answers = base::object_at(body, "answers");
                return open_questions(request, reader, again);
            });
    }

    base::Result<http::Reply> certificate(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Contract>(request, "id", "contract_not_found"));
        std::string name;
        std::string bytes = TRY(api_.database->read<std::string>(
            [&](store::Reader& reader) -> base::Result<std::string> {
                Contract contract = TRY(api_.contracts->read(reader, actor, id));
                TRY(check_not_blind(reader, actor, contract));
                CertificateView view = TRY(api_.certificates->view(reader, contract, *api_.cases));
                name = contract.local_no + ".pdf";
                return api_.certificates->pdf(view, request.language, api_.database->clock().now());
            }));
        return http::attachment(std::move(bytes), "application/pdf", name);
    }

    base::Result<http::Reply> add_file(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Contract>(request, "id", "contract_not_found"));
        auto uploads = TRY(request.uploads());
        if (uploads.empty()) return base::refuse(base::invalid("file_missing").at("file"));
        const http::Upload& upload = uploads.front();
        static constexpr std::array allowed{format::ContentType::pdf, format::ContentType::docx,
                                            format::ContentType::png, format::ContentType::jpeg,
                                            format::ContentType::text};
        auto type = TRY(format::check_content_type(upload.bytes, upload.file_name, allowed));
        return party::write_once(
            *api_.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                TRY(api_.contracts->read(transaction, actor, id));
                workflow::Attachment meta;
                meta.subject = id.text();
                meta.kind = request.query_or("kind", "contract_text");
                meta.name = upload.file_name;
                meta.content_type = format::media_type(type);
                meta.tier = workflow::Tier::confidential;
                auto file = TRY(api_.attachments->add(transaction, actor, meta, upload.bytes));
                return http::created(show(file),
                                     "/api/contracts/" + id.text() + "/files/" + file.id);
            });
    }

    base::Result<http::Reply> read_file(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Contract>(request, "id", "contract_not_found"));
        auto file = TRY(api_.database->read<workflow::Attachment>(
            [&](store::Reader& reader) -> base::Result<workflow::Attachment> {
                TRY(api_.contracts->read(reader, actor, id));
                auto found = workflow::Attachments::find(reader, request.value("file"));
                if (!found || found->subject != id.text() || found->removed) {
                    return base::refuse(base::not_found("file_not_found"));
                }
                return *found;
            }));
        return http::attachment(TRY(api_.attachments->read(file)), file.content_type, file.name);
    }

  private:
    object show_row(const http::Request& request, const Contracts::Listing& row) const {
        bool is_blind = row.state == "second_review";
        object item{
            {"id", row.contract.id.text()},
            {"title", row.contract.title()},
            {"state", row.state},
            {"state_title", is_blind ? api_.texts->get(request.language, "second_review.state")
                                     : workflow::state_title(*api_.cases, Contracts::process,
                                                             row.state, request.language)},
            {"number", row.contract.local_no},
            {"class", row.contract.class_code},
            {"seller", base::text_at(row.contract.body, "seller_name")},
            {"buyer", base::text_at(row.contract.body, "buyer_name")},
            {"total", base::text_at(row.contract.body, "total")},
            {"sample", row.contract.is_sample}};
        workflow::add_clock(item, *api_.cases, is_blind ? std::nullopt : row.due,
                            api_.database->clock().now());
        return item;
    }

    base::Result<object> open_questions(const http::Request& request, store::Reader& reader,
                                        const Contract& contract) const {
        auto judged =
            TRY(api_.registration->preview(reader, contract, api_.database->clock().now()));
        auto open =
            next_questions(*judged.profile, judged.facts, answered_of(contract, judged.facts));
        return object{
            {"questions", show_questions(open, judged.facts, *api_.texts, request.language)}};
    }

    array history(store::Reader& reader, const Contract& contract, bool is_blind) const {
        array list;
        for (const auto& decision :
             api_.cases->decisions(reader, Contracts::process, contract.id.text())) {
            if (is_blind && !is_of_applicant(decision)) continue;
            list.push_back(object{{"at", base::to_iso(decision.at)},
                                  {"transition", decision.transition},
                                  {"from", decision.from},
                                  {"to", decision.to},
                                  {"reason", decision.reason},
                                  {"text", decision.text},
                                  {"actor", decision.actor_name}});
        }
        return list;
    }

    template <class Work>
    base::Result<http::Reply> answer_with(const http::Request& request, Work work) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Contract>(request, "id", "contract_not_found"));
        std::int64_t version = 0;
        object body =
            TRY(api_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
                Contract contract = TRY(api_.contracts->read(reader, actor, id));
                version = contract.version;
                return work(reader, contract);
            }));
        return http::ok(body).with_version(version);
    }

    template <class Work>
    base::Result<http::Reply> changed(const http::Request& request, Work work) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Contract>(request, "id", "contract_not_found"));
        Contract contract = TRY(api_.database->write<Contract>(
            [&](store::Transaction& transaction) { return work(transaction, actor, id); }));
        return http::ok(show(contract)).with_version(contract.version);
    }

    ContractApi api_;
};

http::RouteInfo info(std::string summary) {
    return {.summary = std::move(summary), .signed_in = true};
}

}  // namespace

void mount_contracts(http::Router& router, const ContractApi& api) {
    auto handlers = std::make_shared<Handlers>(api);
    auto call = [&](auto member) -> http::Handler {
        return [handlers, member](const http::Request& request) {
            return ((*handlers).*member)(request);
        };
    };
    http::RouteInfo creating = info("Write a contract");
    creating.creates = true;
    http::RouteInfo uploading = info("Add a file to a contract");
    uploading.body_bytes_max = workflow::Attachments::bytes_max + (1 << 16);
    uploading.cost = 5;
    router.get("/api/contracts", info("Contracts of one's organisation, point or place"),
               call(&Handlers::list));
    router.post("/api/contracts", creating, call(&Handlers::create));
    router.get("/api/contracts/draft-from-agreement/{agreement}",
               info("What a deal already tells of its contract"), call(&Handlers::draft));
    router.get("/api/contracts/{id}", info("One contract"), call(&Handlers::read));
    router.put("/api/contracts/{id}", info("Replace the content of a draft"),
               call(&Handlers::update));
    router.put("/api/contracts/{id}/answers", info("Answer what the form cannot tell"),
               call(&Handlers::set_answers));
    router.get("/api/contracts/{id}/decision", info("What would be decided now, and why"),
               call(&Handlers::decision));
    router.get("/api/contracts/{id}/questions",
               info("Questions that can still change the decision"), call(&Handlers::questions));
    router.post("/api/contracts/{id}/second-review/questions",
                info("Questions that can still change a second judgement"),
                call(&Handlers::second_questions));
    router.get("/api/contracts/{id}/certificate.pdf", info("Certificate of registration"),
               call(&Handlers::certificate));
    router.post("/api/contracts/{id}/files", uploading, call(&Handlers::add_file));
    router.get("/api/contracts/{id}/files/{file}", info("Download a file of a contract"),
               call(&Handlers::read_file));
    router.post("/api/contracts/{id}/{transition}", info("Move a contract along its process"),
                call(&Handlers::advance));
}

}  // namespace contract
