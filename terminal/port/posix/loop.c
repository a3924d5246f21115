/*
 * Timers and files: what the whole port waits for. One event at a time; between two of them everything follows that
 * the first has set off (vm.c). A porter with interrupts makes each of them set a flag that board_wait looks at, and
 * has a watchdog chip in the place of alarm().
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "port.h"

#define FILES_MAX 16

static struct timer *first;
static struct pollfd files[FILES_MAX];
static struct watcher {
    file_ready *ready;
    void *of;
} watchers[FILES_MAX];
static int count;
unsigned watchdog_s = 60;

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

static int place_of(int file) {
    int i = 0;
    while (i < count && files[i].fd != file) i++;
    return i;
}

void watch(int file, short events, file_ready *ready, void *of) {
    int i = place_of(file);
    if (events == 0 && i < count) files[i] = files[--count], watchers[i] = watchers[count];
    if (events == 0) return;
    if (i == FILES_MAX) die(EXIT_PERIPHERAL, "more than %d files to wait for", FILES_MAX);
    if (i == count) count++;
    files[i] = (struct pollfd){.fd = file, .events = events};
    watchers[i] = (struct watcher){ready, of};
}

static void wait_for_files(void) {
    struct pollfd polled[FILES_MAX];
    int all = count;
    memcpy(polled, files, sizeof files);
    board_wait(first == NULL ? -1 : first->at_ms, polled, all);
    for (int i = 0; i < all; i++) {
        int place = place_of(polled[i].fd); /* what went before may have closed it */
        if (polled[i].revents == 0 || place == count) continue;
        watchers[place].ready(polled[i].fd, watchers[place].of);
        event_end();
    }
}

void watchdog(bool on) { alarm(on ? watchdog_s : 0); }

void event_end(void) {
    vm_drain();
    screen_show();
}

void loop_once(void) {
    watchdog(true);
    struct timer *due = first;
    if (due == NULL || due->at_ms > board_monotonic_ms()) return wait_for_files();
    timer_stop(due);
    due->fire(due->of);
    event_end();
}
