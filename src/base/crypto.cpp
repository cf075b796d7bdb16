#include "base/crypto.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hash.h"

namespace base {
namespace {

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;
using Key = Owned<EVP_PKEY>;

Error key_fault(const std::filesystem::path& file, std::string_view words) {
    return error(ErrorKind::unavailable, "key_unreadable")
        .with("file", file.filename().string())
        .saying(file.string() + ": " + std::string(words));
}

void free_bio(BIO* bio) {
    BIO_free_all(bio);
}

std::string take_text(BIO* bio) {
    char* data = nullptr;
    long length = BIO_get_mem_data(bio, &data);
    CHECK(length >= 0);
    return {data, static_cast<std::size_t>(length)};
}

bool write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

void sync_folder(const std::filesystem::path& folder) {
    int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

/// Puts `bytes` at `file` with mode 0600, whole or not at all, and never over an existing file: a
/// key that two starting processes both make must be one key. True also if the file is there now.
bool create_secret_file(const std::filesystem::path& file, std::string_view bytes) {
    std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    std::string draft = file.string() + ".XXXXXX";
    int descriptor = ::mkostemp(draft.data(), O_CLOEXEC);  // mode 0600
    if (descriptor < 0) return false;
    bool written = write_all(descriptor, bytes) && ::fsync(descriptor) == 0;
    ::close(descriptor);
    bool there = written && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
    ::unlink(draft.c_str());
    if (there) sync_folder(folder);
    return there;
}

Result<std::string> read_secret_file(const std::filesystem::path& file) {
    struct stat facts{};
    if (::stat(file.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return refuse(key_fault(file, "not a readable file"));
    }
    if ((facts.st_mode & S_IRWXO) != 0) {
        return refuse(key_fault(file, "open to every user of the machine; run chmod 600 on it"));
    }
    std::ifstream in(file, std::ios::binary);
    std::string bytes(65'536, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!in.eof() || in.bad()) return refuse(key_fault(file, "cannot be read"));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
}

/// What OpenSSL calls the key kind; nothing for a kind we do not have.
std::optional<const char*> key_type(std::string_view algorithm) {
    if (algorithm == "ed25519") return "ED25519";
    if (algorithm == "sm2") return "SM2";
    return {};
}

/// The hash and signer id that go with a key kind. SM2 signs with SM3 and the default id of
/// GB/T 35276; Ed25519 has its own hash.
struct Scheme {
    const char* hash = nullptr;
    OSSL_PARAM parameters[2] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};

    explicit Scheme(std::string_view algorithm) {
        static char signer_id[] = "1234567812345678";
        if (algorithm != "sm2") return;
        hash = "SM3";
        parameters[0] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_DIST_ID, signer_id,
                                                          sizeof signer_id - 1);
    }
};

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

Key make_key(const char* type) {
    Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, type), EVP_PKEY_free);
    CHECK(key != nullptr);
    return key;
}

std::string private_pem(EVP_PKEY* key) {
    Owned<BIO> bio(BIO_new(BIO_s_secmem()), free_bio);
    CHECK(bio != nullptr);
    CHECK(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return take_text(bio.get());
}

class OpensslSigner final : public Signer {
  public:
    OpensslSigner(Key key, std::string_view algorithm)
        : key_(std::move(key)), algorithm_(algorithm) {}

    std::string_view algorithm() const override { return algorithm_; }

    std::string sign(std::string_view message) const override {
        Scheme scheme(algorithm_);
        Owned<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        CHECK(context != nullptr);
        CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, scheme.hash, nullptr, nullptr,
                                    key_.get(), scheme.parameters) == 1);
        std::size_t length = 0;
        CHECK(EVP_DigestSign(context.get(), nullptr, &length, bytes_of(message), message.size()) ==
              1);
        std::string signature(length, '\0');
        CHECK(EVP_DigestSign(context.get(), bytes_of(signature), &length, bytes_of(message),
                             message.size()) == 1);
        signature.resize(length);
        return signature;
    }

    std::string public_key_pem() const override {
        Owned<BIO> bio(BIO_new(BIO_s_mem()), free_bio);
        CHECK(bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1);
        return take_text(bio.get());
    }

  private:
    Key key_;
    std::string algorithm_;
};

constexpr std::string_view sealed_mark = "GQV1";
constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t wrapped_bytes = nonce_bytes + key_bytes + tag_bytes;
constexpr std::size_t chunk_bytes = 1 << 30;  // EVP lengths are int

/// Key material that is wiped when it goes out of scope.
struct Secret {
    std::string bytes;

    explicit Secret(std::string material) : bytes(std::move(material)) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

std::string derive(std::string_view master_key, std::string_view purpose) {
    Digest key = hmac_sha256(master_key, purpose);
    return {reinterpret_cast<const char*>(key.data()), key.size()};
}

std::string random_bytes(Random& random, std::size_t count) {
    std::string bytes(count, '\0');
    random.fill({bytes_of(bytes), count});
    return bytes;
}

using Cipher = Owned<EVP_CIPHER_CTX>;
using CipherUpdate = int (*)(EVP_CIPHER_CTX*, unsigned char*, int*, const unsigned char*, int);

/// Feeds `in` in pieces; `out` is null for bytes that are only authenticated.
bool feed(EVP_CIPHER_CTX* context, CipherUpdate update, unsigned char* out, std::string_view in) {
    while (!in.empty()) {
        auto length = static_cast<int>(std::min(in.size(), chunk_bytes));
        int done = 0;
        if (update(context, out, &done, bytes_of(in), length) != 1) return false;
        if (out != nullptr) out += done;
        in.remove_prefix(static_cast<std::size_t>(length));
    }
    return true;
}

/// nonce ‖ ciphertext ‖ tag
std::string encrypt(std::string_view key, std::string_view plain, std::string_view context,
                    Random& random) {
    std::string sealed = random_bytes(random, nonce_bytes);
    sealed.resize(nonce_bytes + plain.size() + tag_bytes);
    Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    CHECK(cipher != nullptr);
    CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                             bytes_of(sealed)) == 1);
    CHECK(feed(cipher.get(), EVP_EncryptUpdate, nullptr, context));
    CHECK(feed(cipher.get(), EVP_EncryptUpdate, bytes_of(sealed) + nonce_bytes, plain));
    int rest = 0;
    unsigned char* tag = bytes_of(sealed) + nonce_bytes + plain.size();
    CHECK(EVP_EncryptFinal_ex(cipher.get(), tag, &rest) == 1 && rest == 0);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, tag) == 1);
    return sealed;
}

std::optional<std::string> decrypt(std::string_view key, std::string_view sealed,
                                   std::string_view context) {
    if (sealed.size() < nonce_bytes + tag_bytes) return {};
    std::string_view body = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
    std::string tag(sealed.substr(sealed.size() - tag_bytes));
    std::string plain(body.size(), '\0');
    Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    CHECK(cipher != nullptr);
    CHECK(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                             bytes_of(sealed)) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1);
    unsigned char end[tag_bytes];
    int rest = 0;
    bool right = feed(cipher.get(), EVP_DecryptUpdate, nullptr, context) &&
                 feed(cipher.get(), EVP_DecryptUpdate, bytes_of(plain), body) &&
                 EVP_DecryptFinal_ex(cipher.get(), end, &rest) == 1;
    if (right) return plain;
    OPENSSL_cleanse(plain.data(), plain.size());
    return {};
}

}  // namespace

Result<std::unique_ptr<Signer>> Signer::open_or_create(const std::filesystem::path& key_file,
                                                       std::string_view algorithm) {
    auto type = key_type(algorithm);
    if (!type) return refuse(invalid("algorithm_unknown").with("value", algorithm));
    if (!std::filesystem::exists(key_file)) {
        Secret pem(private_pem(make_key(*type).get()));
        if (!create_secret_file(key_file, pem.bytes)) {
            return refuse(key_fault(key_file, "cannot be created"));
        }
    }
    Secret pem(TRY(read_secret_file(key_file)));
    Owned<BIO> bio(BIO_new_mem_buf(pem.bytes.data(), static_cast<int>(pem.bytes.size())), free_bio);
    CHECK(bio != nullptr);
    char no_passphrase[] = "";  // never asks at the terminal
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_passphrase), EVP_PKEY_free);
    if (!key) return refuse(key_fault(key_file, "holds no private key in PEM"));
    if (EVP_PKEY_is_a(key.get(), *type) != 1) {
        return refuse(key_fault(key_file, "holds a key of another kind"));
    }
    return std::make_unique<OpensslSigner>(std::move(key), algorithm);
}

bool verify_signature(std::string_view public_key_pem, std::string_view algorithm,
                      std::string_view message, std::string_view signature) {
    auto type = key_type(algorithm);
    if (!type || public_key_pem.size() > 65'536) return false;
    Owned<BIO> bio(BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())),
                   free_bio);
    CHECK(bio != nullptr);
    Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    if (!key || EVP_PKEY_is_a(key.get(), *type) != 1) return false;
    Scheme scheme(algorithm);
    Owned<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    CHECK(context != nullptr);
    CHECK(EVP_DigestVerifyInit_ex(context.get(), nullptr, scheme.hash, nullptr, nullptr, key.get(),
                                  scheme.parameters) == 1);
    return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                            message.size()) == 1;
}

Result<std::unique_ptr<Vault>> Vault::open_or_create(const std::filesystem::path& key_file) {
    if (!std::filesystem::exists(key_file)) {
        SecureRandom random;
        Secret fresh(random_bytes(random, key_bytes));
        if (!create_secret_file(key_file, fresh.bytes)) {
            return refuse(key_fault(key_file, "cannot be created"));
        }
    }
    std::string master_key = TRY(read_secret_file(key_file));
    if (master_key.size() != key_bytes) return refuse(key_fault(key_file, "is not 32 bytes long"));
    return std::unique_ptr<Vault>(new Vault(std::move(master_key)));
}

std::string Vault::seal(std::string_view plain, std::string_view context, Random& random) const {
    Secret wrapping_key(derive(master_key_, "guiqiao vault wrap 1"));
    Secret data_key(random_bytes(random, key_bytes));
    std::string bound = std::string(sealed_mark) + std::string(context);
    return std::string(sealed_mark) + encrypt(wrapping_key.bytes, data_key.bytes, bound, random) +
           encrypt(data_key.bytes, plain, bound, random);
}

Result<std::string> Vault::open(std::string_view sealed, std::string_view context) const {
    Error damaged = error(ErrorKind::internal, "vault_damaged");
    if (!sealed.starts_with(sealed_mark)) return refuse(damaged);
    sealed.remove_prefix(sealed_mark.size());
    if (sealed.size() < wrapped_bytes) return refuse(damaged);
    Secret wrapping_key(derive(master_key_, "guiqiao vault wrap 1"));
    std::string bound = std::string(sealed_mark) + std::string(context);
    auto data_key = decrypt(wrapping_key.bytes, sealed.substr(0, wrapped_bytes), bound);
    if (!data_key) return refuse(damaged);
    Secret key(std::move(*data_key));
    auto plain = decrypt(key.bytes, sealed.substr(wrapped_bytes), bound);
    if (!plain) return refuse(damaged);
    return std::move(*plain);
}

std::string Vault::commit(std::string_view text) const {
    Secret key(derive(master_key_, "guiqiao vault commit 1"));
    return to_hex(hmac_sha256(key.bytes, text));
}

}  // namespace base
