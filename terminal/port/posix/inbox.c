/*
 * 下载信箱 inbox: this port has no download service, and says so. A port that has one replaces this file
 * (docs/device.md, "inbox 下载信箱").
 */
#include "port.h"

#define OBJECT_HASH_BYTES 32

JSValue inbox_state(JSContext *ctx, JSValueConst *argv) { return (void)argv, JS_NewString(ctx, "none"); }

JSValue inbox_publish(JSContext *ctx, JSValueConst *argv) {
    const uint8_t *bytes;
    size_t length;
    if (!arg_bytes(ctx, argv[1], "inbox: message", 1, INBOX_BYTES_MAX, &bytes, &length)) return JS_EXCEPTION;
    return JS_NewString(ctx, "offline");
}

JSValue inbox_next(JSContext *ctx, JSValueConst *argv) {
    (void)argv;
    screen_show();
    return settled_kind(ctx, "none");
}

JSValue inbox_cancel(JSContext *ctx, JSValueConst *argv) { return (void)ctx, (void)argv, JS_UNDEFINED; }

JSValue inbox_fetch(JSContext *ctx, JSValueConst *argv) {
    const uint8_t *hash;
    size_t size;
    int64_t number;
    screen_show();
    if (!arg_bytes(ctx, argv[0], "inbox: object hash", OBJECT_HASH_BYTES, OBJECT_HASH_BYTES, &hash, &size) ||
        !arg_int(ctx, argv[1], "inbox: offset", 0, UINT32_MAX, &number) ||
        !arg_int(ctx, argv[2], "inbox: fetched bytes", 1, FETCH_BYTES_MAX, &number))
        return JS_EXCEPTION;
    return settled_kind(ctx, "none");
}

void inbox_reset(void) {}
