#pragma once

#include <any>
#include <memory>

#include "base/result.h"
#include "http/request.h"
#include "party/account.h"

namespace party {

/// What PartyApi::authenticate left on the request; null for a visitor. For every `_api` file.
inline std::shared_ptr<const Session> session_of(const http::Request& request) {
    const auto* session = std::any_cast<std::shared_ptr<const Session>>(&request.session);
    return session == nullptr ? nullptr : *session;
}

/// Who asks: the session's actor, or the visitor in the language of the request.
inline Actor actor_of(const http::Request& request) {
    if (const auto session = session_of(request)) return session->actor;
    Actor visitor = Actor::visitor();
    visitor.language = request.language;
    return visitor;
}

/// The session, or `not_signed_in`.
inline base::Result<std::shared_ptr<const Session>> require_session(const http::Request& request) {
    auto session = session_of(request);
    if (!session)
        return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
    return session;
}

/// The id in the address. What is no id names nothing: `not_found_code`, 404 like an id that is
/// nobody's. (In a body a malformed id is a mistake in a field: `id_malformed`, 422.)
template <class Record>
base::Result<base::Id<Record>> path_id(const http::Request& request, std::string_view name,
                                       std::string_view not_found_code) {
    auto id = base::Id<Record>::parse(request.value(name));
    if (!id) return base::refuse(base::not_found(std::string(not_found_code)));
    return id;
}

}  // namespace party
