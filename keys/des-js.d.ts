// The package des.js has no types of its own. This describes the part that tdes.ts uses, and nothing global.
declare module 'des.js' {
  interface DesJsCipher {
    /** Ends a run of blocks; the object can then start a new run. */
    final(bytes: ArrayLike<number>): number[]
  }
  interface DesJsOptions {
    readonly type: 'encrypt' | 'decrypt'
    /** Read while the cipher is made, and kept in its options. */
    readonly key: Uint8Array
    readonly padding: false
  }
  export const DES: { create(options: DesJsOptions): DesJsCipher }
}
