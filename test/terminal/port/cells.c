/* For front.test.ts: cells of each character of Unicode as one digit, 0 where a device draws a blank for it. */
#include <stdio.h>

#include "port.h"

int main(void) {
    for (uint32_t point = 0; point <= 0x10ffff; point++)
        putchar('0' + (is_undrawable(point) ? 0 : character_cells(point)));
    return 0;
}
