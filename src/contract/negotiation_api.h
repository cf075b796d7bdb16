#pragma once

#include <filesystem>

#include "contract/agreement.h"
#include "contract/negotiation.h"
#include "contract/room.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/router.h"
#include "party/once_api.h"
#include "party/session_api.h"
#include "store/database.h"
#include "workflow/workflow_api.h"

namespace contract {

/// The HTTP face of contacts, rooms and agreements. References only; they outlive the router.
/// Thread-safe. Watermarks are printed here, on the worker thread, after the look was recorded and
/// before a byte leaves; a file that cannot carry one is not sent.
struct NegotiationApi {
    store::Database& database;
    const Contacts& contacts;
    const Rooms& rooms;
    const Agreements& agreements;
    const catalog::Entries& entries;
    const party::Places& places;
    std::filesystem::path scratch;  ///< for the watermark of PDF files

    void mount(http::Router& router) const;

  private:
    void mount_contacts(http::Router& router) const;
    void mount_rooms(http::Router& router) const;
    void mount_confidential(http::Router& router) const;
    void mount_agreements(http::Router& router) const;
};

/// {id, name, kind, place, place_name} of an organisation, null for none.
base::json::value show_side(store::Reader& reader, const party::Places& places,
                            const base::Id<party::Organisation>& id, base::Language language);
/// The contact with both sides, its case and the steps the actor may take.
base::Result<base::json::object> show_contact(const NegotiationApi& api, store::Reader& reader,
                                              const Contact& contact, const party::Actor& actor,
                                              base::Language language);
base::Result<base::json::object> show_agreement(const NegotiationApi& api, store::Reader& reader,
                                                const Agreement& agreement,
                                                const party::Actor& actor, base::Language language);
/// The version named by If-Match; 0 (any) without the header.
base::Result<std::int64_t> version_if_given(const http::Request& request);
base::Result<std::string> member_text(const base::json::object& body, std::string_view key);
/// {id} of a contact or room; `contact_unknown` also for what is no id.
base::Result<base::Id<Contact>> contact_id(const http::Request& request);

}  // namespace contract
