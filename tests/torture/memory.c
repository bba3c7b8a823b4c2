#define _GNU_SOURCE
#include "tests/torture/torture.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

// Of glibc: what it calls itself, before anything can be looked up.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *ptr);

#define HERE __builtin_return_address(0)

static bool is_refused(const char *name, const void *caller) {
    const struct failing failing = {.name = name, .ways = {ENOMEM}};
    int way;
    return ask(&failing, caller, &way);
}

void *malloc(size_t size) {
    if (is_refused("malloc", HERE))
        return NULL;
    void *ptr = __libc_malloc(size);
    blocks_add(ptr, size, HERE);
    return ptr;
}

void *calloc(size_t n, size_t size) {
    if (is_refused("calloc", HERE))
        return NULL;
    void *ptr = __libc_calloc(n, size);
    blocks_add(ptr, n * size, HERE);
    return ptr;
}

void *realloc(void *old, size_t size) {
    if (is_refused("realloc", HERE))
        return NULL;
    blocks_remove(old);
    void *ptr = __libc_realloc(old, size);
    blocks_add(ptr, size, HERE);
    return ptr;
}

static void *align(const char *name, size_t alignment, size_t size, const void *caller) {
    if (is_refused(name, caller))
        return NULL;
    void *ptr = __libc_memalign(alignment, size);
    blocks_add(ptr, size, caller);
    return ptr;
}

void *memalign(size_t alignment, size_t size) {
    return align("memalign", alignment, size, HERE);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return align("aligned_alloc", alignment, size, HERE);
}

int posix_memalign(void **ptr, size_t alignment, size_t size) {
    void *made = align("posix_memalign", alignment, size, HERE);
    if (made == NULL)
        return ENOMEM;
    *ptr = made;
    return 0;
}

void free(void *ptr) {
    int before = errno;
    blocks_remove(ptr);
    __libc_free(ptr);
    errno = before;
}
