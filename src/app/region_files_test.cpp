#include "app/region_files.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace app {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RegionFiles, EveryFaultIsNamedWithFileAndLine) {
    base::TestFolder folder;
    folder.write("region.yaml", "a: 1\n");
    folder.write("codes/cards.yaml", "list: cards\n");
    folder.write("lexicon/salt.tsv", "");
    EXPECT_THAT(check_region_files(folder.path()), IsEmpty());
    folder.write("codes/torn.yaml", "list: torn\ncodes: [a, b\n");
    folder.write("sample/entries.jsonl", "{\"a\": 1}\n\n[1]\n{\"a\": \n");
    folder.write("regoin.yaml", "a: 1\n");
    folder.write("codez/cards.yaml", "list: cards\n");
    folder.write("codes/notes.txt", "x\n");
    EXPECT_THAT(check_region_files(folder.path()),
                ElementsAre(HasSubstr("codes/notes.txt:1: this folder does not hold"),
                            HasSubstr("codes/torn.yaml:"),
                            HasSubstr("codez/cards.yaml:1: no part of a region has this folder"),
                            HasSubstr("regoin.yaml:1: no part of a region has this name"),
                            HasSubstr("sample/entries.jsonl:3: not an object"),
                            HasSubstr("sample/entries.jsonl:4: ")));
    folder.write("lexicon/salt.tsv", "# salts\nid\tzh\ta row that is none\n");
    EXPECT_THAT(check_region_files(folder.path()), Contains(HasSubstr("salt.tsv:2")));
}

}  // namespace
}  // namespace app
