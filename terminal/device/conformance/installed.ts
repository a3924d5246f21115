import { contract } from '../contract.ts'

/** Names of the calls of each peripheral, sorted: what `device` has. */
export const INSTALLED: { readonly [peripheral: string]: readonly string[] } = Object.fromEntries(
  Object.entries(contract).map(([name, calls]) => [name, Object.keys(calls).sort()]),
)
