/*
 * The computing of keys, by OpenSSL's libcrypto (3.0 or later). To port: replace this file whole by the functions of
 * your chip or its library; it keeps nothing. Ed25519 is in secure.c, device_key in sealed.c.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

#include "secure.h"

/* Before anything else of libcrypto: no configuration file decides what a terminal computes. */
__attribute__((constructor)) static void start(void) {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
                        NULL);
}
void must(bool done, const char *what) {
    if (!done) die(EXIT_PERIPHERAL, "libcrypto has no %s, or no memory for it", what);
}

void sha256(const void *bytes, size_t length, uint8_t digest[32]) { SHA256(bytes, length, digest); }
void hmac_sha256(const uint8_t *key, size_t key_length, const void *bytes, size_t length, uint8_t mac[32]) {
    must(HMAC(EVP_sha256(), key, (int)key_length, bytes, length, mac, NULL) != NULL, "HMAC");
}
bool equal_bytes(const void *a, const void *b, size_t length) { return CRYPTO_memcmp(a, b, length) == 0; }
void wipe(void *bytes, size_t length) { OPENSSL_cleanse(bytes, length); }

int block_bytes(enum algorithm algorithm) { return algorithm == TDES ? 8 : 16; }

static const EVP_CIPHER *cipher_of(enum algorithm algorithm, bool chained) {
    if (algorithm == TDES) return chained ? EVP_des_ede3_cbc() : EVP_des_ede3_ecb();
    if (algorithm == SM4) return chained ? EVP_sm4_cbc() : EVP_sm4_ecb();
    return EVP_aes_128_cbc();
}
/* As libcrypto wants it: 24 bytes for DES, of which single DES is one key three times. Gives the length. */
static size_t widened(enum algorithm algorithm, const struct key *key, uint8_t whole[24]) {
    memcpy(whole, key->bytes, KEY_BYTES);
    if (key->length == 8) memcpy(whole + 8, key->bytes, 8);
    memcpy(whole + KEY_BYTES, key->bytes, 8);
    return algorithm == TDES ? 24 : KEY_BYTES;
}
static EVP_CIPHER_CTX *begin(enum algorithm algorithm, bool chained, bool encrypt, const struct key *key) {
    static const uint8_t zeros[BLOCK_BYTES];
    uint8_t whole[24];
    widened(algorithm, key, whole);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    must(context && EVP_CipherInit_ex2(context, cipher_of(algorithm, chained), whole, zeros, encrypt, NULL) &&
         EVP_CIPHER_CTX_set_padding(context, 0), "block cipher");
    wipe(whole, sizeof whole);
    return context;
}
void ecb(enum algorithm algorithm, const struct key *key, bool encrypt, const uint8_t *in, uint8_t *out, int length) {
    EVP_CIPHER_CTX *context = begin(algorithm, false, encrypt, key);
    must(EVP_CipherUpdate(context, out, &(int){0}, in, length), "ECB");
    EVP_CIPHER_CTX_free(context);
}
/* ISO/IEC 9797-1 algorithm 1 with padding 1. */
void cbc_mac(enum algorithm algorithm, const struct key *key, struct bytes bytes, uint8_t *mac) {
    size_t block = (size_t)block_bytes(algorithm), at = 0;
    EVP_CIPHER_CTX *context = begin(algorithm, true, true, key);
    do {
        uint8_t padded[BLOCK_BYTES] = {0};
        memcpy(padded, bytes.at + at, bytes.length - at < block ? bytes.length - at : block);
        must(EVP_CipherUpdate(context, mac, &(int){0}, padded, (int)block), "CBC");
        at += block;
    } while (at < bytes.length);
    EVP_CIPHER_CTX_free(context);
}
/* NIST SP 800-38B. */
void cmac(enum algorithm algorithm, const struct key *key, struct bytes bytes, uint8_t *mac) {
    uint8_t whole[24];
    size_t length = widened(algorithm, key, whole);
    must(EVP_Q_mac(NULL, "CMAC", NULL, EVP_CIPHER_get0_name(cipher_of(algorithm, true)), NULL, whole, length, bytes.at,
                   bytes.length, mac, BLOCK_BYTES, &(size_t){0}) != NULL, "CMAC");
    wipe(whole, sizeof whole);
}
bool gcm(bool seal, const uint8_t *key, const uint8_t *nonce, const char *header, uint8_t *bytes, int length) {
    uint8_t *tag = bytes + length;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    must(context && EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, seal, NULL) &&
         EVP_CipherUpdate(context, NULL, &(int){0}, (const uint8_t *)header, (int)strlen(header)) &&
         EVP_CipherUpdate(context, bytes, &(int){0}, bytes, length) &&
         (seal || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag)), "AES-256-GCM");
    bool right = EVP_CipherFinal_ex(context, tag, &(int){0}) &&
                 (!seal || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, tag));
    EVP_CIPHER_CTX_free(context);
    if (!right) wipe(bytes, (size_t)length);
    return right;
}
