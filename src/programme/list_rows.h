#pragma once

#include "programme/list.h"

/// The rows of lists and objections, shared by list*.cpp and objection.cpp only.
namespace programme::rows {

void insert(store::Transaction&, const List&);
void update(store::Transaction&, const List&);
/// What a step of an objection brings about: the application is heard again, or its notice ends.
base::Status follow_objection(const Lists&, const Applications&, store::Transaction&,
                              const party::Actor&, const workflow::Case&, const workflow::Event&);

}  // namespace programme::rows
