// The package sm-crypto has no types of its own. This describes the parts that sm2.ts, sm3.ts and sm4.ts use, and nothing
// global. SM3 and SM4 are taken from their own files: the package's index would load SM2 with its big integers too.
declare module 'sm-crypto/src/sm4/index.js' {
  interface Sm4Options {
    /** Without it the package pads; with it a partial block is dropped silently. */
    readonly padding: 'none'
    /** Without it a text is returned. */
    readonly output: 'array'
  }
  interface Sm4 {
    encrypt(bytes: Uint8Array, key: Uint8Array, options: Sm4Options): number[]
    decrypt(bytes: Uint8Array, key: Uint8Array, options: Sm4Options): number[]
  }
  const sm4: Sm4
  // biome-ignore lint/style/noDefaultExport: what `module.exports` of a CommonJS package is to an importer
  export default sm4
}

declare module 'sm-crypto/src/sm3/index.js' {
  /** Hex, lower case. */
  const sm3: (bytes: Uint8Array) => string
  // biome-ignore lint/style/noDefaultExport: what `module.exports` of a CommonJS package is to an importer
  export default sm3
}

declare module 'sm-crypto/src/sm2/index.js' {
  interface Sm2 {
    /** Hex of 65 bytes, lower case. */
    getPublicKeyFromPrivateKey(privateKey: string): string
    /** Whether the bytes (hex) are a point of the curve and not the one at infinity. */
    verifyPublicKey(publicKey: string): boolean
    /** `hash: false` verifies forgeries: the message itself would be e. */
    doVerifySignature(
      message: Uint8Array,
      signature: string,
      publicKey: string,
      options: { readonly hash: true; readonly userId: string },
    ): boolean
    /** Hex of C1 without its 04 ‖ C3 ‖ C2 (cipher mode 1). Its nonce is the package's own. */
    doEncrypt(message: Uint8Array, publicKey: string, cipherMode: 1): string
    /** Mode 1 is C1 C3 C2, mode 0 C1 C2 C3. Empty for every fault. */
    doDecrypt(
      encrypted: string,
      privateKey: string,
      cipherMode: 0 | 1,
      options: { readonly output: 'array' },
    ): number[]
  }
  const sm2: Sm2
  // biome-ignore lint/style/noDefaultExport: what `module.exports` of a CommonJS package is to an importer
  export default sm2
}
