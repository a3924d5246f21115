/*
 * 机具信息 info: who this device is, and what the injection station wrote into it. A porter puts the maker's name here, and
 * reads serial number and set-up from where the factory has put them.
 */
#include <stdio.h>
#include <string.h>

#include "build_info.h"
#include "port.h"

CALL(info_identity) {
    JSValue object = JS_NewObject(ctx);
    object_set(ctx, object, "maker", JS_NewString(ctx, "Shuaka"));
    object_set(ctx, object, "model", JS_NewString(ctx, config.compact ? "compact" : "standard"));
    object_set(ctx, object, "serial", JS_NewString(ctx, config.serial));
    object_set(ctx, object, "runtime", JS_NewString(ctx, "quickjs-native " BUILD_VERSION));
    return object;
}

/* JSON has no bytes: `update.root`, root document 1, is hexadecimal there, pairs of digits as config.c has seen. */
static void root_to_bytes(JSContext *ctx, JSValueConst update) {
    static uint8_t bytes[ROOT_BYTES_MAX];
    JSValue root = JS_GetPropertyStr(ctx, update, "root");
    const char *hex = JS_ToCString(ctx, root);
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length; i++) sscanf(hex + 2 * i, "%2hhx", &bytes[i]);
    JS_FreeCString(ctx, hex);
    JS_FreeValue(ctx, root);
    object_set(ctx, update, "root", new_bytes(ctx, bytes, length));
}

CALL(info_setup) {
    JSValue setup = JS_ParseJSON(ctx, config.setup, strlen(config.setup), "device.json");
    JSValue update = JS_GetPropertyStr(ctx, setup, "update");
    if (JS_IsObject(update)) root_to_bytes(ctx, update);
    JS_FreeValue(ctx, update);
    return setup;
}

CALL(info_restart) {
    vm_restart();
    return JS_UNDEFINED; /* to nobody: the call does not come back */
}
