/** Connections of each remote address, so that one address cannot take the places of all others. */
export interface ClientCount {
  /** Counts one more of this address; gives false, and counts nothing, when it has as many as it may. */
  take(address: string | undefined): boolean
  /** One that was taken is gone. */
  free(address: string | undefined): void
}

export function clientCount(perAddressMax: number): ClientCount {
  const counts = new Map<string, number>()
  return {
    take(address = '') {
      const count = counts.get(address) ?? 0
      if (count >= perAddressMax) return false
      counts.set(address, count + 1)
      return true
    },
    free(address = '') {
      const count = (counts.get(address) ?? 0) - 1
      if (count > 0) counts.set(address, count)
      else counts.delete(address)
    },
  }
}
