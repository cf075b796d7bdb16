#pragma once

#include <span>

#include "store/migrate.h"

namespace match {

/// The schema steps of this module, in order.
std::span<const store::Migration> migrations();

}  // namespace match
