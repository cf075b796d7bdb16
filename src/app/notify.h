#pragma once

#include <vector>

#include "app/mailer.h"
#include "app/routes.h"
#include "app/site.h"
#include "http/page.h"
#include "party/inbox.h"
#include "party/outbox.h"
#include "store/change_log.h"

namespace app {

/// Turns rows of the change log into in-site notices for the people concerned (one table in
/// notify.cpp says who hears of what) and into live events for their open pages. Idempotent: the
/// row's number is part of each notice's key.
base::Status notify(Site& site, Routes& routes, const std::vector<store::LogRow>& rows);

/// The mail that a letter of the outbox becomes.
Mail letter_mail(const Site& site, const http::Pages& pages, const party::Letter& letter);
/// One mail with all notices of a person that were not mailed yet.
Mail digest_mail(const Site& site, const http::Pages& pages, const party::Inbox::Digest& digest);

}  // namespace app
