#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "contract/room.h"

namespace contract::rows {

std::vector<Message> messages(store::Reader&, const base::Vault&, const base::Id<Contact>&,
                              std::size_t limit);
/// Without its words.
std::optional<Message> message(store::Reader&, const base::Id<Contact>&, std::string_view id);
void erase(store::Transaction&, std::string_view message);
/// Seals at most so many messages that lie in clear (written by earlier versions); how many it was.
std::int64_t seal_clear(store::Transaction&, const base::Vault&, std::size_t limit);
std::vector<Meeting> meetings(store::Reader&, const base::Id<Contact>&);
std::optional<Meeting> meeting(store::Reader&, const base::Id<Contact>&, std::string_view id);
std::vector<Acceptance> acceptances(store::Reader&, const base::Id<Contact>&);
std::vector<ConfidentialItem> items(store::Reader&, const base::Id<Contact>&);
std::optional<ConfidentialItem> item(store::Reader&, const base::Id<Contact>&, std::string_view id);
/// Looks at the items of one side, newest first.
std::vector<View> views(store::Reader&, const base::Id<Contact>&,
                        const base::Id<party::Organisation>& owner);

struct OpenedRoom {
    Terms terms;
    base::Time opened_at;
};
std::optional<OpenedRoom> opened(store::Reader&, const base::Id<Contact>&);

void insert_room(store::Transaction&, const base::Id<Contact>&, const Terms&);
void insert(store::Transaction&, const base::Vault&, const base::Id<Contact>&, const Message&);
void insert(store::Transaction&, const base::Id<Contact>&, const Meeting&);
void insert(store::Transaction&, const base::Id<Contact>&, const Acceptance&);
void insert(store::Transaction&, const base::Id<Contact>&, const ConfidentialItem&);
void insert(store::Transaction&, const base::Id<Contact>&, const View&);

}  // namespace contract::rows
