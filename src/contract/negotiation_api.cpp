// HTTP face of contacts (struct NegotiationApi). Rules are in negotiation.cpp.

#include "contract/negotiation_api.h"

namespace contract {

namespace {

namespace json = base::json;

base::Result<http::Reply> request_contact(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const json::object body = TRY(request.json());
    ContactRequest wanted;
    const std::string entry = TRY(base::require_text(body, "entry"));
    wanted.entry = TRY(base::Id<catalog::Entry>::parse(entry));
    const std::string from_entry = TRY(member_text(body, "from_entry"));
    if (!from_entry.empty()) wanted.from_entry = TRY(base::Id<catalog::Entry>::parse(from_entry));
    wanted.message = TRY(member_text(body, "message"));
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Contact contact = TRY(api.contacts.request(transaction, session->actor, wanted));
            const json::object shown =
                TRY(show_contact(api, transaction, contact, session->actor, request.language));
            return http::created(shown, "/api/contacts/" + contact.id.text());
        });
}

base::Result<http::Reply> list_contacts(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const std::string box = request.query_or("box", "in");
    if (box != "in" && box != "out")
        return base::refuse(base::malformed("field_not_an_option").at("box"));
    const auto limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 200)));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            const auto contacts =
                Contacts::list(reader, session->actor, box == "in" ? Box::in : Box::out,
                               request.query_or("after"), limit);
            json::array list;
            for (const Contact& contact : contacts) {
                json::object shown =
                    TRY(show_contact(api, reader, contact, session->actor, request.language));
                list.push_back(std::move(shown));
            }
            json::object answer{{"contacts", std::move(list)}};
            if (contacts.size() == limit) answer["next"] = contacts.back().id.text();
            return answer;
        })));
}

base::Result<http::Reply> read_contact(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const json::object shown = TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            const Contact contact = TRY(api.contacts.read(reader, session->actor, id));
            return show_contact(api, reader, contact, session->actor, request.language);
        }));
    return http::ok(shown).with_version(shown.at("version").as_int64());
}

base::Result<http::Reply> advance_contact(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const std::int64_t version = TRY(version_if_given(request));
    const json::object body = request.body.empty() ? json::object() : TRY(request.json());
    workflow::Event event;
    event.transition = request.value("transition");
    event.reason = TRY(member_text(body, "reason"));
    event.text = TRY(member_text(body, "text"));
    const json::object shown = TRY(api.database.write<json::object>(
        [&](store::Transaction& transaction) -> base::Result<json::object> {
            const Contact contact =
                TRY(api.contacts.advance(transaction, session->actor, id, event, version));
            if (contact.state == "accepted") TRY(api.rooms.enter(transaction, session->actor, id));
            return show_contact(api, transaction, contact, session->actor, request.language);
        }));
    return http::ok(shown).with_version(shown.at("version").as_int64());
}

}  // namespace

base::json::value show_side(store::Reader& reader, const party::Places& places,
                            const base::Id<party::Organisation>& id, base::Language language) {
    if (id.empty()) return nullptr;
    const auto organisation = party::Organisations::find(reader, id);
    if (!organisation) return nullptr;
    return json::object{{"id", organisation->id.text()},
                        {"name", organisation->name},
                        {"kind", to_string(organisation->kind)},
                        {"is_public_body", organisation->is_public_body},
                        {"place", organisation->place},
                        {"place_name", places.name(organisation->place, language)}};
}

base::Result<json::object> show_contact(const NegotiationApi& api, store::Reader& reader,
                                        const Contact& contact, const party::Actor& actor,
                                        base::Language language) {
    const workflow::Cases& cases = api.contacts.cases();
    const workflow::Case item = TRY(cases.require(reader, Contacts::process, contact.id.text()));
    const bool hides_owner = !contact.owner_is_known && actor.organisation == contact.requester;
    json::array transitions;
    for (const workflow::Transition* transition : cases.available(item, actor))
        transitions.push_back(json::object{{"code", transition->code},
                                           {"title", transition->title.in(language)},
                                           {"reasons", transition->reasons},
                                           {"needs_text", transition->needs_text}});
    json::array decisions;
    for (const workflow::Decision& each :
         cases.decisions(reader, Contacts::process, contact.id.text()))
        decisions.push_back(json::object{
            {"transition", each.transition},
            {"reason", each.reason},
            {"reason_label", cases.codes().label("contact_refusal_reasons", each.reason, language)},
            {"text", each.text},
            {"by", hides_owner ? std::string() : each.actor_name},
            {"at", base::to_iso(each.at)}});
    json::object shown{
        {"id", contact.id.text()},
        {"entry", contact.entry.text()},
        {"from_entry", contact.from_entry.text()},
        {"title", contact.entry_title},
        {"message", contact.message},
        {"state", contact.state},
        {"state_title", workflow::state_title(cases, Contacts::process, contact.state, language)},
        {"mine", contact.owner == actor.organisation ? "in" : "out"},
        {"owner", hides_owner ? json::value(nullptr)
                              : show_side(reader, api.places, contact.owner, language)},
        {"requester", show_side(reader, api.places, contact.requester, language)},
        {"created_at", base::to_iso(contact.created_at)},
        {"transitions", std::move(transitions)},
        {"decisions", std::move(decisions)},
        {"has_room", contact.state == "accepted" || contact.state == "closed"},
        {"version", item.version}};
    workflow::add_clock(shown, cases, item.current.due, api.database.clock().now());
    if (contact.answered_at) shown["answered_at"] = base::to_iso(*contact.answered_at);
    return shown;
}

base::Result<std::int64_t> version_if_given(const http::Request& request) {
    if (request.header("if-match").empty()) return 0;
    return request.if_match();
}

base::Result<std::string> member_text(const base::json::object& body, std::string_view key) {
    const json::value* member = body.if_contains(key);
    if (member == nullptr || member->is_null()) return std::string();
    if (!member->is_string()) return base::refuse(base::invalid("field_wrong_type").at(key));
    return std::string(member->as_string());
}

base::Result<base::Id<Contact>> contact_id(const http::Request& request) {
    const auto id = base::Id<Contact>::parse(request.value("id"));
    if (!id) return base::refuse(base::not_found("contact_unknown"));
    return *id;
}

void NegotiationApi::mount_contacts(http::Router& router) const {
    const NegotiationApi api = *this;
    router.post("/api/contacts",
                {.summary = "Ask the owner of an entry for contact",
                 .signed_in = true,
                 .creates = true,
                 .cost = 5},
                [api](const http::Request& request) { return request_contact(api, request); });
    router.get("/api/contacts",
               {.summary = "Contacts asked of us (box=in) or by us (box=out)", .signed_in = true},
               [api](const http::Request& request) { return list_contacts(api, request); });
    router.get("/api/contacts/{id}", {.summary = "One contact", .signed_in = true},
               [api](const http::Request& request) { return read_contact(api, request); });
    router.post("/api/contacts/{id}/{transition}",
                {.summary = "Accept, refuse, withdraw or close a contact", .signed_in = true},
                [api](const http::Request& request) { return advance_contact(api, request); });
}

void NegotiationApi::mount(http::Router& router) const {
    mount_contacts(router);
    mount_rooms(router);
    mount_confidential(router);
    mount_agreements(router);
}

}  // namespace contract
