#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace base {

/// Signs batch roots, certificates and archives. Key kinds: "ed25519" (default) and "sm2".
class Signer {
  public:
    virtual ~Signer() = default;
    virtual std::string_view algorithm() const = 0;
    virtual std::string sign(std::string_view message) const = 0;  ///< raw bytes
    /// PEM (SubjectPublicKeyInfo), published so that anyone can verify with openssl alone.
    virtual std::string public_key_pem() const = 0;

    /// Reads the key file, making it (mode 0600) when it is not there yet.
    /// Errors: `key_unreadable`, `algorithm_unknown`.
    static Result<std::unique_ptr<Signer>> open_or_create(const std::filesystem::path& key_file,
                                                          std::string_view algorithm);
};

/// True if `signature` was made over `message` by the owner of `public_key_pem`.
bool verify_signature(std::string_view public_key_pem, std::string_view algorithm,
                      std::string_view message, std::string_view signature);

/// Envelope encryption of confidential texts and files (AES-256-GCM; a fresh data key per value,
/// wrapped by the master key). `context` binds a value to its place ("entry:<id>:body"): moved to
/// another place it does not open. Thread-safe.
class Vault {
  public:
    /// Reads the 32-byte master key file, making it (mode 0600) when absent. `key_unreadable`.
    static Result<std::unique_ptr<Vault>> open_or_create(const std::filesystem::path& key_file);
    std::string seal(std::string_view plain, std::string_view context, Random& random) const;
    /// `vault_damaged` when the bytes, key or context do not belong together.
    Result<std::string> open(std::string_view sealed, std::string_view context) const;
    /// HMAC under a key of its own: a salted commitment to personal data.
    std::string commit(std::string_view text) const;

  private:
    explicit Vault(std::string master_key) : master_key_(std::move(master_key)) {}
    std::string master_key_;
};

}  // namespace base
