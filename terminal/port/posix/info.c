/*
 * 机具信息 info: who this device is, and what the injection station wrote into it. A porter puts the maker's name here, and
 * reads serial number and set-up from where the factory has put them.
 */
#include <stdio.h>
#include <string.h>

#include "build_info.h"
#include "port.h"

/* of root document 1, in hexadecimal */
#define ROOT_BYTES_MAX 4096

JSValue info_identity(JSContext *ctx, JSValueConst *argv) {
    (void)argv;
    JSValue object = JS_NewObject(ctx);
    return object_set(ctx, object, "maker", JS_NewString(ctx, "Shuaka")) &&
           object_set(ctx, object, "model", JS_NewString(ctx, config.compact ? "compact" : "standard")) &&
           object_set(ctx, object, "serial", JS_NewString(ctx, config.serial)) &&
           object_set(ctx, object, "runtime", JS_NewString(ctx, "quickjs-native " BUILD_VERSION))
           ? object : JS_EXCEPTION;
}

/* JSON has no bytes: `update.root` is hexadecimal there. False: an exception is pending. */
static bool root_to_bytes(JSContext *ctx, JSValueConst update) {
    static uint8_t bytes[ROOT_BYTES_MAX];
    JSValue root = JS_GetPropertyStr(ctx, update, "root");
    const char *hex = JS_ToCString(ctx, root);
    size_t length = 0;
    unsigned byte;
    JS_FreeValue(ctx, root);
    if (hex == NULL) return false;
    while (length < sizeof bytes && sscanf(hex + 2 * length, "%2x", &byte) == 1) bytes[length++] = (uint8_t)byte;
    JS_FreeCString(ctx, hex);
    return object_set(ctx, update, "root", new_bytes(ctx, bytes, length));
}

JSValue info_setup(JSContext *ctx, JSValueConst *argv) {
    (void)argv;
    JSValue setup = JS_ParseJSON(ctx, config.setup, strlen(config.setup), "device.json");
    if (JS_IsException(setup)) return setup;
    JSValue update = JS_GetPropertyStr(ctx, setup, "update");
    bool good = !JS_IsObject(update) || root_to_bytes(ctx, update);
    JS_FreeValue(ctx, update);
    return good ? setup : JS_EXCEPTION;
}

JSValue info_restart(JSContext *ctx, JSValueConst *argv) {
    (void)ctx, (void)argv;
    vm_restart();
    return JS_UNDEFINED; /* to nobody: the call does not come back */
}
