#include "contract/text_source.h"

#include <charconv>
#include <cstdio>

#include <stdlib.h>

#include "base/check.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "format/content_type.h"
#include "format/encoding.h"
#include "format/xml.h"
#include "format/zip.h"

namespace contract {
namespace {

using base::invalid;
using base::refuse;
using base::Result;

/// A file that only we can read, gone with the object.
class ScratchFile {
  public:
    ScratchFile(const std::filesystem::path& folder, std::string_view bytes) {
        std::string name = (folder / "contract-XXXXXX").string();
        int descriptor = ::mkstemp(name.data());  // made with mode 0600
        if (descriptor < 0) return;
        path_ = name;
        FILE* file = ::fdopen(descriptor, "wb");
        CHECK(file != nullptr);
        bool whole = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
        is_written_ = (std::fclose(file) == 0) && whole;
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove(path_, ignored);
    }
    bool is_written() const { return is_written_; }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    bool is_written_ = false;
};

void add_paragraph(ContractText& text, std::string_view line) {
    std::string trimmed = base::trim(line);
    if (!trimmed.empty()) text.paragraphs.push_back(std::move(trimmed));
}

/// Cuts what is beyond the limit, and says so.
void limit_characters(ContractText& text, const TextLimits& limits) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.paragraphs.size(); ++i) {
        characters += base::count_characters(text.paragraphs[i]);
        if (characters <= limits.characters_max) continue;
        text.paragraphs.resize(i);
        text.remarks.emplace_back("text_characters_cut");
        return;
    }
}

Result<ContractText> finished(ContractText text, const TextLimits& limits) {
    limit_characters(text, limits);
    if (text.paragraphs.empty()) return refuse(invalid("text_empty"));
    return text;
}

base::Error tool_failure(const base::Error& problem) {
    if (problem.code == "program_missing") {
        return base::error(base::ErrorKind::unavailable, "text_tool_missing");
    }
    if (problem.code == "program_timed_out" || problem.code == "program_killed") {
        return invalid("text_timed_out");
    }
    if (problem.code == "program_output_too_large") return invalid("text_too_large");
    return problem;
}

/// The number behind "Pages:" of pdfinfo; 0 when it says none.
int pages_in(std::string_view report) {
    std::size_t at = report.find("Pages:");
    if (at == report.npos) return 0;
    std::string_view rest = report.substr(at + 6);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    int pages = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), pages);
    return pages;
}

Result<ContractText> read_pdf(std::string_view bytes, const std::filesystem::path& scratch,
                              const TextLimits& limits) {
    ScratchFile file(scratch, bytes);
    if (!file.is_written())
        return refuse(base::error(base::ErrorKind::unavailable, "file_unwritable"));
    base::SubprocessLimits allowed;
    allowed.output_bytes = limits.characters_max * 4;
    auto about = base::run_subprocess({"pdfinfo", file.path().string()}, scratch, allowed);
    if (!about) return refuse(tool_failure(about.error()));
    if (about->error_output.find("Incorrect password") != std::string::npos) {
        return refuse(invalid("text_encrypted"));
    }
    ContractText text;
    text.pages = pages_in(about->output);
    if (about->exit_code != 0 || text.pages == 0) return refuse(invalid("text_unreadable"));
    if (text.pages > limits.pages_max) text.remarks.emplace_back("text_pages_cut");
    auto plain = base::run_subprocess({"pdftotext", "-enc", "UTF-8", "-nopgbrk", "-l",
                                       std::to_string(limits.pages_max), file.path().string(), "-"},
                                      scratch, allowed);
    if (!plain) return refuse(tool_failure(plain.error()));
    if (plain->exit_code != 0 || !base::is_valid_utf8(plain->output)) {
        return refuse(invalid("text_unreadable"));
    }
    text.paragraphs = paragraphs_of(plain->output);
    return finished(std::move(text), limits);
}

/// The runs of one paragraph; tabs and breaks as one space.
void gather_runs(const pugi::xml_node& node, std::string& into) {
    for (const pugi::xml_node& child : node.children()) {
        std::string_view name = child.name();
        if (name == "w:t") into += child.text().get();
        if (name == "w:tab" || name == "w:br") into += ' ';
        // Deleted text of tracked changes (w:delText) is not part of the contract.
        if (name != "w:p") gather_runs(child, into);
    }
}

void gather_paragraphs(const pugi::xml_node& node, ContractText& text) {
    for (const pugi::xml_node& child : node.children()) {
        if (std::string_view(child.name()) == "w:p") {
            std::string line;
            gather_runs(child, line);
            add_paragraph(text, line);
        }
        gather_paragraphs(child, text);
    }
}

Result<ContractText> read_docx(std::string_view bytes, const TextLimits& limits) {
    format::ZipLimits allowed;
    allowed.entry_bytes_max = allowed.total_bytes_max = limits.archive_bytes_max;
    auto archive = format::ZipReader::open(std::string(bytes), allowed);
    if (!archive) return refuse(invalid("text_unreadable").because({archive.error()}));
    auto xml = archive->read("word/document.xml");
    if (!xml) return refuse(invalid("text_unreadable").because({xml.error()}));
    auto document = format::parse_xml(*xml, limits.archive_bytes_max);
    if (!document) return refuse(invalid("text_unreadable").because({document.error()}));
    ContractText text;
    if (archive->has("word/vbaProject.bin")) text.remarks.emplace_back("text_macros_ignored");
    gather_paragraphs(**document, text);
    return finished(std::move(text), limits);
}

/// Whether a line ends a sentence or a heading, so that the next one does not continue it.
bool ends_here(std::string_view line) {
    for (std::string_view mark : {"。", "；", "：", "！", "？", ".", ";", ":", "、"}) {
        if (line.ends_with(mark)) return true;
    }
    return base::count_characters(line) < 24;
}

/// Whether a line begins a numbered clause.
bool begins_anew(std::string_view line) {
    if (line.starts_with("第") || line.starts_with("（") || line.starts_with("(")) return true;
    for (std::string_view digit : {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}) {
        if (line.starts_with(digit)) return true;
    }
    return !line.empty() && line.front() >= '0' && line.front() <= '9';
}

}  // namespace

std::vector<std::string> paragraphs_of(std::string_view utf8) {
    std::vector<std::string> result;
    bool goes_on = false;  // judged by the last line alone: a paragraph may grow to megabytes
    for (const std::string& raw : base::split(utf8, '\n')) {
        std::string line = base::trim(raw);
        if (line.empty()) continue;
        bool continues = goes_on && !begins_anew(line);
        goes_on = !ends_here(line);
        if (continues) {
            result.back() += line;
        } else {
            result.push_back(std::move(line));
        }
    }
    return result;
}

Result<ContractText> read_contract_text(std::string_view bytes,
                                        const std::filesystem::path& scratch,
                                        const TextLimits& limits) {
    if (bytes.empty()) return refuse(invalid("text_empty"));
    switch (format::detect(bytes)) {
        case format::ContentType::pdf:
            return read_pdf(bytes, scratch, limits);
        case format::ContentType::docx:
            return read_docx(bytes, limits);
        case format::ContentType::zip:
        case format::ContentType::png:
        case format::ContentType::jpeg:
        case format::ContentType::webp:
        case format::ContentType::gif:
        case format::ContentType::xlsx:
        case format::ContentType::pptx:
        case format::ContentType::mp4:
            return refuse(invalid("text_type_unsupported"));
        case format::ContentType::csv:
        case format::ContentType::text:
        case format::ContentType::unknown:
            break;
    }
    if (bytes.starts_with("PK")) return refuse(invalid("text_unreadable"));
    auto decoded = format::decode_text(bytes);
    if (!decoded) return refuse(invalid("text_encoding_unknown").because({decoded.error()}));
    if (base::has_control_characters(decoded->text)) {
        return refuse(invalid("text_type_unsupported"));
    }
    ContractText text;
    text.paragraphs = paragraphs_of(decoded->text);
    return finished(std::move(text), limits);
}

}  // namespace contract
