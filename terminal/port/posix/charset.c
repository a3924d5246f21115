/*
 * 字符集: GBK as the emulator has it, from the table in ../gbk.h. The C library's iconv is not used: it finds its tables
 * in modules of the system, which a device (and the ARM runtime here) does not have.
 *
 * A porter whose ROM has GBK fonts has such a table already. The way back is filled at the start into 128 KiB of zeros,
 * of which 70 are touched; where memory is short let it be searched for in the table instead.
 */
#include "port.h"

#include <uchar.h>

#include "../gbk.h"

enum { LEAD_FIRST = 0x81, LEAD_LAST = 0xfe, TRAIL_FIRST = 0x40, TRAIL_LAST = 0xfe, UNKNOWN = 0xfffd };

static uint16_t pair_of[0x10000];
void charset_open(void) {
    for (unsigned lead = LEAD_LAST; lead >= LEAD_FIRST; lead--)
        for (unsigned trail = TRAIL_LAST; trail >= TRAIL_FIRST; trail--)
            pair_of[gbk[lead - LEAD_FIRST][trail - TRAIL_FIRST]] = (uint16_t)(lead << 8 | trail);
    pair_of[UNKNOWN] = 0;
}

uint32_t next_character(const char **at, const char *end) {
    const uint8_t *bytes = (const uint8_t *)*at;
    int more = *bytes < 0x80 ? 0 : *bytes >= 0xf0 ? 3 : *bytes >= 0xe0 ? 2 : 1;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t point = more == 0 ? *bytes : *bytes & (0x3fU >> more);
    bool good = *bytes < 0xf8 && (more == 0 || *bytes >= 0xc0) && end - *at > more;
    for (int next = 1; good && next <= more; next++) {
        good = (bytes[next] & 0xc0) == 0x80;
        point = point << 6 | (bytes[next] & 0x3fU);
    }
    good = good && point >= least[more] && point <= 0x10ffff;
    *at += good ? more + 1 : 1;
    return good ? point : 0xfffd;
}
size_t put_character(uint32_t point, char *out) {
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t at = length - 1; at > 0; at--, point >>= 6) out[at] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(lead[length] | point);
    return length;
}

size_t gbk_encode(const char *text, size_t length, uint8_t *out) {
    const char *end = text + length;
    size_t count = 0;
    while (text < end) {
        uint32_t character = next_character(&text, end);
        unsigned pair = character < 0x80 ? character : character < 0x10000 ? pair_of[character] : 0;
        if (character >= 0x80 && pair == 0) pair = '?';
        if (pair > 0xff) out[count++] = (uint8_t)(pair >> 8);
        out[count++] = (uint8_t)pair;
    }
    return count;
}

/* One byte only where there is no character: what follows may be good text. */
static size_t gbk_decode(const uint8_t *bytes, size_t length, char *out) {
    size_t count = 0;
    for (size_t at = 0; at < length; at++) {
        uint8_t lead = bytes[at], trail = at + 1 < length && bytes[at + 1] != 0x7f ? bytes[at + 1] : 0;
        bool pair = lead >= LEAD_FIRST && lead <= LEAD_LAST && trail >= TRAIL_FIRST && trail <= TRAIL_LAST;
        uint32_t character = pair ? gbk[lead - LEAD_FIRST][trail - TRAIL_FIRST] : lead < 0x80 ? lead : UNKNOWN;
        count += put_character(character, out + count);
        at += pair;
    }
    return count;
}

CALL(charset_encodeGbk) {
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    uint8_t *bytes = text == NULL ? NULL : js_malloc(ctx, length + 1);
    JSValue result = bytes == NULL ? JS_EXCEPTION : new_bytes(ctx, bytes, gbk_encode(text, length, bytes));
    js_free(ctx, bytes);
    if (text != NULL) JS_FreeCString(ctx, text);
    return result;
}
CALL(charset_decodeGbk) {
    const uint8_t *bytes;
    size_t length;
    if (!arg_bytes(ctx, argv[0], "charset: bytes", 0, SIZE_MAX / 4, &bytes, &length)) return JS_EXCEPTION;
    char *text = js_malloc(ctx, 3 * length + 1);
    if (text == NULL) return JS_EXCEPTION;
    JSValue result = JS_NewStringLen(ctx, text, gbk_decode(bytes, length, text));
    js_free(ctx, text);
    return result;
}
