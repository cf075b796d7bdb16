#include "programme/definition.h"

#include <gtest/gtest.h>

#include "base/texts.h"
#include "base/yaml.h"
#include "programme/compose.h"
#include "programme/programmes.h"

namespace programme {
namespace {

const workflow::Codes& codes() {
    static const workflow::Codes loaded =
        *workflow::Codes::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/codes");
    return loaded;
}

base::Error fault_of(std::string text) {
    auto loaded = Programme::from(*base::Yaml::parse(text, "test.yaml"), text, codes());
    EXPECT_FALSE(loaded) << text;
    return loaded ? base::Error() : loaded.error();
}

const std::string head = R"(programme: small
version: "1"
title: 小事项
summary: 试验
source: 试验
category: service
applicant: {who: [transfer_officer@own]}
windows: {always: yes}
)";

TEST(ProgrammeFile, TheRegionsFilesLoadAndComposeIntoSoundProcesses) {
    auto all = Programmes::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/programmes", codes());
    ASSERT_TRUE(all) << all.error().detail;
    ASSERT_GE(all->all().size(), 1u);
    const auto texts = base::Texts::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/texts");
    ASSERT_TRUE(texts);
    for (const Programme& programme : all->all()) {
        auto processes = compose(programme, *texts);
        ASSERT_TRUE(processes) << programme.code << ": " << base::describe(processes.error());
        for (const workflow::Process& process : *processes) {
            EXPECT_TRUE(process.faults().empty()) << process.faults().front();
            EXPECT_LE(process.code().size(), 40u);
        }
    }
}

TEST(ProgrammeFile, AFaultNamesFileAndLine) {
    const base::Error unknown_path = fault_of(head + R"(form:
  form: small
  title: 表
  fields: [{name: title, type: text, label: 名称}]
eligibility:
  - {code: a, text: 条件, require: {value: form.absent, is: x}}
steps: [{code: look, kind: check, title: 看, who: [officer@place]}]
)");
    EXPECT_EQ(unknown_path.code, "path_unknown");
    EXPECT_NE(unknown_path.detail.find("test.yaml:14"), std::string::npos) << unknown_path.detail;
    EXPECT_EQ(fault_of(head + "form: {form: small, title: 表, fields: [{name: title, type: text, "
                              "label: 名称}]}\nsteps: []\n")
                  .code,
              "list_empty");
    EXPECT_EQ(fault_of(head + "colour: red\n").code, "key_unknown");
}

TEST(ProgrammeFile, WindowsAreOpenOnBothTheirDays) {
    Windows windows;
    windows.yearly_from = 301;
    windows.yearly_to = 430;
    EXPECT_FALSE(windows.open_on({2026, 2, 28}));
    EXPECT_EQ(windows.open_on({2026, 3, 1})->batch, "2026");
    EXPECT_EQ(windows.open_on({2026, 4, 30})->batch, "2026");
    EXPECT_FALSE(windows.open_on({2026, 5, 1}));
    EXPECT_EQ(windows.next_after({2026, 5, 1})->opens, (base::Date{2027, 3, 1}));
    windows.names_last_year = true;
    EXPECT_EQ(windows.open_on({2026, 3, 1})->batch, "2025");
    EXPECT_EQ(windows.next_after({2026, 2, 1})->batch, "2025");
    windows.named.push_back({"2026-2", {2026, 9, 1}, {2026, 9, 30}});
    EXPECT_EQ(windows.open_on({2026, 9, 15})->batch, "2026-2");
    EXPECT_EQ(windows.next_after({2026, 5, 1})->batch, "2026-2");
}

}  // namespace
}  // namespace programme
