/** Bytes that one MAC may cover. */
export const MAC_DATA_BYTES_MAX = 4096
