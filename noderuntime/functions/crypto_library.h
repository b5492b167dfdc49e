// Hashes, message authentication codes and ciphers for module crypto. The node implements it (noderuntime/crypto); tests of
// native functions have none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>

namespace noderuntime {

// Loop thread only, except where it is said. Names are those of the library.
class CryptoLibrary {
 public:
  struct DigestFacts {
    int type = 0;  // the library's number of it
    std::size_t size = 0, block_size = 0;
  };
  struct CipherFacts {
    int type = 0;  // 0: it has no number
    std::size_t block_size = 0, key_length = 0, iv_length = 0;
    std::string_view mode;  // as crypto:cipher_info/1 names it
    bool aead = false;
  };

  // A digest or a message authentication code that is being computed.
  class Digest {
   public:
    virtual ~Digest() = default;
    virtual void update(Bytes more) = 0;
    virtual std::vector<Byte> finish() const = 0;  // of what was given; more may follow
    virtual std::unique_ptr<Digest> copy() const = 0;
  };

  // What a cipher is doing to a stream of bytes.
  class Cipher {
   public:
    virtual ~Cipher() = default;
    // Writes at most input.size() bytes and one block to `output`; returns how many. nullopt: it failed.
    virtual std::optional<std::size_t> update(Bytes input, Byte* output) = 0;
    // The last block, with pkcs padding. nullopt: it is not right.
    virtual std::optional<std::size_t> finish(Byte* output) = 0;
  };

  // An AEAD cipher for one text.
  struct AeadTask {
    std::string name;
    Bytes key, iv, text, associated;
    Bytes tag;                 // when it decrypts
    std::size_t tag_size = 0;  // when it encrypts
    bool encrypts = false;
    Byte* output = nullptr;  // room for the text, and one block
  };
  struct AeadResult {
    enum class Status : std::uint8_t {
      ok,
      bad_key,
      bad_iv,
      bad_tag_size,
      failed
    };  // failed: the tag does not fit
    Status status = Status::failed;
    std::size_t size = 0;  // of what it wrote
    std::vector<Byte> tag{};
  };

  virtual ~CryptoLibrary() = default;

  // Loads the library and its algorithms, once. Error configuration: it is not there. Any thread, because it takes long.
  virtual Outcome load() = 0;
  virtual bool is_loaded() const = 0;  // all functions below need it
  virtual std::uint64_t version_number() const = 0;
  virtual std::string version() const = 0;

  virtual std::optional<DigestFacts> digest_facts(const std::string& name) = 0;
  virtual std::optional<CipherFacts> cipher_facts(const std::string& name) = 0;

  virtual std::unique_ptr<Digest> digest(const std::string& name) = 0;  // null: there is none of that name
  // `part`: the digest of HMAC, or the cipher of CMAC; else empty. Null: the key or the part is wrong.
  virtual std::unique_ptr<Digest> mac(const std::string& kind, const std::string& part, Bytes key) = 0;
  // Null: key or IV are wrong. Without `pads`, finish() gives nothing.
  virtual std::unique_ptr<Cipher> cipher(const std::string& name, Bytes key, Bytes iv, bool encrypts,
                                         bool pads) = 0;

  virtual AeadResult aead(const AeadTask& task) = 0;  // any thread

  // PBKDF2 with HMAC: fills `key`. Any thread. False: it failed.
  virtual bool derive(const std::string& digest, Bytes password, Bytes salt, std::uint64_t iterations,
                      std::span<Byte> key) = 0;
  // Random bytes that nobody can guess.
  virtual void fill(std::span<Byte> bytes) = 0;
};

}  // namespace noderuntime
