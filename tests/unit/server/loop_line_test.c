#include "server/loop_line.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_loop_t loop;
static struct loop_line line;
static int above; // the other end
static enum loop_order orders[8];
static size_t n_orders;
static unsigned char first_byte;

static void on_message(void *ctx, const struct loop_message *message) {
    cr_assert_eq(ctx, &loop);
    first_byte = message->tickets.bytes[0];
    orders[n_orders++] = message->order;
}

static void open_line(void) {
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    above = ends[0];
    uv_loop_init(&loop);
    loop_line_start(&line, &loop, ends[1], on_message, &loop);
}

static void close_line(void) {
    loop_line_stop(&line);
    loop_line_stop(&line);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&loop), 0);
    if (above >= 0)
        close(above);
}

TestSuite(loop_line, .init = open_line, .fini = close_line, .timeout = 30);

static void say(enum loop_order order, unsigned char byte) {
    struct loop_message message = {.order = order, .tickets = {{byte}}};
    cr_assert_eq(send(above, &message, sizeof message, 0), (ssize_t)sizeof message);
}

Test(loop_line, orders_come_in_their_sequence_with_what_belongs_to_them) {
    say(LOOP_TICKETS, 7);
    say(LOOP_RELOAD, 8);
    say(LOOP_STOP, 9);
    while (n_orders < 3)
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert_eq(orders[0], LOOP_TICKETS);
    cr_assert_eq(orders[1], LOOP_RELOAD);
    cr_assert_eq(orders[2], LOOP_STOP);
    cr_assert_eq(first_byte, 9);
}

Test(loop_line, a_loop_says_that_it_serves) {
    char byte;
    cr_assert_lt(recv(above, &byte, 1, 0), 0);
    loop_line_tell(&line);
    cr_assert_eq(recv(above, &byte, 1, 0), 1);
}

Test(loop_line, a_line_that_ends_is_not_waited_on) {
    close(above);
    above = -1;
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(n_orders, 0);
    loop_line_tell(&line);
}
