// The diligence archive as a download: summary for people, zip around everything.
#include "trade/archive_api.h"

#include "format/pdf.h"
#include "format/zip.h"

namespace trade {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class Summary {
  public:
    Summary(const ArchiveTools& tools, base::Language language)
        : tools_(tools), language_(language) {}

    std::string pdf(const Diligence& file, const std::string& seller, const std::string& buyer,
                    base::Time now) const {
        format::PdfDocument document({.title = text("title") + " " + file.agreement.result_name(),
                                      .language = language_,
                                      .created = now,
                                      .footer = file.agreement.id.text()});
        document.title(text("title"));
        Pairs pairs{{text("result_name"), file.agreement.result_name()},
                    {text("seller"), seller},
                    {text("buyer"), buyer},
                    {text("price"), price(file)},
                    {text("made_at"), base::to_local_string(now)}};
        document.key_values(pairs);
        document.heading(text("items"));
        document.table({{text("item"), 4},
                        {text("state"), 2},
                        {text("at"), 3},
                        {text("seq"), 2},
                        {text("hash"), 5}},
                       item_rows(file));
        document.heading(text("order"));
        document.table({{text("at"), 3}, {text("seq"), 2}, {text("event"), 6}}, step_rows(file));
        document.note(text("verify"));
        return document.finish();
    }

  private:
    std::string text(std::string_view key) const {
        return tools_.texts->get(language_, "trade.archive." + std::string(key));
    }

    std::string price(const Diligence& file) const {
        if (const auto amount = file.agreement.price())
            return amount->to_grouped_string() + " " + std::string(amount->currency.code());
        return base::text_at(file.agreement.body, "price_formula");
    }

    std::vector<std::vector<std::string>> item_rows(const Diligence& file) const {
        std::vector<std::vector<std::string>> rows;
        for (const DiligenceItem& item : file.items) {
            const auto named = [&](std::string_view group, std::string_view code) {
                return tools_.texts->get(language_,
                                         "trade." + std::string(group) + "." + std::string(code));
            };
            rows.push_back({named("item", item.code), named("item_state", to_string(item.state)),
                            item.at ? base::to_local_string(*item.at) : "",
                            item.seq > 0 ? std::to_string(item.seq) : "", item.hash});
        }
        return rows;
    }

    std::vector<std::vector<std::string>> step_rows(const Diligence& file) const {
        std::vector<std::vector<std::string>> rows;
        for (const DiligenceStep& step : file.steps) {
            rows.push_back({base::to_local_string(step.row.at), std::to_string(step.row.seq),
                            text("step." + step.role)});
        }
        return rows;
    }

    const ArchiveTools& tools_;
    base::Language language_;
};

base::Result<std::string> name_of(store::Reader& reader,
                                  const base::Id<party::Organisation>& organisation) {
    return TRY(party::Organisations::require(reader, organisation)).name;
}

base::Result<ArchiveFiles> make_files(store::Reader& reader, const ArchiveTools& tools,
                                      const party::Actor& actor,
                                      const base::Id<contract::Agreement>& id,
                                      base::Language language, base::Time now) {
    const Diligence file = TRY(tools.diligence->gather(reader, actor, id));
    ArchiveFiles files = TRY(archive_files(reader, file, tools.diligence->objections(),
                                           *tools.attachments, *tools.signer));
    files["summary.pdf"] = Summary(tools, language)
                               .pdf(file, TRY(name_of(reader, file.agreement.seller)),
                                    TRY(name_of(reader, file.agreement.buyer)), now);
    files["README.txt"] = tools.texts->get(base::Language::zh_cn, "trade.archive.readme") + "\n\n" +
                          tools.texts->get(base::Language::en, "trade.archive.readme") + "\n";
    TRY(seal_archive(reader, files, file, *tools.signer, now));
    return files;
}

}  // namespace

base::Result<std::string> make_archive(const ArchiveTools& tools, const party::Actor& actor,
                                       const base::Id<contract::Agreement>& id,
                                       base::Language language) {
    // Who may not have it does not make the site sign batches either.
    TRY(tools.database->read<void>([&](store::Reader& reader) -> base::Status {
        TRY(tools.diligence->gather(reader, actor, id));
        return {};
    }));
    TRY(store::sign_batch(*tools.database, *tools.signer));
    const base::Time now = tools.database->clock().now();
    const ArchiveFiles files = TRY(tools.database->read<ArchiveFiles>([&](store::Reader& reader) {
        return make_files(reader, tools, actor, id, language, now);
    }));
    format::ZipWriter zip;
    for (const auto& [path, bytes] : files)
        zip.add(path, bytes, now);
    return zip.finish();
}

base::Result<ArchiveReport> verify_archive(std::string zip, std::string_view public_key_pem) {
    format::ZipReader reader = TRY(format::ZipReader::open(std::move(zip)));
    ArchiveFiles files;
    for (const format::ZipEntry& entry : reader.entries())
        files[entry.name] = TRY(reader.read(entry.name));
    return verify_archive_files(files, public_key_pem);
}

}  // namespace trade
