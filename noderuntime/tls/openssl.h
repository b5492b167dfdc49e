// OpenSSL 3, loaded when it is needed first. A program that is linked with libssl takes two to three times as long
// to start, and most verbs of the command line never speak TLS (docs/decisions/0014).
// For the sources of this folder and of noderuntime/crypto only.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include <noderuntime/result.h>

namespace noderuntime::tls {

// The functions that we call: X(name). Many of OpenSSL's names are macros for these.
#define NODERUNTIME_LIBSSL(X)           \
  X(SSL_CIPHER_get_name)                \
  X(SSL_CTX_check_private_key)          \
  X(SSL_CTX_ctrl)                       \
  X(SSL_CTX_free)                       \
  X(SSL_CTX_get0_certificate)           \
  X(SSL_CTX_get0_param)                 \
  X(SSL_CTX_get_cert_store)             \
  X(SSL_CTX_load_verify_file)           \
  X(SSL_CTX_new)                        \
  X(SSL_CTX_set_cipher_list)            \
  X(SSL_CTX_set_cert_verify_callback)   \
  X(SSL_CTX_set_ciphersuites)           \
  X(SSL_CTX_set_client_CA_list)         \
  X(SSL_CTX_set_msg_callback)           \
  X(SSL_CTX_set_num_tickets)            \
  X(SSL_CTX_set_options)                \
  X(SSL_CTX_set_verify)                 \
  X(SSL_CTX_set_verify_depth)           \
  X(SSL_CTX_use_PrivateKey)             \
  X(SSL_CTX_use_certificate_chain_file) \
  X(SSL_ctrl)                           \
  X(SSL_do_handshake)                   \
  X(SSL_free)                           \
  X(SSL_get1_peer_certificate)          \
  X(SSL_get_current_cipher)             \
  X(SSL_get_error)                      \
  X(SSL_get_ex_data)                    \
  X(SSL_get_ex_data_X509_STORE_CTX_idx) \
  X(SSL_get_version)                    \
  X(SSL_has_pending)                    \
  X(SSL_load_client_CA_file)            \
  X(SSL_new)                            \
  X(SSL_read_ex)                        \
  X(SSL_set_accept_state)               \
  X(SSL_set_bio)                        \
  X(SSL_set_connect_state)              \
  X(SSL_set_ex_data)                    \
  X(SSL_set_verify)                     \
  X(SSL_shutdown)                       \
  X(SSL_write_ex)                       \
  X(TLS_client_method)                  \
  X(TLS_server_method)

#define NODERUNTIME_LIBCRYPTO(X)      \
  X(ASN1_INTEGER_to_BN)               \
  X(ASN1_STRING_get0_data)            \
  X(ASN1_STRING_length)               \
  X(ASN1_TIME_diff)                   \
  X(BIO_clear_flags)                  \
  X(BIO_free)                         \
  X(BIO_get_data)                     \
  X(BIO_get_new_index)                \
  X(BIO_meth_new)                     \
  X(BIO_meth_set_ctrl)                \
  X(BIO_meth_set_read_ex)             \
  X(BIO_meth_set_write_ex)            \
  X(BIO_new)                          \
  X(BIO_new_file)                     \
  X(BIO_set_data)                     \
  X(BIO_set_flags)                    \
  X(BIO_set_init)                     \
  X(BN_bn2hex)                        \
  X(BN_free)                          \
  X(CRYPTO_free)                      \
  X(ERR_clear_error)                  \
  X(ERR_get_error)                    \
  X(ERR_peek_error)                   \
  X(ERR_reason_error_string)          \
  X(EVP_CIPHER_CTX_ctrl)              \
  X(EVP_CIPHER_CTX_free)              \
  X(EVP_CIPHER_CTX_new)               \
  X(EVP_CIPHER_CTX_set_padding)       \
  X(EVP_CIPHER_fetch)                 \
  X(EVP_CIPHER_free)                  \
  X(EVP_CIPHER_get_block_size)        \
  X(EVP_CIPHER_get_flags)             \
  X(EVP_CIPHER_get_iv_length)         \
  X(EVP_CIPHER_get_key_length)        \
  X(EVP_CIPHER_get_mode)              \
  X(EVP_CIPHER_get_type)              \
  X(EVP_CipherFinal_ex)               \
  X(EVP_CipherInit_ex2)               \
  X(EVP_CipherUpdate)                 \
  X(EVP_DigestFinal_ex)               \
  X(EVP_DigestInit_ex2)               \
  X(EVP_DigestUpdate)                 \
  X(EVP_MAC_CTX_dup)                  \
  X(EVP_MAC_CTX_free)                 \
  X(EVP_MAC_CTX_get_mac_size)         \
  X(EVP_MAC_CTX_new)                  \
  X(EVP_MAC_fetch)                    \
  X(EVP_MAC_final)                    \
  X(EVP_MAC_free)                     \
  X(EVP_MAC_init)                     \
  X(EVP_MAC_update)                   \
  X(EVP_MD_CTX_copy_ex)               \
  X(EVP_MD_CTX_free)                  \
  X(EVP_MD_CTX_new)                   \
  X(EVP_MD_fetch)                     \
  X(EVP_MD_free)                      \
  X(EVP_MD_get_block_size)            \
  X(EVP_MD_get_size)                  \
  X(EVP_MD_get_type)                  \
  X(EVP_PKEY_free)                    \
  X(EVP_sha256)                       \
  X(GENERAL_NAMES_free)               \
  X(OPENSSL_sk_num)                   \
  X(OPENSSL_sk_value)                 \
  X(OSSL_LIB_CTX_new)                 \
  X(OSSL_PARAM_construct_end)         \
  X(OSSL_PARAM_construct_utf8_string) \
  X(OSSL_PROVIDER_load)               \
  X(OpenSSL_version)                  \
  X(OpenSSL_version_num)              \
  X(PEM_read_bio_PrivateKey)          \
  X(PKCS5_PBKDF2_HMAC)                \
  X(X509_LOOKUP_ctrl)                 \
  X(X509_LOOKUP_hash_dir)             \
  X(X509_STORE_CTX_get0_cert)         \
  X(X509_STORE_CTX_get0_chain)        \
  X(X509_STORE_CTX_get0_untrusted)    \
  X(X509_STORE_CTX_get_current_cert)  \
  X(X509_STORE_CTX_get_error)         \
  X(X509_STORE_CTX_get_error_depth)   \
  X(X509_STORE_CTX_get_ex_data)       \
  X(X509_STORE_CTX_set_error)         \
  X(X509_STORE_add_lookup)            \
  X(X509_VERIFY_PARAM_set_flags)      \
  X(X509_check_host)                  \
  X(X509_check_ip_asc)                \
  X(X509_check_purpose)               \
  X(X509_digest)                      \
  X(X509_free)                        \
  X(X509_get0_notAfter)               \
  X(X509_get0_notBefore)              \
  X(X509_get0_serialNumber)           \
  X(X509_get_ext_d2i)                 \
  X(X509_verify_cert)                 \
  X(X509_verify_cert_error_string)

// The loaded functions, by their own names: `openssl().SSL_new(context)`.
struct OpenSsl {
#define NODERUNTIME_MEMBER(name) decltype(&::name) name = nullptr;
  NODERUNTIME_LIBSSL(NODERUNTIME_MEMBER)
  NODERUNTIME_LIBCRYPTO(NODERUNTIME_MEMBER)
#undef NODERUNTIME_MEMBER
};

// Loads the library, once. Error configuration: it is not installed, or it is too old. Loop thread only.
Outcome load_openssl();

// Precondition: load_openssl() has succeeded. Any thread.
const OpenSsl& openssl();

struct Free {
  void operator()(SSL_CTX* context) const { openssl().SSL_CTX_free(context); }
  void operator()(SSL* session) const { openssl().SSL_free(session); }
  void operator()(X509* certificate) const { openssl().X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { openssl().EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { openssl().BIO_free(bio); }
  void operator()(GENERAL_NAMES* names) const { openssl().GENERAL_NAMES_free(names); }
};
template <class Object>
using Owned = std::unique_ptr<Object, Free>;

// The reason of the first error of this thread, for people; empty: there is none. Forgets all of them.
std::string take_openssl_error();

}  // namespace noderuntime::tls
