#define _GNU_SOURCE // dl_iterate_phdr, RTLD_NEXT
#include "tests/torture/torture.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// What tells one site from another: the nearest callers, and the nearest lines of our own program.
enum { NEAR = 4, OWN = 3, DEPTH = 40 };

struct module {
    uintptr_t start, end;
};

struct control *control;
static struct module modules[N_MODULES];
_Thread_local bool is_inside __attribute__((tls_model("initial-exec")));
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool is_running; // main has begun, and has not ended

void *find_next(const char *name) {
    is_inside = true;
    void *found = dlsym(RTLD_NEXT, name);
    is_inside = false;
    if (found == NULL)
        abort();
    return found;
}

// ---- Places ----

static int note_module(struct dl_phdr_info *info, size_t size, void *ctx) {
    uintptr_t start = UINTPTR_MAX, end = 0;
    uint32_t *n = ctx;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD)
            continue;
        uintptr_t from = info->dlpi_addr + part->p_vaddr;
        start = from < start ? from : start;
        end = from + part->p_memsz > end ? from + part->p_memsz : end;
    }
    if (*n == N_MODULES)
        return 1;
    modules[*n] = (struct module){start, end};
    snprintf(control->modules[*n], MODULE_SIZE, "%s", info->dlpi_name);
    (*n)++;
    return 0;
}

static void read_modules(void) {
    uint32_t n = 0;
    dl_iterate_phdr(note_module, &n);
    control->n_modules = n;
}

static place find_place(uintptr_t address) {
    for (uint32_t i = 0; i < control->n_modules; i++)
        if (address >= modules[i].start && address < modules[i].end)
            return (place)(i + 1) << 48 | (address - modules[i].start);
    return 0;
}

place place_of(const void *address) {
    place found = find_place((uintptr_t)address);
    if (found == 0)
        read_modules(); // something was loaded meanwhile
    return found != 0 ? found : find_place((uintptr_t)address);
}

bool is_of_program(const void *address) {
    return (uintptr_t)address >= modules[0].start && (uintptr_t)address < modules[0].end;
}

// ---- Sites ----

static uint64_t mix(uint64_t hash, uint64_t value) {
    return (hash ^ value) * 0x100000001b3u ^ (hash >> 29);
}

// The order in which modules were loaded may differ; their names do not.
static uint64_t mix_place(uint64_t hash, place at) {
    const char *name = at == 0 ? "" : control->modules[(at >> 48) - 1];
    for (; *name != '\0'; name++)
        hash = mix(hash, (unsigned char)*name);
    return mix(hash, at & 0xffffffffffff);
}

static uint64_t read_stack(const struct failing *failing, const void *caller,
                           place frames[N_FRAMES]) {
    void *stack[DEPTH];
    int n = backtrace(stack, DEPTH);
    int first = 0;
    while (first < n && stack[first] != caller)
        first++;
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *name = failing->name; *name != '\0'; name++)
        hash = mix(hash, (unsigned char)*name);
    int n_own = 0, n_frames = 0;
    for (int i = first; i < n && n_frames < N_FRAMES && n_own < 2 * OWN; i++) {
        bool is_own = is_of_program(stack[i]);
        frames[n_frames] = place_of(stack[i]);
        n_own += is_own;
        if (i - first < NEAR || (is_own && n_own <= OWN))
            hash = mix_place(hash, frames[n_frames]);
        n_frames++;
    }
    return hash;
}

static uint32_t count_ways(const struct failing *failing) {
    uint32_t n = 1;
    while (n < N_WAYS && failing->ways[n] != 0)
        n++;
    return n;
}

static void count(const struct failing *failing, const void *caller) {
    place frames[N_FRAMES] = {0};
    uint64_t hash = read_stack(failing, caller, frames);
    control->n_calls++;
    for (uint32_t i = (uint32_t)hash % N_SITES, n = 0; n < N_SITES; n++, i = (i + 1) % N_SITES) {
        struct site *site = &control->sites[i];
        if (site->n_calls == 0 && control->n_sites + 64 > N_SITES)
            break;
        if (site->n_calls == 0) {
            site->hash = hash;
            site->n_ways = count_ways(failing);
            snprintf(site->name, sizeof site->name, "%s", failing->name);
            memcpy(site->frames, frames, sizeof frames);
            control->n_sites++;
        }
        if (site->hash == hash) {
            site->n_calls++;
            return;
        }
    }
    control->is_full = 1;
}

static bool is_wanted(const struct failing *failing, const void *caller) {
    place frames[N_FRAMES] = {0};
    if (control->n_failed > 0 || ((uintptr_t)caller & 0xfff) != control->page ||
        read_stack(failing, caller, frames) != control->wanted)
        return false;
    return ++control->n_seen == control->nth;
}

// The first is noted as a site: it says where memory ended.
static bool is_starved(const struct failing *failing, const void *caller) {
    if (failing->ways[0] != ENOMEM || ++control->n_seen < control->nth)
        return false;
    if (control->n_seen == control->nth)
        count(failing, caller);
    return true;
}

static void leave_reason(void) {
    void (*begin)(void) = (void (*)(void))(uintptr_t)find_next("ERR_new");
    void (*say)(int, int, const char *, ...) =
        (void (*)(int, int, const char *, ...))(uintptr_t)find_next("ERR_set_error");
    begin();
    say(20, 65 | 0x40000, NULL); // ERR_LIB_SSL, ERR_R_MALLOC_FAILURE
}

bool ask(const struct failing *failing, const void *caller, int *way) {
    if (control == NULL || !is_running || is_inside || control->mode == MODE_OFF ||
        control->is_armed == 0 || (failing->is_ours && !is_of_program(caller)))
        return false;
    int before = errno;
    bool is_chosen = false;
    is_inside = true;
    pthread_mutex_lock(&mutex);
    if (control->mode == MODE_COUNT)
        count(failing, caller);
    else if (control->mode == MODE_FAIL && is_wanted(failing, caller))
        is_chosen = true;
    else if (control->mode == MODE_STARVE)
        is_chosen = is_starved(failing, caller);
    if (is_chosen)
        control->n_failed++;
    pthread_mutex_unlock(&mutex);
    is_inside = false;
    if (is_chosen && failing->is_openssl)
        leave_reason();
    errno = before;
    if (!is_chosen)
        return false;
    *way = failing->ways[control->wanted_way % N_WAYS];
    if (*way > 0)
        errno = *way;
    return true;
}

void rest(void) {
    if (control == NULL || control->audit_wanted == control->audit_done)
        return;
    uint32_t wanted = control->audit_wanted;
    is_inside = true;
    blocks_audit();
    is_inside = false;
    control->audit_done = wanted;
}

// ---- Beginning and end ----

static void leave_child_alone(void) {
    control = NULL;
}

static void __attribute__((constructor)) begin(void) {
    const char *path = getenv("SHAP_TORTURE");
    uint32_t nobody = 0;
    void *stack[1];
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    struct control *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared == MAP_FAILED ||
        !atomic_compare_exchange_strong(&shared->owner, &nobody, (uint32_t)getpid()))
        return;
    (void)backtrace(stack, 1); // loads what it needs
    if (!blocks_init())
        abort();
    control = shared;
    read_modules();
    pthread_atfork(NULL, NULL, leave_child_alone);
}

static int (*real_main)(int, char **, char **);

static int run_main(int n_arguments, char **arguments, char **environment) {
    is_running = true;
    int code = real_main(n_arguments, arguments, environment);
    is_running = false;
    if (control != NULL) {
        control->audit_wanted = control->audit_done + 1;
        rest();
    }
    return code;
}

typedef int (*main_function)(int, char **, char **);
int __libc_start_main(main_function main, int n_arguments, char **arguments, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end);

int __libc_start_main(main_function main, int n_arguments, char **arguments, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end) {
    __typeof__(&__libc_start_main) next =
        (__typeof__(next))(uintptr_t)find_next("__libc_start_main");
    real_main = main;
    return next(run_main, n_arguments, arguments, init, fini, loader_fini, stack_end);
}
