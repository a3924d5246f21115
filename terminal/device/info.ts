/** 机具信息: who this device is and what it left the factory and the injection station with. */
export interface Info {
  /** Instant; the same for as long as the application runs. */
  identity(): Identity
  /** What the injection station (in development: the provisioning file) wrote into the device. Instant. */
  setup(): Setup
  /** Restarts the application; the call does not come back. Instant. */
  restart(): void
}

export interface Identity {
  readonly maker: string
  readonly model: string
  /** Up to 20 ASCII characters. */
  readonly serial: string
  /** Name and version of the runtime: `quickjs-wasm 0.1.0`. */
  readonly runtime: string
}

export interface Setup {
  /** 终端号, field 41: 8 ASCII characters. */
  readonly terminalId: string
  /** 商户号, field 42: 15 ASCII characters. */
  readonly merchantId: string
  readonly merchantName: string
  /** Ten digits: `6000030000`. */
  readonly tpdu: string
  /** Name of an acquirer profile (`host-link/wire/profile.ts`). */
  readonly profile: string
  readonly dialect: 'cup' | 'cbor'
  /** Slot of the TMK that the host of this set-up uses. */
  readonly keySlot: number
  /** Values that replace the defaults of `parameter/table.ts`, by name. */
  readonly parameters: { readonly [name: string]: string | number | boolean }
  /** Stores of the mall that this terminal knows; empty: any number of 4 to 8 digits is taken. */
  readonly stores: readonly { readonly number: string; readonly name: string }[]
  /** 远程下载: whose orders this terminal takes; absent: nobody's. */
  readonly update?: {
    /** 租户: the operator of the terminal, 1 to 16 of a-z, 0-9 and `-`. */
    readonly tenant: string
    /** Root document 1, as the factory trusts it. */
    readonly root: Uint8Array
  }
}
