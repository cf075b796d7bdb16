#include "base/subprocess.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"

namespace base {
namespace {

constexpr std::size_t error_output_max = 64 << 10;
constexpr int start_failed = 127;

/// A file descriptor that is closed once.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }
    void reset(int number = -1) {
        if (number_ >= 0) ::close(number_);
        number_ = number;
    }
    int number() const { return number_; }

  private:
    int number_ = -1;
};

struct Pipe {
    Descriptor read_end, write_end;
    Pipe() {
        int ends[2];
        CHECK(::pipe2(ends, O_CLOEXEC) == 0);
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
    }
};

/// The full path of a program, looked up before the fork: after it only system calls are safe.
std::optional<std::string> find_program(const std::string& name) {
    if (name.find('/') != name.npos) {
        if (::access(name.c_str(), X_OK) == 0) return name;
        return {};
    }
    const char* path = std::getenv("PATH");
    for (const std::string& folder : split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
        std::string candidate = folder + "/" + name;
        if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

void limit(__rlimit_resource resource, rlim_t value) {
    struct rlimit bounds{value, value};
    if (::setrlimit(resource, &bounds) != 0) ::_exit(start_failed);
}

/// Everything the child needs, made before the fork so that the child allocates nothing.
struct Plan {
    std::string program;
    std::string folder;
    std::vector<char*> arguments;
    std::vector<char*> environment;
    const SubprocessLimits& limits;
};

[[noreturn]] void become(const Plan& plan, int null_file, int output, int error_output) {
    ::setpgid(0, 0);  // so that what it starts is killed with it
    ::dup2(null_file, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(error_output, STDERR_FILENO);
    ::close_range(3, ~0U, 0);
    if (::chdir(plan.folder.c_str()) != 0) ::_exit(start_failed);
    limit(RLIMIT_CPU, static_cast<rlim_t>(plan.limits.cpu_seconds));
    limit(RLIMIT_AS, plan.limits.memory_bytes);
    limit(RLIMIT_FSIZE, plan.limits.file_bytes);
    limit(RLIMIT_CORE, 0);
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(plan.program.c_str(), plan.arguments.data(), plan.environment.data());
    ::_exit(start_failed);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// Ends the program with all that it started, and waits for it. Returns the wait status.
int reap(pid_t child) {
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

enum class Collected { all, timed_out, too_large };

/// Appends what is there; false at the end of the stream.
bool drain(int descriptor, std::string& text) {
    char buffer[1 << 14];
    ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    text.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
}

Collected collect(Pipe& output, Pipe& errors, const SubprocessLimits& limits,
                  SubprocessResult& result) {
    Duration deadline = elapsed_since_start() + limits.wall_time;
    std::array<pollfd, 2> streams{pollfd{output.read_end.number(), POLLIN, 0},
                                  pollfd{errors.read_end.number(), POLLIN, 0}};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        std::int64_t left = deadline.microseconds - elapsed_since_start().microseconds;
        if (left <= 0) return Collected::timed_out;
        int ready = ::poll(streams.data(), streams.size(), static_cast<int>(left / 1000 + 1));
        if (ready <= 0) continue;
        if (streams[0].revents != 0 && !drain(streams[0].fd, result.output)) streams[0].fd = -1;
        if (streams[1].revents != 0) {
            if (!drain(streams[1].fd, result.error_output)) streams[1].fd = -1;
            result.error_output.resize(std::min(result.error_output.size(), error_output_max));
        }
        if (result.output.size() > limits.output_bytes) return Collected::too_large;
    }
    return Collected::all;
}

/// Waits for a program that has closed its output, at most until the deadline.
bool wait_for(pid_t child, Duration deadline, int& status) {
    while (true) {
        pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) return true;
        if (elapsed_since_start() > deadline) return false;
        ::poll(nullptr, 0, 2);
    }
}

}  // namespace

Result<SubprocessResult> run_subprocess(const std::vector<std::string>& command,
                                        const std::filesystem::path& folder,
                                        const SubprocessLimits& limits) {
    CHECK(!command.empty());
    auto fail = [&](ErrorKind kind, std::string_view code, std::string_view words) {
        return refuse(error(kind, code)
                          .with("program", command[0])
                          .saying(command[0] + ": " + std::string(words)));
    };
    auto program = find_program(command[0]);
    if (!program) return fail(ErrorKind::unavailable, "program_missing", "not installed");

    std::vector<std::string> arguments = command;
    std::vector<std::string> environment{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8",
                                         "HOME=/nonexistent"};
    Plan plan{*program, folder.string(), pointers_to(arguments), pointers_to(environment), limits};
    Pipe output;
    Pipe errors;
    Descriptor null_file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    Duration deadline = elapsed_since_start() + limits.wall_time;
    pid_t child = ::fork();
    if (child < 0) return fail(ErrorKind::unavailable, "program_missing", "cannot be started now");
    if (child == 0) {
        become(plan, null_file.number(), output.write_end.number(), errors.write_end.number());
    }
    output.write_end.reset();
    errors.write_end.reset();

    SubprocessResult result;
    Collected collected = collect(output, errors, limits, result);
    int status = 0;
    if (collected == Collected::all && !wait_for(child, deadline, status)) {
        collected = Collected::timed_out;
    }
    if (collected == Collected::timed_out) {
        reap(child);
        return fail(ErrorKind::invalid, "program_timed_out", "took too long");
    }
    if (collected == Collected::too_large) {
        reap(child);
        return fail(ErrorKind::too_large, "program_output_too_large", "wrote too much");
    }
    ::kill(-child, SIGKILL);  // what it may have left running
    if (!WIFEXITED(status)) {
        std::string words = "ended by signal " + std::to_string(WTERMSIG(status));
        return fail(ErrorKind::invalid, "program_killed", words);
    }
    result.exit_code = WEXITSTATUS(status);
    return result;
}

}  // namespace base
