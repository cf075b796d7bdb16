#include "app/mailer.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/test_folder.h"
#include "base/text.h"

namespace app {
namespace {

int free_port() {
    int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    CHECK(::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0);
    CHECK(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    ::close(socket);
    return ntohs(address.sin_port);
}

/// aiosmtpd in a process of its own; what it got is in a file.
class SmtpServer {
  public:
    explicit SmtpServer(const std::filesystem::path& file) : file_(file), port_(free_port()) {
        std::string command = "exec /usr/bin/python3 " GUIQIAO_SOURCE_DIR
                              "/tests/support/smtp_server.py '" +
                              file.string() + "' " + std::to_string(port_) + " & echo $!; wait";
        pipe_ = ::popen(command.c_str(), "r");
        CHECK(pipe_ != nullptr);
        CHECK(std::fscanf(pipe_, "%d", &process_) == 1);
        char word[16];
        CHECK_WITH(std::fscanf(pipe_, "%15s", word) == 1, "the SMTP server did not start");
    }
    ~SmtpServer() {
        ::kill(process_, SIGTERM);
        ::pclose(pipe_);
    }
    std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
    std::string received() const {
        std::ifstream in(file_);
        std::stringstream text;
        text << in.rdbuf();
        return base::replace_all(text.str(), "\r", "");
    }

  private:
    std::filesystem::path file_;
    int port_;
    std::FILE* pipe_ = nullptr;
    int process_ = 0;
};

TEST(MailerTest, AMailArrivesAtARealServerWithItsTextUnbroken) {
    base::TestFolder folder;
    SmtpServer server(folder.path() / "mails");
    Mailer mailer({.url = server.url(), .from = "guiqiao@example.org", .password_file = {}});
    std::string text = "您好，“陶瓷膜”已发布。\n.\n" + std::string(200, 'x');
    auto sent =
        mailer.send({.to = "officer@example.org", .subject = "桂桥：1 条新提醒", .text = text});
    ASSERT_TRUE(sent.has_value()) << base::describe(sent.error());
    std::string received = server.received();
    EXPECT_THAT(received, testing::HasSubstr("TO officer@example.org\n"));
    EXPECT_THAT(received,
                testing::HasSubstr("Subject: =?UTF-8?B?" + base::to_base64("桂桥：1 条新提醒")));
    std::size_t body = received.find("\n\n") + 2;
    std::string encoded = received.substr(body, received.find("\n--end--") - body);
    auto decoded = base::from_base64(base::replace_all(encoded, "\n", ""));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, text);
}

TEST(MailerTest, AddressesCannotCarryHeaders) {
    for (const char* address : {"", "nobody", "a@b\r\nBcc: c@d", "a b@c", "a@b,c@d", "<a@b>"}) {
        auto message = mime_of({.to = address, .subject = "s", .text = "t"}, "from@example.org");
        ASSERT_FALSE(message.has_value()) << address;
        EXPECT_EQ(message.error().code, "mail_address_malformed");
    }
}

TEST(MailerTest, AServerThatIsNotThereIsARefusalNotACrash) {
    Mailer mailer({.url = "smtp://127.0.0.1:" + std::to_string(free_port()),
                   .from = "a@example.org",
                   .password_file = {}});
    auto sent = mailer.send({.to = "b@example.org", .subject = "s", .text = "t"});
    ASSERT_FALSE(sent.has_value());
    EXPECT_EQ(sent.error().code, "mail_not_sent");
}

}  // namespace
}  // namespace app
