#include "noderuntime/crypto/openssl_library.h"

#include <atomic>
#include <climits>
#include <mutex>
#include <utility>

#include "common/entropy/entropy.h"
#include "noderuntime/tls/openssl.h"

namespace noderuntime::crypto {

namespace {

using tls::openssl;

struct FreeContext {
  void operator()(EVP_CIPHER* cipher) const { openssl().EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { openssl().EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MD* digest) const { openssl().EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const { openssl().EVP_MD_CTX_free(context); }
  void operator()(EVP_MAC* mac) const { openssl().EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { openssl().EVP_MAC_CTX_free(context); }
};
template <class Object>
using Owned = std::unique_ptr<Object, FreeContext>;

// OpenSSL keeps errors for their thread; nobody looks at those of crypto.
struct ForgetErrors {
  ~ForgetErrors() { openssl().ERR_clear_error(); }
};

int as_int(std::size_t size) { return static_cast<int>(size); }

class OpenSslDigest final : public CryptoLibrary::Digest {
 public:
  explicit OpenSslDigest(Owned<EVP_MD_CTX> context, std::size_t size)
      : context_{std::move(context)}, size_{size} {}
  void update(Bytes more) override { openssl().EVP_DigestUpdate(context_.get(), more.data(), more.size()); }
  std::vector<Byte> finish() const override {
    auto last = copied();
    std::vector<Byte> result(size_);
    unsigned size = 0;
    if (!last || openssl().EVP_DigestFinal_ex(last.get(), result.data(), &size) != 1) return {};
    result.resize(size);
    return result;
  }
  std::unique_ptr<Digest> copy() const override {
    auto twin = copied();
    return twin ? std::make_unique<OpenSslDigest>(std::move(twin), size_) : nullptr;
  }

 private:
  Owned<EVP_MD_CTX> copied() const {
    Owned<EVP_MD_CTX> twin{openssl().EVP_MD_CTX_new()};
    if (twin && openssl().EVP_MD_CTX_copy_ex(twin.get(), context_.get()) != 1) twin.reset();
    return twin;
  }
  Owned<EVP_MD_CTX> context_;
  std::size_t size_;
};

class OpenSslMac final : public CryptoLibrary::Digest {
 public:
  explicit OpenSslMac(Owned<EVP_MAC_CTX> context) : context_{std::move(context)} {}
  void update(Bytes more) override { openssl().EVP_MAC_update(context_.get(), more.data(), more.size()); }
  std::vector<Byte> finish() const override {
    Owned<EVP_MAC_CTX> last{openssl().EVP_MAC_CTX_dup(context_.get())};
    if (!last) return {};
    std::vector<Byte> result(openssl().EVP_MAC_CTX_get_mac_size(last.get()));
    std::size_t size = 0;
    if (openssl().EVP_MAC_final(last.get(), result.data(), &size, result.size()) != 1) return {};
    result.resize(size);
    return result;
  }
  std::unique_ptr<Digest> copy() const override {
    Owned<EVP_MAC_CTX> twin{openssl().EVP_MAC_CTX_dup(context_.get())};
    return twin ? std::make_unique<OpenSslMac>(std::move(twin)) : nullptr;
  }

 private:
  Owned<EVP_MAC_CTX> context_;
};

class OpenSslCipher final : public CryptoLibrary::Cipher {
 public:
  explicit OpenSslCipher(Owned<EVP_CIPHER_CTX> context) : context_{std::move(context)} {}
  std::optional<std::size_t> update(Bytes input, Byte* output) override {
    ForgetErrors at_the_end;
    int size = 0;
    if (openssl().EVP_CipherUpdate(context_.get(), output, &size, input.data(), as_int(input.size())) != 1)
      return std::nullopt;
    return static_cast<std::size_t>(size);
  }
  std::optional<std::size_t> finish(Byte* output) override {
    ForgetErrors at_the_end;
    int size = 0;
    if (openssl().EVP_CipherFinal_ex(context_.get(), output, &size) != 1) return std::nullopt;
    return static_cast<std::size_t>(size);
  }

 private:
  Owned<EVP_CIPHER_CTX> context_;
};

std::string_view mode_of(const EVP_CIPHER* cipher) {
  switch (openssl().EVP_CIPHER_get_mode(cipher)) {
    case EVP_CIPH_ECB_MODE: return "ecb_mode";
    case EVP_CIPH_CBC_MODE: return "cbc_mode";
    case EVP_CIPH_CFB_MODE: return "cfb_mode";
    case EVP_CIPH_OFB_MODE: return "ofb_mode";
    case EVP_CIPH_CTR_MODE: return "ctr_mode";
    case EVP_CIPH_GCM_MODE: return "gcm_mode";
    case EVP_CIPH_CCM_MODE: return "ccm_mode";
    case EVP_CIPH_XTS_MODE: return "xts_mode";
    case EVP_CIPH_WRAP_MODE: return "wrap_mode";
    case EVP_CIPH_OCB_MODE: return "ocb_mode";
  }
  return "stream_cipher";
}

class OpenSslLibrary final : public CryptoLibrary {
 public:
  Outcome load() override {
    std::lock_guard one_at_a_time{loading_};
    if (is_loaded()) return done;
    if (auto loaded = tls::load_openssl(); !loaded) return loaded;
    ForgetErrors at_the_end;
    if (!context_) context_ = openssl().OSSL_LIB_CTX_new();
    if (!context_ || !openssl().OSSL_PROVIDER_load(context_, "default"))
      return Error{Errc::configuration, "OpenSSL has no provider of algorithms"};
    // With the first algorithm of a kind OpenSSL makes its table of all of them.
    Owned<EVP_MD>{openssl().EVP_MD_fetch(context_, "SHA256", nullptr)};
    Owned<EVP_CIPHER>{openssl().EVP_CIPHER_fetch(context_, "AES-128-CBC", nullptr)};
    Owned<EVP_MAC>{openssl().EVP_MAC_fetch(context_, "HMAC", nullptr)};
    is_loaded_ = true;
    return done;
  }
  bool is_loaded() const override { return is_loaded_; }

  std::uint64_t version_number() const override { return openssl().OpenSSL_version_num(); }
  std::string version() const override { return openssl().OpenSSL_version(OPENSSL_VERSION); }

  std::optional<DigestFacts> digest_facts(const std::string& name) override {
    auto digest = fetch_digest(name);
    if (!digest) return std::nullopt;
    return DigestFacts{openssl().EVP_MD_get_type(digest.get()),
                       static_cast<std::size_t>(openssl().EVP_MD_get_size(digest.get())),
                       static_cast<std::size_t>(openssl().EVP_MD_get_block_size(digest.get()))};
  }

  std::optional<CipherFacts> cipher_facts(const std::string& name) override {
    auto cipher = fetch_cipher(name);
    if (!cipher) return std::nullopt;
    auto size = [&](auto ask) { return static_cast<std::size_t>(ask(cipher.get())); };
    return CipherFacts{openssl().EVP_CIPHER_get_type(cipher.get()),
                       size(openssl().EVP_CIPHER_get_block_size),
                       size(openssl().EVP_CIPHER_get_key_length),
                       size(openssl().EVP_CIPHER_get_iv_length),
                       mode_of(cipher.get()),
                       (openssl().EVP_CIPHER_get_flags(cipher.get()) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0};
  }

  std::unique_ptr<Digest> digest(const std::string& name) override {
    auto digest = fetch_digest(name);
    if (!digest) return nullptr;
    Owned<EVP_MD_CTX> context{openssl().EVP_MD_CTX_new()};
    if (!context || openssl().EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) != 1) return nullptr;
    return std::make_unique<OpenSslDigest>(std::move(context),
                                           static_cast<std::size_t>(openssl().EVP_MD_get_size(digest.get())));
  }

  std::unique_ptr<Digest> mac(const std::string& kind, const std::string& part, Bytes key) override {
    ForgetErrors at_the_end;
    Owned<EVP_MAC> mac{openssl().EVP_MAC_fetch(context_, kind.c_str(), nullptr)};
    if (!mac) return nullptr;
    Owned<EVP_MAC_CTX> context{openssl().EVP_MAC_CTX_new(mac.get())};
    const char* role = kind == "CMAC" ? OSSL_MAC_PARAM_CIPHER : OSSL_MAC_PARAM_DIGEST;
    OSSL_PARAM parameters[] = {openssl().OSSL_PARAM_construct_end(), openssl().OSSL_PARAM_construct_end()};
    std::string value = part;
    if (!part.empty()) parameters[0] = openssl().OSSL_PARAM_construct_utf8_string(role, value.data(), 0);
    const Byte no_key = 0;  // null would mean: the key is set later
    const Byte* begin = key.empty() ? &no_key : key.data();
    if (!context || openssl().EVP_MAC_init(context.get(), begin, key.size(), parameters) != 1) return nullptr;
    return std::make_unique<OpenSslMac>(std::move(context));
  }

  std::unique_ptr<Cipher> cipher(const std::string& name, Bytes key, Bytes iv, bool encrypts,
                                 bool pads) override {
    ForgetErrors at_the_end;
    auto cipher = fetch_cipher(name);
    Owned<EVP_CIPHER_CTX> context{openssl().EVP_CIPHER_CTX_new()};
    if (!cipher || !context) return nullptr;
    const Byte* vector = iv.empty() ? nullptr : iv.data();
    if (openssl().EVP_CipherInit_ex2(context.get(), cipher.get(), key.data(), vector, encrypts ? 1 : 0,
                                     nullptr) != 1)
      return nullptr;
    openssl().EVP_CIPHER_CTX_set_padding(context.get(), pads ? 1 : 0);
    return std::make_unique<OpenSslCipher>(std::move(context));
  }

  AeadResult aead(const AeadTask& task) override {
    using Status = AeadResult::Status;
    ForgetErrors at_the_end;
    auto cipher = fetch_cipher(task.name);
    Owned<EVP_CIPHER_CTX> context{openssl().EVP_CIPHER_CTX_new()};
    if (!cipher || !context) return {Status::bad_key};
    auto* at = context.get();
    bool is_ccm = openssl().EVP_CIPHER_get_mode(cipher.get()) == EVP_CIPH_CCM_MODE;
    auto control = [&](int what, std::size_t size, const Byte* bytes) {
      return openssl().EVP_CIPHER_CTX_ctrl(at, what, as_int(size), const_cast<Byte*>(bytes)) == 1;
    };
    int direction = task.encrypts ? 1 : 0;
    auto begin = [&](const EVP_CIPHER* which, const Byte* key, const Byte* iv) {
      return openssl().EVP_CipherInit_ex2(at, which, key, iv, direction, nullptr) == 1;
    };
    if (!begin(cipher.get(), nullptr, nullptr)) return {Status::bad_key};
    if (task.iv.empty() || !control(EVP_CTRL_AEAD_SET_IVLEN, task.iv.size(), nullptr))
      return {Status::bad_iv};
    auto tag_size = task.encrypts ? task.tag_size : task.tag.size();
    if (is_ccm && !control(EVP_CTRL_AEAD_SET_TAG, tag_size, task.encrypts ? nullptr : task.tag.data()))
      return {task.encrypts ? Status::bad_tag_size : Status::failed};
    if (!begin(nullptr, task.key.data(), task.iv.data())) return {Status::bad_key};
    int size = 0;
    auto update = [&](Byte* to, Bytes from) {
      return openssl().EVP_CipherUpdate(at, to, &size, from.data(), as_int(from.size())) == 1;
    };
    if (is_ccm && openssl().EVP_CipherUpdate(at, nullptr, &size, nullptr, as_int(task.text.size())) != 1)
      return {Status::failed};
    if (!task.associated.empty() && !update(nullptr, task.associated)) return {Status::failed};
    AeadResult result{Status::ok};
    if (!update(task.output, task.text)) return {Status::failed};
    result.size = static_cast<std::size_t>(size);
    if (!task.encrypts && !is_ccm && !control(EVP_CTRL_AEAD_SET_TAG, task.tag.size(), task.tag.data()))
      return {Status::failed};
    if (task.encrypts || !is_ccm) {
      if (openssl().EVP_CipherFinal_ex(at, task.output + result.size, &size) != 1) return {Status::failed};
      result.size += static_cast<std::size_t>(size);
    }
    if (!task.encrypts) return result;
    result.tag.resize(tag_size);
    if (!control(EVP_CTRL_AEAD_GET_TAG, tag_size, result.tag.data())) return {Status::bad_tag_size};
    return result;
  }

  bool derive(const std::string& name, Bytes password, Bytes salt, std::uint64_t iterations,
              std::span<Byte> key) override {
    ForgetErrors at_the_end;
    auto digest = fetch_digest(name);
    if (!digest || iterations > INT_MAX || key.size() > INT_MAX) return false;
    const char* text = password.empty() ? "" : reinterpret_cast<const char*>(password.data());
    return openssl().PKCS5_PBKDF2_HMAC(text, as_int(password.size()), salt.data(), as_int(salt.size()),
                                       static_cast<int>(iterations), digest.get(), as_int(key.size()),
                                       key.data()) == 1;
  }

  void fill(std::span<Byte> bytes) override { entropy::fill(bytes); }

 private:
  // Old algorithms are in a file of their own, which is loaded when one of them is asked for, and may not be installed.
  template <class Ask>
  auto fetch(Ask ask) {
    ForgetErrors at_the_end;
    auto found = ask();
    if (found || has_legacy_.exchange(true)) return found;
    (void)openssl().OSSL_PROVIDER_load(context_, "legacy");
    return ask();
  }

  Owned<EVP_MD> fetch_digest(const std::string& name) {
    return fetch([&] { return Owned<EVP_MD>{openssl().EVP_MD_fetch(context_, name.c_str(), nullptr)}; });
  }
  Owned<EVP_CIPHER> fetch_cipher(const std::string& name) {
    return fetch(
        [&] { return Owned<EVP_CIPHER>{openssl().EVP_CIPHER_fetch(context_, name.c_str(), nullptr)}; });
  }
  std::mutex loading_;
  std::atomic<bool> is_loaded_ = false;
  OSSL_LIB_CTX* context_ = nullptr;  // does not change once the library is loaded
  std::atomic<bool> has_legacy_ = false;
};

}  // namespace

CryptoLibrary& openssl_library() {
  static auto* const library = new OpenSslLibrary;
  return *library;
}

}  // namespace noderuntime::crypto
