#pragma once

#include <vector>

#include "contract/contract.h"
#include "contract/recognition_neighbours.h"
#include "store/database.h"

namespace contract {

/// The contract as it is compared with those beside it: parties from the form and, where they are on
/// the platform, their address; the text by the hash of its uploaded file.
NeighbourContract neighbour_from(store::Reader&, const Contract&);

/// Questions that contracts of the same two parties raise (recognition_neighbours.h): those whose
/// registration stands and the owner's that are filed and not yet decided, among the 500 newest of
/// each. Evidence for the registrar; decides nothing.
std::vector<NeighbourQuestion> neighbours_of(store::Reader&, const workflow::Cases&, const Profile&,
                                             const Contract&);

}  // namespace contract
