#pragma once

#include <span>

#include "store/migrate.h"

namespace contract {

/// Contracts and their registration.
std::span<const store::Migration> migrations();
/// Contacts, rooms and agreements (steps of the module name "negotiation").
std::span<const store::Migration> negotiation_migrations();

}  // namespace contract
