#include "party/password.h"

#include <algorithm>
#include <array>
#include <semaphore>

#include <sodium.h>

#include "base/check.h"
#include "base/text.h"

namespace party {

namespace {

constexpr std::size_t characters_min = 10;
constexpr std::size_t characters_max = 200;

/// The bare words of the most used passwords (public breach statistics, with the Chinese habits).
/// A password is common if it is one of these, or one of these followed by digits and signs.
constexpr std::string_view common_words[] = {"password",   "passw0rd",   "p@ssword",
                                             "p@ssw0rd",   "pa55word",   "pass",
                                             "passwd",     "admin",      "administrator",
                                             "root",       "superuser",  "sysadmin",
                                             "system",     "manager",    "master",
                                             "guest",      "user",       "username",
                                             "test",       "tester",     "testing",
                                             "default",    "changeme",   "changeit",
                                             "letmein",    "welcome",    "login",
                                             "logon",      "access",     "secret",
                                             "private",    "public",     "computer",
                                             "internet",   "server",     "service",
                                             "network",    "database",   "oracle",
                                             "mysql",      "postgres",   "linux",
                                             "windows",    "microsoft",  "google",
                                             "apple",      "samsung",    "huawei",
                                             "xiaomi",     "lenovo",     "alibaba",
                                             "taobao",     "tencent",    "baidu",
                                             "wechat",     "weixin",     "qwerty",
                                             "qwertyui",   "qwertyuiop", "qwert",
                                             "qazwsx",     "qazwsxedc",  "wsxedc",
                                             "asdf",       "asdfgh",     "asdfghjk",
                                             "asdfghjkl",  "zxcvbn",     "zxcvbnm",
                                             "zaqxsw",     "zaqwsx",     "poiuyt",
                                             "lkjhgf",     "mnbvcxz",    "qweasd",
                                             "qweasdzxc",  "asdzxc",     "qwe",
                                             "asd",        "zxc",        "abc",
                                             "abcd",       "abcde",      "abcdef",
                                             "abcdefg",    "abcdefgh",   "aaa",
                                             "aaaa",       "aa",         "a",
                                             "q",          "z",          "x",
                                             "iloveyou",   "love",       "lovely",
                                             "loveyou",    "woaini",     "woaiwojia",
                                             "wodemima",   "mima",       "nihao",
                                             "zhongguo",   "china",      "beijing",
                                             "shanghai",   "guangxi",    "nanning",
                                             "liuzhou",    "guilin",     "guiqiao",
                                             "guangzhou",  "shenzhen",   "wuhan",
                                             "chengdu",    "hello",      "helloworld",
                                             "princess",   "sunshine",   "monkey",
                                             "dragon",     "football",   "baseball",
                                             "basketball", "superman",   "batman",
                                             "spiderman",  "starwars",   "pokemon",
                                             "naruto",     "freedom",    "whatever",
                                             "trustno",    "shadow",     "michael",
                                             "jordan",     "jennifer",   "jessica",
                                             "charlie",    "daniel",     "andrew",
                                             "thomas",     "robert",     "george",
                                             "ashley",     "nicole",     "hannah",
                                             "summer",     "winter",     "spring",
                                             "autumn",     "january",    "february",
                                             "march",      "april",      "june",
                                             "july",       "august",     "september",
                                             "october",    "november",   "december",
                                             "monday",     "tuesday",    "wednesday",
                                             "thursday",   "friday",     "saturday",
                                             "sunday",     "flower",     "cookie",
                                             "cheese",     "chocolate",  "banana",
                                             "orange",     "pepper",     "ginger",
                                             "tigger",     "killer",     "hunter",
                                             "soccer",     "hockey",     "golf",
                                             "mustang",    "ferrari",    "mercedes",
                                             "porsche",    "harley",     "corvette",
                                             "money",      "lucky",      "happy",
                                             "smile",      "angel",      "heaven",
                                             "jesus",      "christ",     "matrix",
                                             "phoenix",    "thunder",    "lightning",
                                             "silver",     "golden",     "diamond",
                                             "purple",     "yellow",     "school",
                                             "student",    "teacher",    "doctor",
                                             "company",    "office",     "business",
                                             "keji",       "kejiju",     "kejiting",
                                             "technology", "transfer",   "xinxi",
                                             "daxue",      "university", "woshishui",
                                             "wangyi",     "wanglei",    "zhangwei",
                                             "zhangsan",   "lisi",       "liwei",
                                             "xiaoming",   "baobao",     "baobei",
                                             "laopo",      "laogong",    "meinv",
                                             "shuaige",    "tiancai",    "ohmygod",
                                             "fuckyou",    "asshole",    "nopassword"};

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

bool is_letter(char letter) {
    return letter >= 'a' && letter <= 'z';
}

/// "qwerty" of "123qwerty!2026"; empty when nothing but digits and signs.
std::string_view core_of(std::string_view folded) {
    std::size_t first = 0;
    while (first < folded.size() && (is_digit(folded[first])))
        ++first;
    std::size_t last = folded.size();
    while (last > first && !is_letter(folded[last - 1]) &&
           static_cast<unsigned char>(folded[last - 1]) < 0x80)
        --last;
    return folded.substr(first, last - first);
}

bool is_common(std::string_view folded) {
    const std::string_view core = core_of(folded);
    if (core.empty()) return true;  // digits and signs only: birthdays, phone numbers, runs
    const auto matches = [](std::string_view text) {
        return std::ranges::find(common_words, text) != std::end(common_words);
    };
    if (matches(core) || matches(folded)) return true;
    // The same word twice: "adminadmin".
    const std::size_t half = core.size() / 2;
    return core.size() % 2 == 0 && core.substr(0, half) == core.substr(half) &&
           matches(core.substr(0, half));
}

/// One character repeated, or each the next of the one before ("abcdefghij").
bool is_run(std::string_view text) {
    for (const int step : {0, 1, -1}) {
        bool all = true;
        for (std::size_t i = 1; i < text.size() && all; ++i)
            all = static_cast<int>(static_cast<unsigned char>(text[i])) -
                      static_cast<int>(static_cast<unsigned char>(text[i - 1])) ==
                  step;
        if (all) return true;
    }
    return false;
}

std::unexpected<base::Error> weak(std::string_view rule) {
    return base::refuse(base::invalid("password_weak").with("rule", rule).at("password"));
}

void start_sodium() {
    static const int started = sodium_init();
    CHECK(started >= 0);
}

std::counting_semaphore<4>& hashing_slots() {
    static std::counting_semaphore<4> slots{4};
    return slots;
}

class Slot {
  public:
    Slot() { hashing_slots().acquire(); }
    ~Slot() { hashing_slots().release(); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
};

std::string hash_unguarded(std::string_view password) {
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const int failed = crypto_pwhash_str_alg(
        text.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
        crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
    CHECK_WITH(failed == 0, "no memory for Argon2id");
    return text.data();
}

}  // namespace

std::string hash_password(std::string_view password) {
    start_sodium();
    const Slot slot;
    return hash_unguarded(password);
}

bool verify_password(std::string_view hash, std::string_view password) {
    start_sodium();
    const Slot slot;
    static const std::string nobody = hash_unguarded("nobody has this password");
    const std::string text(hash.empty() ? std::string_view(nobody) : hash);
    const bool right =
        crypto_pwhash_str_verify(text.c_str(), password.data(), password.size()) == 0;
    return right && !hash.empty();
}

base::Status check_password_policy(std::string_view password, std::string_view login,
                                   std::string_view name) {
    if (!base::is_valid_utf8(password) || base::has_control_characters(password))
        return weak("characters");
    const std::size_t length = base::count_characters(password);
    if (length < characters_min) return weak("too_short");
    if (length > characters_max) return weak("too_long");
    const std::string folded = base::fold(password);
    const std::string folded_login = base::fold(login);
    if (!folded_login.empty() && (folded == folded_login || core_of(folded) == folded_login))
        return weak("is_login");
    if (!name.empty() && folded == base::fold(name)) return weak("is_name");
    if (is_run(folded)) return weak("is_run");
    if (is_common(folded)) return weak("is_common");
    return {};
}

}  // namespace party
