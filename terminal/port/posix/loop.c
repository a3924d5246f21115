/*
 * Timers and files: what the whole port waits for. One event at a time; between two of them everything follows that
 * the first has set off (vm.c). A porter with interrupts makes each of them set a flag that board_wait looks at.
 */
#include <poll.h>

#include "port.h"

#define FILES_MAX 16

static struct timer *first;
static struct watch {
    int file;
    short events;
    file_ready *ready;
    void *of;
} watches[FILES_MAX];
static int watch_count;

void timer_stop(struct timer *timer) {
    if (!timer->set) return;
    struct timer **link = &first;
    while (*link != timer) link = &(*link)->next;
    *link = timer->next;
    timer->set = false;
}

void timer_start(struct timer *timer, int64_t ms, void (*fire)(void *of), void *of) {
    timer_stop(timer);
    int64_t at_ms = board_monotonic_ms() + (ms > 0 ? ms : 0);
    struct timer **link = &first;
    while (*link != NULL && (*link)->at_ms <= at_ms) link = &(*link)->next; /* equal instants: in their order */
    *timer = (struct timer){.at_ms = at_ms, .fire = fire, .of = of, .next = *link, .set = true};
    *link = timer;
}

void watch(int file, short events, file_ready *ready, void *of) {
    int i = 0;
    while (i < watch_count && watches[i].file != file) i++;
    if (events == 0) {
        if (i < watch_count) watches[i] = watches[--watch_count];
        return;
    }
    if (i == FILES_MAX) die(EXIT_PERIPHERAL, "more than %d files to wait for", FILES_MAX);
    watches[i] = (struct watch){file, events, ready, of};
    if (i == watch_count) watch_count++;
}

int watched(struct pollfd *files) {
    for (int i = 0; i < watch_count; i++) files[i] = (struct pollfd){watches[i].file, watches[i].events, 0};
    return watch_count;
}

void tell_ready(const struct pollfd *files, int count) {
    for (int i = 0; i < count; i++) {
        if (files[i].revents == 0) continue;
        /* looked for anew: what went before may have closed it */
        for (int j = 0; j < watch_count; j++) {
            if (watches[j].file != files[i].fd) continue;
            watches[j].ready(files[i].fd, watches[j].of);
            event_end();
            break;
        }
    }
}

void event_end(void) {
    vm_drain();
    screen_show();
}

void loop_once(void) {
    if (first == NULL || first->at_ms > board_monotonic_ms()) {
        board_wait(first == NULL ? -1 : first->at_ms);
        return;
    }
    struct timer *due = first;
    timer_stop(due);
    due->fire(due->of);
    event_end();
}
