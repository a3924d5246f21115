/* 下载信箱 inbox: this port has none, and says so. A port that has one replaces this file (docs/device.md). */
#include "port.h"

#define OBJECT_HASH_BYTES 32

CALL(inbox_state) { return JS_NewString(ctx, "none"); }
CALL(inbox_cancel) { return JS_UNDEFINED; }

CALL(inbox_publish) {
    const uint8_t *bytes;
    size_t length;
    bool good = arg_bytes(ctx, argv[1], "inbox: message", 1, INBOX_BYTES_MAX, &bytes, &length);
    return good ? JS_NewString(ctx, "offline") : JS_EXCEPTION;
}

CALL(inbox_next) {
    screen_show();
    return settled_kind(ctx, "none");
}

CALL(inbox_fetch) {
    const uint8_t *hash;
    size_t size;
    int64_t number;
    screen_show();
    bool good = arg_bytes(ctx, argv[0], "inbox: object hash", OBJECT_HASH_BYTES, OBJECT_HASH_BYTES, &hash, &size) &&
                arg_int(ctx, argv[1], "inbox: offset", 0, UINT32_MAX, &number) &&
                arg_int(ctx, argv[2], "inbox: fetched bytes", 1, FETCH_BYTES_MAX, &number);
    return good ? settled_kind(ctx, "none") : JS_EXCEPTION;
}

void inbox_reset(void) {}
