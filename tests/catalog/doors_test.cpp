// What a region's doors.yaml may not say is refused at start with file and line.
#include "catalog/doors.h"

#include <fstream>

#include <gtest/gtest.h>

#include "world.h"

namespace catalog {
namespace {

class DoorsFile : public ::testing::Test {
  protected:
    /// The refusal of a file with one suggestion, "" when it is taken.
    std::string refusal(const std::string& to, const std::string& limit) {
        std::filesystem::path file = folder_.path() / "doors.yaml";
        std::ofstream(file) << "doors:\n"
                               "  - {code: all, name: All, kinds: [achievement, demand]}\n"
                               "suggestions:\n"
                               "  - code: one\n"
                               "    from: [achievement]\n"
                               "    to: "
                            << to
                            << "\n"
                               "    title: Others\n"
                               "    because: Because\n"
                               "    limit: "
                            << limit << "\n";
        auto doors = Doors::load(file, test::Region::get().kinds);
        return doors ? "" : base::describe(doors.error());
    }
    support::TemporaryFolder folder_;
};

TEST_F(DoorsFile, ASuggestionLeadsToExactlyOneKind) {
    EXPECT_EQ(refusal("demand", "2"), "");
    EXPECT_EQ(refusal("[demand]", "2"), "");
    for (const char* to : {"[]", "[demand, talent]"}) {
        std::string text = refusal(to, "2");
        EXPECT_NE(text.find("doors.yaml:6"), std::string::npos) << to << ": " << text;
        EXPECT_NE(text.find("suggestion_needs_one_kind"), std::string::npos) << text;
    }
}

TEST_F(DoorsFile, ALimitIsAtLeastOneAndNotMoreThanAreLookedAt) {
    for (const char* limit : {"-1", "0", "51"}) {
        std::string text = refusal("demand", limit);
        EXPECT_NE(text.find("doors.yaml:9"), std::string::npos) << limit << ": " << text;
        EXPECT_NE(text.find("value_out_of_range"), std::string::npos) << text;
    }
    EXPECT_EQ(refusal("demand", "50"), "");
}

}  // namespace
}  // namespace catalog
