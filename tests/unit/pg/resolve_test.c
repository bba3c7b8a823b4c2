// Host names are looked up beside the loop: the resolver is this program's own, and as slow as it
// is told to be. libuv and libpq both ask it.
#include "server/pg/resolve.h"

#include "tests/unit/pg/harness.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct statement HELLO = {.name = "hello", .sql = "select 'hello'::text"};
static pthread_t loop_thread;
static sem_t slow;           // what "slow.test" waits for
static size_t n_on_the_loop; // names that were looked up by the loop's own thread
static atomic_size_t n_lookups;
static struct harness harness;
static struct call call;
static char found[512];
static size_t n_done;

// In the order of their addresses.
static struct addrinfo *address_of(const char *text, struct addrinfo *next) {
    struct addrinfo *one = calloc(1, sizeof *one + sizeof(struct sockaddr_in));
    struct sockaddr_in *address = (struct sockaddr_in *)(void *)(one + 1);
    address->sin_family = AF_INET;
    inet_pton(AF_INET, text, &address->sin_addr);
    one->ai_family = AF_INET;
    one->ai_socktype = SOCK_STREAM;
    one->ai_addr = (struct sockaddr *)address;
    one->ai_addrlen = sizeof *address;
    one->ai_next = next;
    return one;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    if (hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0) {
        *result = address_of(name, NULL);
        ((struct sockaddr_in *)(void *)(*result)->ai_addr)->sin_port =
            htons((uint16_t)atoi(service));
        return 0;
    }
    n_lookups++;
    n_on_the_loop += pthread_equal(pthread_self(), loop_thread) != 0;
    if (strcmp(name, "slow.test") == 0)
        sem_wait(&slow);
    *result = NULL;
    if (strcmp(name, "none.test") == 0)
        return EAI_NONAME;
    if (strcmp(name, "two.test") == 0)
        *result = address_of("127.0.0.2", address_of("127.0.0.3", NULL));
    else
        *result = address_of("127.0.0.1", NULL);
    return 0;
}

void freeaddrinfo(struct addrinfo *addresses) {
    while (addresses != NULL) {
        struct addrinfo *next = addresses->ai_next;
        free(addresses);
        addresses = next;
    }
}

static void setup(void) {
    loop_thread = pthread_self();
    sem_init(&slow, 0, 0);
}

static void teardown(void) {
    cr_assert_eq(n_on_the_loop, 0);
}

TestSuite(resolve, .init = setup, .fini = teardown, .timeout = 60);

static void on_done(void *ctx, const struct hosts *hosts, const char *reason) {
    (void)ctx;
    n_done++;
    if (hosts != NULL)
        snprintf(found, sizeof found, "%s %s %s", hosts->host, hosts->hostaddr, hosts->port);
    else
        snprintf(found, sizeof found, "%s", reason);
}

// What a connection string becomes; "-": nothing is to be looked up.
static const char *resolved(const char *conninfo, const struct hosts *hosts) {
    static const struct hosts as_it_says = {0};
    uv_loop_t loop;
    uv_loop_init(&loop);
    n_done = 0;
    struct resolve *resolve =
        resolve_start(&loop, conninfo, hosts != NULL ? hosts : &as_it_says, on_done, NULL);
    cr_assert_eq(n_done, 0, "it calls back later");
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(n_done, resolve != NULL);
    cr_assert_eq(uv_loop_close(&loop), 0);
    return resolve != NULL ? found : "-";
}

Test(resolve, a_name_stands_once_for_each_of_its_addresses) {
    cr_expect_str_eq(resolved("host=one.test", NULL), "one.test 127.0.0.1 ");
    cr_expect_str_eq(resolved("host=two.test port=7", NULL),
                     "two.test,two.test 127.0.0.2,127.0.0.3 7,7");
    cr_expect_str_eq(resolved("host=one.test,two.test,/tmp port=1,2,3", NULL),
                     "one.test,two.test,two.test,/tmp 127.0.0.1,127.0.0.2,127.0.0.3, 1,2,2,3");
    cr_expect_str_eq(resolved("postgresql://one.test:1,10.0.0.7:2/shap", NULL),
                     "one.test,10.0.0.7 127.0.0.1, 1,2");
}

Test(resolve, hosts_that_are_turned_are_looked_up_as_they_are) {
    const struct hosts turned = {.host = "two.test,one.test", .port = "2,1"};
    cr_expect_str_eq(resolved("host=one.test,two.test port=1,2", &turned),
                     "two.test,two.test,one.test 127.0.0.2,127.0.0.3,127.0.0.1 2,2,1");
}

Test(resolve, one_that_has_no_address_is_left_out_and_told_when_it_is_the_only_one) {
    cr_expect_str_eq(resolved("host=none.test,one.test port=1,2", NULL), "one.test 127.0.0.1 2");
    cr_expect_str_eq(resolved("host=none.test", NULL),
                     "cannot look up \"none.test\": unknown node or service");
}

Test(resolve, there_may_be_nothing_to_look_up) {
    cr_expect_str_eq(resolved("host=/tmp dbname=shap", NULL), "-");
    cr_expect_str_eq(resolved("host=10.0.0.1,::1,@shap", NULL), "-");
    cr_expect_str_eq(resolved("host=one.test hostaddr=10.0.0.1", NULL), "-");
    cr_expect_str_eq(resolved("service=elsewhere", NULL), "-");
    cr_expect_str_eq(resolved("shap", NULL), "-"); // PGHOST is a directory
}

Test(resolve, the_loop_goes_on_while_a_name_is_looked_up) {
    harness_start_with(&harness, "host=slow.test port=1", 100);
    harness_run(&harness, 50);
    cr_assert_eq(harness.n_down, 0);
    for (int i = 0; i < 20; i++)
        sem_post(&slow);
    harness_wait(&harness, &harness.n_down);
    cr_assert(strstr(harness.reason, "\"127.0.0.1\", port 1"), "%s", harness.reason);
    harness_stop(&harness);
}

Test(resolve, of_several_hosts_the_one_that_serves_is_found) {
    char conninfo[512];
    snprintf(conninfo, sizeof conninfo,
             "host=two.test,%s port=1,5432 target_session_attrs=read-write", getenv("PGHOST"));
    harness_start_with(&harness, conninfo, 5000);
    harness_wait(&harness, &harness.n_up);
    cr_assert_str_eq(query(&harness, &call, &HELLO), "hello");
    harness_stop(&harness);
}

Test(resolve, a_lookup_that_goes_on_is_waited_for_when_all_is_closed) {
    harness_start_with(&harness, "host=slow.test port=1", 100);
    harness_run(&harness, 20);
    for (int i = 0; i < 20; i++)
        sem_post(&slow);
    harness_stop(&harness);
}

Test(resolve, nobody_waits_for_the_names_after_one_when_all_is_closed) {
    static const struct hosts as_it_says = {0};
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct resolve *resolve =
        resolve_start(&loop, "host=slow.test,one.test,two.test", &as_it_says, on_done, NULL);
    while (n_lookups == 0)
        uv_sleep(1);
    resolve_hurry(resolve);
    sem_post(&slow);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(n_done, 1);
    cr_assert_eq(n_lookups, 1);
    cr_assert_eq(uv_loop_close(&loop), 0);
}
