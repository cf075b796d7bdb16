// HTTP face of rooms (struct NegotiationApi). Rules are in room.cpp.

#include <algorithm>
#include <array>

#include "contract/negotiation_api.h"
#include "format/content_type.h"
#include "format/watermark.h"

namespace contract {

namespace {

namespace json = base::json;
using format::ContentType;

constexpr std::array upload_types{ContentType::pdf,  ContentType::png,  ContentType::jpeg,
                                  ContentType::docx, ContentType::xlsx, ContentType::pptx,
                                  ContentType::csv,  ContentType::text, ContentType::zip};
constexpr std::string_view file_kinds[] = {"other", Agreements::minutes_kind, "contract_draft"};

json::object show(const Message& message, const party::Actor& actor) {
    return {{"id", message.id},
            {"organisation", message.organisation.text()},
            {"by", message.account_name},
            {"text", message.text},
            {"erased", message.is_erased},
            {"own", message.account == actor.account.text()},
            {"at", base::to_iso(message.at)}};
}

json::object show(const Meeting& meeting) {
    return {{"id", meeting.id},
            {"organisation", meeting.organisation.text()},
            {"by", meeting.account_name},
            {"topic", meeting.topic},
            {"location", meeting.location},
            {"starts_at", base::to_iso(meeting.starts_at)},
            {"ends_at", base::to_iso(meeting.ends_at)},
            {"state", meeting.state},
            {"answered_by", meeting.answered_by}};
}

json::object show(const workflow::Attachment& file) {
    return {{"id", file.id},
            {"kind", file.kind},
            {"name", file.name},
            {"content_type", file.content_type},
            {"size", file.size},
            {"sha256", file.sha256},
            {"tier", file.tier == workflow::Tier::confidential ? "confidential" : "open"},
            {"at", base::to_iso(file.at)}};
}

json::object show(const Acceptance& acceptance) {
    return {{"organisation", acceptance.organisation.text()},
            {"by", acceptance.account_name},
            {"hash", acceptance.terms_hash},
            {"at", base::to_iso(acceptance.at)}};
}

json::array show_files(const Room& room) {
    json::array list;
    for (const workflow::Attachment& file : room.files) {
        json::object shown = show(file);
        const auto item = std::ranges::find(room.items, file.id, &ConfidentialItem::item);
        if (item != room.items.end()) {
            shown["organisation"] = item->organisation.text();
            shown["released"] = item->released;
        }
        list.push_back(std::move(shown));
    }
    return list;
}

json::array show_entries(const Room& room) {
    json::array list;
    for (const ConfidentialItem& item : room.items)
        if (item.is_entry)
            list.push_back(json::object{{"entry", item.item},
                                        {"organisation", item.organisation.text()},
                                        {"released", item.released}});
    return list;
}

json::object show_terms(const Room& room) {
    json::array accepted;
    for (const Acceptance& acceptance : room.acceptances)
        accepted.push_back(show(acceptance));
    return {{"version", room.terms.version},
            {"hash", room.terms.hash},
            {"accepted", std::move(accepted)}};
}

base::Result<Room> load_room(const NegotiationApi& api, const party::Actor& actor,
                             const base::Id<Contact>& id) {
    Room room = TRY(api.database.read<Room>(
        [&](store::Reader& reader) { return api.rooms.read(reader, actor, id); }));
    if (room.opened_at != base::Time{}) return room;
    // Accepted elsewhere than through this face: opened at the first visit.
    return api.database.write<Room>([&](store::Transaction& transaction) -> base::Result<Room> {
        TRY(api.rooms.enter(transaction, actor, id));
        return api.rooms.read(transaction, actor, id);
    });
}

base::Result<http::Reply> read_room(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const party::Actor& actor = session->actor;
    const auto id = TRY(contact_id(request));
    const Room room = TRY(load_room(api, actor, id));
    json::array messages, meetings;
    for (const Message& message : room.messages)
        messages.push_back(show(message, actor));
    for (const Meeting& meeting : room.meetings)
        meetings.push_back(show(meeting));
    json::object answer{{"opened_at", base::to_iso(room.opened_at)},
                        {"organisation", actor.organisation.text()},
                        {"messages", std::move(messages)},
                        {"meetings", std::move(meetings)},
                        {"files", show_files(room)},
                        {"confidential_entries", show_entries(room)},
                        {"terms", show_terms(room)}};
    TRY(api.database.read<void>([&](store::Reader& reader) -> base::Status {
        answer["contact"] = TRY(show_contact(api, reader, room.contact, actor, request.language));
        const auto agreements = Agreements::of_room(reader, id);
        answer["agreement"] = nullptr;
        if (!agreements.empty())
            answer["agreement"] =
                TRY(show_agreement(api, reader, agreements.front(), actor, request.language));
        return {};
    }));
    return http::ok(answer);
}

base::Result<http::Reply> say(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const json::object body = TRY(request.json());
    const std::string text = TRY(base::require_text(body, "text"));
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Message message = TRY(api.rooms.say(transaction, session->actor, id, text));
            return http::created(show(message, session->actor), "/api/rooms/" + id.text());
        });
}

base::Result<base::Time> read_time(const json::object& body, std::string_view key) {
    const std::string text = TRY(base::require_text(body, key));
    const auto moment = base::parse_iso(text);
    if (!moment) return base::refuse(base::invalid("meeting_time_malformed").at(key));
    return *moment;
}

base::Result<http::Reply> propose_meeting(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const json::object body = TRY(request.json());
    Rooms::NewMeeting wanted;
    wanted.topic = TRY(member_text(body, "topic"));
    wanted.location = TRY(member_text(body, "location"));
    wanted.starts_at = TRY(read_time(body, "starts_at"));
    wanted.ends_at = TRY(read_time(body, "ends_at"));
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Meeting meeting =
                TRY(api.rooms.propose_meeting(transaction, session->actor, id, wanted));
            return http::created(show(meeting), "/api/rooms/" + id.text());
        });
}

base::Result<http::Reply> answer_meeting(const NegotiationApi& api, const http::Request& request,
                                         Rooms::Answer answer) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const Meeting meeting = TRY(api.database.write<Meeting>([&](store::Transaction& transaction) {
        return api.rooms.answer_meeting(transaction, session->actor, id, request.value("meeting"),
                                        answer);
    }));
    return http::ok(show(meeting));
}

base::Result<http::Reply> download_meeting(const NegotiationApi& api,
                                           const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const Room room = TRY(api.database.read<Room>(
        [&](store::Reader& reader) { return api.rooms.read(reader, session->actor, id); }));
    const auto found = std::ranges::find(room.meetings, request.value("meeting"), &Meeting::id);
    if (found == room.meetings.end()) return base::refuse(base::not_found("meeting_unknown"));
    return http::attachment(to_ical(*found, room.contact), "text/calendar; charset=utf-8",
                            "meeting.ics");
}

base::Result<http::Reply> add_file(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const auto uploads = TRY(request.uploads());
    const auto fields = TRY(request.form());
    if (uploads.empty()) return base::refuse(base::invalid("file_missing").at("file"));
    const auto field = [&](const std::string& name, const std::string& fallback) {
        const auto found = fields.find(name);
        return found == fields.end() || found->second.empty() ? fallback : found->second;
    };
    const http::Upload& upload = uploads.front();
    Rooms::NewFile file;
    file.kind = field("kind", "other");
    if (std::ranges::find(file_kinds, file.kind) == std::end(file_kinds))
        return base::refuse(base::invalid("file_kind_unknown").at("kind"));
    const std::string tier = field("tier", "open");
    if (tier != "open" && tier != "confidential")
        return base::refuse(base::invalid("tier_unknown").at("tier"));
    file.tier = tier == "open" ? workflow::Tier::open : workflow::Tier::confidential;
    file.name = upload.file_name;
    const ContentType type =
        TRY(format::check_content_type(upload.bytes, upload.file_name, upload_types));
    file.content_type = format::media_type(type);
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const workflow::Attachment added =
                TRY(api.rooms.add_file(transaction, session->actor, id, file, upload.bytes));
            return http::created(show(added), "/api/rooms/" + id.text() + "/files/" + added.id);
        });
}

/// The bytes as this reader may have them. A confidential file without its mark is never sent.
base::Result<std::string> marked(const NegotiationApi& api, const workflow::Attachment& file,
                                 const format::Watermark& mark) {
    std::string bytes = TRY(api.rooms.bytes_of(file));
    if (file.tier == workflow::Tier::open) return bytes;
    if (file.content_type == "application/pdf")
        return format::watermark_pdf_pages(bytes, mark, api.scratch);
    return format::watermark_image(bytes, mark);
}

base::Result<http::Reply> download_file(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const party::Actor& actor = session->actor;
    const auto id = TRY(contact_id(request));
    struct Opened {
        workflow::Attachment file;
        format::Watermark mark;
    };
    const Opened opened = TRY(
        api.database.write<Opened>([&](store::Transaction& transaction) -> base::Result<Opened> {
            Opened result;
            result.file = TRY(api.rooms.open_file(transaction, actor, id, request.value("file"),
                                                  request.remote_address));
            const auto organisation = party::Organisations::find(transaction, actor.organisation);
            result.mark.viewer =
                (organisation ? organisation->name + " " : std::string()) + actor.name;
            result.mark.at = transaction.now();
            return result;
        }));
    std::string bytes = TRY(marked(api, opened.file, opened.mark));
    return http::attachment(std::move(bytes), opened.file.content_type, opened.file.name)
        .with_header("Cache-Control", "no-store");
}

base::Result<http::Reply> read_terms(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const Room room = TRY(load_room(api, session->actor, TRY(contact_id(request))));
    json::object shown = show_terms(room);
    shown["text"] = room.terms.text;
    return http::ok(shown);
}

base::Result<http::Reply> accept_terms(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const json::object body = TRY(request.json());
    if (!base::bool_at(body, "accept"))
        return base::refuse(base::invalid("terms_not_confirmed").at("accept"));
    const std::string hash = TRY(base::require_text(body, "hash"));
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Acceptance acceptance = TRY(api.rooms.accept_terms(
                transaction, session->actor, id, hash, request.remote_address));
            return http::created(show(acceptance), "/api/rooms/" + id.text() + "/nda");
        });
}

/// The other side's entry, unless one is named.
std::string entry_to_open(const http::Request& request, const Contact& contact,
                          const party::Actor& actor) {
    const std::string named = request.query_or("entry");
    if (!named.empty()) return named;
    const bool i_am_owner = actor.organisation == contact.owner;
    return (i_am_owner ? contact.from_entry : contact.entry).text();
}

base::Result<http::Reply> read_confidential(const NegotiationApi& api,
                                            const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const json::object answer = TRY(api.database.write<json::object>(
        [&](store::Transaction& transaction) -> base::Result<json::object> {
            const Contact contact = TRY(api.contacts.read(transaction, session->actor, id));
            const std::string entry = entry_to_open(request, contact, session->actor);
            json::object fields = TRY(api.rooms.open_entry(transaction, session->actor, id, entry,
                                                           request.remote_address));
            return json::object{{"entry", entry},
                                {"fields", std::move(fields)},
                                {"viewer", session->actor.name},
                                {"at", base::to_iso(transaction.now())}};
        }));
    return http::ok(answer).with_header("Cache-Control", "no-store");
}

base::Result<http::Reply> read_views(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            json::array list;
            for (const View& view : TRY(api.rooms.views(reader, session->actor, id)))
                list.push_back(json::object{
                    {"item", view.item},
                    {"name", view.item_name},
                    {"by", view.account_name},
                    {"organisation",
                     show_side(reader, api.places, view.organisation, request.language)},
                    {"address", view.address},
                    {"at", base::to_iso(view.at)}});
            return json::object{{"views", std::move(list)}};
        })));
}

base::Result<http::Reply> release(const NegotiationApi& api, const http::Request& request,
                                  Rooms::Release release) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    TRY(api.database.write<void>([&](store::Transaction& transaction) {
        return api.rooms.release(transaction, session->actor, id, request.value("item"), release);
    }));
    return http::no_content();
}

}  // namespace

void NegotiationApi::mount_rooms(http::Router& router) const {
    const NegotiationApi api = *this;
    router.get("/api/rooms/{id}", {.summary = "A room with all that is in it", .signed_in = true},
               [api](const http::Request& request) { return read_room(api, request); });
    router.post("/api/rooms/{id}/messages",
                {.summary = "Write a message", .signed_in = true, .creates = true},
                [api](const http::Request& request) { return say(api, request); });
    router.del("/api/rooms/{id}/messages/{message}",
               {.summary = "Take the words of one's own message back for good", .signed_in = true},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   const auto session = TRY(party::require_session(request));
                   const auto id = TRY(contact_id(request));
                   TRY(api.database.write<void>([&](store::Transaction& transaction) {
                       return api.rooms.erase(transaction, session->actor, id,
                                              request.value("message"));
                   }));
                   return http::no_content();
               });
    router.post("/api/rooms/{id}/meetings",
                {.summary = "Propose a meeting", .signed_in = true, .creates = true},
                [api](const http::Request& request) { return propose_meeting(api, request); });
    router.post("/api/rooms/{id}/meetings/{meeting}/accept",
                {.summary = "Accept a meeting", .signed_in = true},
                [api](const http::Request& request) {
                    return answer_meeting(api, request, Rooms::Answer::accept);
                });
    router.post("/api/rooms/{id}/meetings/{meeting}/decline",
                {.summary = "Decline a meeting", .signed_in = true},
                [api](const http::Request& request) {
                    return answer_meeting(api, request, Rooms::Answer::decline);
                });
    router.get("/api/rooms/{id}/meetings/{meeting}/ical",
               {.summary = "A meeting for one's calendar", .signed_in = true},
               [api](const http::Request& request) { return download_meeting(api, request); });
    router.post("/api/rooms/{id}/files",
                {.summary = "Put a file into the room (fields tier, kind; part file)",
                 .signed_in = true,
                 .creates = true,
                 .body_bytes_max = workflow::Attachments::bytes_max + (1 << 20),
                 .cost = 5,
                 .body_type = "multipart/form-data"},
                [api](const http::Request& request) { return add_file(api, request); });
}

void NegotiationApi::mount_confidential(http::Router& router) const {
    const NegotiationApi api = *this;
    router.get("/api/rooms/{id}/files/{file}",
               {.summary = "A file; a confidential one is marked and the look recorded",
                .signed_in = true,
                .cost = 5},
               [api](const http::Request& request) { return download_file(api, request); });
    router.get("/api/rooms/{id}/nda", {.summary = "The non-disclosure terms", .signed_in = true},
               [api](const http::Request& request) { return read_terms(api, request); });
    router.post(
        "/api/rooms/{id}/nda",
        {.summary = "Accept the terms for one's organisation", .signed_in = true, .creates = true},
        [api](const http::Request& request) { return accept_terms(api, request); });
    router.get(
        "/api/rooms/{id}/confidential",
        {.summary = "The sealed fields of an entry; the look is recorded", .signed_in = true},
        [api](const http::Request& request) { return read_confidential(api, request); });
    router.get("/api/rooms/{id}/access-log",
               {.summary = "Who looked at what our side keeps confidential", .signed_in = true},
               [api](const http::Request& request) { return read_views(api, request); });
    router.post("/api/rooms/{id}/items/{item}/release",
                {.summary = "Open a confidential item to the other side", .signed_in = true},
                [api](const http::Request& request) {
                    return release(api, request, Rooms::Release::open);
                });
    router.post(
        "/api/rooms/{id}/items/{item}/end-access",
        {.summary = "End the other side's access to an item", .signed_in = true},
        [api](const http::Request& request) { return release(api, request, Rooms::Release::end); });
}

}  // namespace contract
