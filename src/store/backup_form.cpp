#include "store/backup_form.h"

#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "store/files.h"

namespace store {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view format_name = "guiqiao-backup-1";

base::Error unreadable(std::string_view words) {
    return base::invalid("backup_unreadable").saying(words);
}

std::string whole_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct UrlParts {
    std::string without_password;
    std::string password;  ///< as written, percent-encoded
};

UrlParts take_password(const std::string& url) {
    std::size_t start = url.find("://") + 3;
    std::size_t at = url.find('@', start);
    std::size_t colon = url.find(':', start);
    if (at == std::string::npos || colon == std::string::npos || colon > at) return {url, {}};
    return {url.substr(0, colon) + url.substr(at), url.substr(colon + 1, at - colon - 1)};
}

std::string decode_percent(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        base::Result<std::string> byte = base::refuse(base::invalid("hex_malformed"));
        if (text[i] == '%') byte = base::from_hex(text.substr(i + 1, 2));
        if (byte && byte->size() == 1) {
            decoded += *byte;
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

/// A password file in libpq's format, removed when done.
class PasswordFile {
  public:
    PasswordFile(const fs::path& folder, std::string_view password)
        : path_(folder / (".pgpass-" + std::to_string(::getpid()))) {
        std::string line = "*:*:*:*:";
        for (char c : password) {
            if (c == ':' || c == '\\') line += '\\';
            line += c;
        }
        int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (descriptor < 0) return;
        written_ =
            ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
        ::close(descriptor);
    }
    ~PasswordFile() { ::unlink(path_.c_str()); }
    PasswordFile(const PasswordFile&) = delete;
    PasswordFile& operator=(const PasswordFile&) = delete;
    const fs::path& path() const { return path_; }
    bool is_written() const { return written_; }

  private:
    fs::path path_;
    bool written_ = false;
};

base::Status run_tool(const std::vector<std::string>& command, const fs::path& folder,
                      std::string_view code) {
    base::SubprocessLimits limits;
    limits.wall_time = base::hours(12);
    limits.cpu_seconds = 12 * 3600;
    limits.memory_bytes = std::size_t{8} << 30;
    limits.file_bytes = std::size_t{1} << 42;
    base::Result<base::SubprocessResult> done = base::run_subprocess(command, folder, limits);
    if (done && done->exit_code == 0) return {};
    std::string words = done ? done->error_output : base::describe(done.error());
    return base::refuse(base::error(base::ErrorKind::unavailable, code)
                            .with("program", command.front())
                            .saying(words));
}

}  // namespace

std::string_view database_file_name(Dialect dialect) {
    return dialect == Dialect::sqlite ? "database.sqlite" : "database.pgdump";
}

std::string to_json_text(const BackupManifest& manifest) {
    base::json::object object{
        {"format", format_name},
        {"database", manifest.dialect == Dialect::sqlite ? "sqlite" : "postgresql"},
        {"made_at", base::to_iso(manifest.made_at)},
        {"last_seq", manifest.last_seq},
        {"files_txt_sha256", manifest.list_sha256}};
    return base::canonical_json(object) + "\n";
}

base::Result<BackupManifest> read_manifest(const fs::path& folder) {
    fs::path path = folder / manifest_name;
    std::error_code fault;
    if (!fs::is_regular_file(path, fault)) {
        return base::refuse(unreadable(path.string() + " is missing"));
    }
    base::Result<base::json::value> value = base::parse_json(whole_file(path));
    if (!value || !value->is_object()) return base::refuse(unreadable(path.string()));
    const base::json::object& object = value->get_object();
    if (base::text_at(object, "format") != format_name) {
        return base::refuse(unreadable("format " + base::text_at(object, "format")));
    }
    std::string dialect = base::text_at(object, "database");
    base::Result<base::Time> made_at = base::parse_iso(base::text_at(object, "made_at"));
    std::optional<std::int64_t> last_seq = base::integer_at(object, "last_seq");
    if ((dialect != "sqlite" && dialect != "postgresql") || !made_at || !last_seq) {
        return base::refuse(unreadable(path.string()));
    }
    return BackupManifest{dialect == "sqlite" ? Dialect::sqlite : Dialect::postgresql, *made_at,
                          *last_seq, base::text_at(object, "files_txt_sha256")};
}

base::Result<std::vector<BackupFile>> read_list(const fs::path& folder,
                                                const BackupManifest& manifest) {
    auto damaged = [](std::string_view path) {
        return base::refuse(base::invalid("backup_damaged").with("path", path));
    };
    std::string text = whole_file(folder / list_name);
    if (base::to_hex(base::sha256(text)) != manifest.list_sha256) return damaged(list_name);
    std::vector<BackupFile> files;
    for (const std::string& line : base::split(text, '\n')) {
        if (line.empty()) continue;
        BackupFile file{line.substr(0, 64), line.size() > 66 ? line.substr(66) : ""};
        fs::path path(file.path);
        bool inside = !path.empty() && path.is_relative() && path == path.lexically_normal() &&
                      *path.begin() != "..";
        if (!Files::is_address(file.sha256) || !inside) return damaged(list_name);
        files.push_back(std::move(file));
    }
    return files;
}

base::Status run_postgresql_tool(std::vector<std::string> command, const std::string& url,
                                 const fs::path& folder, std::string_view code) {
    UrlParts parts = take_password(url);
    if (parts.password.empty()) {
        command.push_back("--dbname=" + url);
        return run_tool(command, folder, code);
    }
    PasswordFile file(folder, decode_percent(parts.password));
    if (!file.is_written()) {
        return base::refuse(base::error(base::ErrorKind::unavailable, "storage_unavailable")
                                .saying(file.path().string()));
    }
    std::string separator = parts.without_password.find('?') == std::string::npos ? "?" : "&";
    command.push_back("--dbname=" + parts.without_password + separator +
                      "passfile=" + fs::absolute(file.path()).string());
    return run_tool(command, folder, code);
}

}  // namespace store
