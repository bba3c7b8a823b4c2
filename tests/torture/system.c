// What the kernel may refuse, by whichever library it is asked.
#define _GNU_SOURCE
#include "tests/torture/wrap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HERE __builtin_return_address(0)
#define NEXT(name) ((__typeof__(&name))(uintptr_t)find_next(#name))

SYSTEM(int, socket, (int a, int b, int c), (a, b, c), -1, EMFILE)
SYSTEM(int, socketpair, (int a, int b, int c, int d[2]), (a, b, c, d), -1, EMFILE)
SYSTEM(int, connect, (int a, __CONST_SOCKADDR_ARG b, socklen_t c), (a, b, c), -1, ECONNREFUSED,
       EAGAIN, ENETUNREACH)
SYSTEM(int, accept4, (int a, __SOCKADDR_ARG b, socklen_t *c, int d), (a, b, c, d), -1, EMFILE,
       ECONNABORTED)
SYSTEM(int, bind, (int a, __CONST_SOCKADDR_ARG b, socklen_t c), (a, b, c), -1, EADDRINUSE)
SYSTEM(int, listen, (int a, int b), (a, b), -1, EADDRINUSE)
SYSTEM(int, setsockopt, (int a, int b, int c, const void *d, socklen_t e), (a, b, c, d, e), -1,
       ENOBUFS)
SYSTEM(int, getsockopt, (int a, int b, int c, void *d, socklen_t *e), (a, b, c, d, e), -1, ENOBUFS)
SYSTEM(int, getsockname, (int a, __SOCKADDR_ARG b, socklen_t *c), (a, b, c), -1, ENOBUFS)
SYSTEM(int, getpeername, (int a, __SOCKADDR_ARG b, socklen_t *c), (a, b, c), -1, ENOTCONN)
SYSTEM(int, dup, (int a), (a), -1, EMFILE)
SYSTEM(int, dup2, (int a, int b), (a, b), -1, EMFILE)
SYSTEM(int, pipe, (int a[2]), (a), -1, EMFILE)
SYSTEM(int, pipe2, (int a[2], int b), (a, b), -1, EMFILE)
SYSTEM(int, eventfd, (unsigned a, int b), (a, b), -1, EMFILE)
SYSTEM(int, epoll_create1, (int a), (a), -1, EMFILE)
SYSTEM(int, epoll_ctl, (int a, int b, int c, struct epoll_event *d), (a, b, c, d), -1, ENOSPC)
SYSTEM(int, poll, (struct pollfd * a, nfds_t b, int c), (a, b, c), -1, EINTR, ENOMEM)
SYSTEM(pid_t, fork, (void), (), -1, EAGAIN)
SYSTEM(pid_t, waitpid, (pid_t a, int *b, int c), (a, b, c), -1, EINTR)
SYSTEM(int, fsync, (int a), (a), -1, EIO)
SYSTEM(int, ftruncate, (int a, off_t b), (a, b), -1, EIO)
SYSTEM(int, fchmod, (int a, mode_t b), (a, b), -1, EIO)
SYSTEM(int, fchown, (int a, uid_t b, gid_t c), (a, b, c), -1, EIO)
SYSTEM(int, chmod, (const char *a, mode_t b), (a, b), -1, EIO)
SYSTEM(int, fstat, (int a, struct stat *b), (a, b), -1, EIO)
SYSTEM(int, stat, (const char *a, struct stat *b), (a, b), -1, EIO)
SYSTEM(int, lstat, (const char *a, struct stat *b), (a, b), -1, EIO)
SYSTEM(int, rename, (const char *a, const char *b), (a, b), -1, EIO)
SYSTEM(int, unlink, (const char *a), (a), -1, EIO)
SYSTEM(int, rmdir, (const char *a), (a), -1, EIO)
SYSTEM(int, mkdir, (const char *a, mode_t b), (a, b), -1, ENOSPC)
SYSTEM(int, mkstemp, (char *a), (a), -1, ENOSPC)
SYSTEM(int, flock, (int a, int b), (a, b), -1, ENOLCK)
SYSTEM(DIR *, opendir, (const char *a), (a), NULL, EMFILE)
SYSTEM(DIR *, fdopendir, (int a), (a), NULL, ENOMEM)
SYSTEM(struct dirent *, readdir, (DIR * a), (a), NULL, EIO)
SYSTEM(char *, getcwd, (char *a, size_t b), (a, b), NULL, ENOENT)
SYSTEM(ssize_t, getrandom, (void *a, size_t b, unsigned c), (a, b, c), -1, EINTR)
SYSTEM(int, getaddrinfo,
       (const char *a, const char *b, const struct addrinfo *c, struct addrinfo **d), (a, b, c, d),
       way == ENOMEM ? EAI_MEMORY : EAI_AGAIN, ENOMEM, EAGAIN)
SYSTEM(int, pthread_create, (pthread_t * a, const pthread_attr_t *b, void *(*c)(void *), void *d),
       (a, b, c, d), EAGAIN, EAGAIN)
WRAP(void *, mmap, (void *a, size_t b, int c, int d, int e, off_t f), (a, b, c, d, e, f),
     MAP_FAILED, true, false, ENOMEM)

// ---- Those that take a further argument sometimes

#define OPENS(name)                                                                                \
    int name(const char *path, int flags, ...) {                                                   \
        static __typeof__(&name) next;                                                             \
        static const struct failing failing = {#name, {EMFILE, EACCES}, false, false};             \
        va_list more;                                                                              \
        int way;                                                                                   \
        va_start(more, flags);                                                                     \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;             \
        va_end(more);                                                                              \
        if (ask(&failing, HERE, &way))                                                             \
            return -1;                                                                             \
        if (next == NULL)                                                                          \
            next = NEXT(name);                                                                     \
        return next(path, flags, mode);                                                            \
    }
OPENS(open)
OPENS(open64)

// ---- Closing frees the descriptor, whatever it answers

int close(int fd) {
    static __typeof__(&close) next;
    static const struct failing failing = {"close", {EIO}, false, false};
    int way;
    if (next == NULL)
        next = NEXT(close);
    bool is_failing = ask(&failing, HERE, &way);
    int result = next(fd);
    if (!is_failing)
        return result;
    errno = EIO;
    return -1;
}

// ---- Moving bytes: it fails, is interrupted, moves one byte only, or finds the end

#define MOVES(name, parameters, whole, one, ...)                                                   \
    ssize_t name parameters {                                                                      \
        static __typeof__(&name) next;                                                             \
        static const struct failing failing = {#name, {__VA_ARGS__}, false, false};                \
        int way = 0;                                                                               \
        bool is_failing = ask(&failing, HERE, &way);                                               \
        if (is_failing && way > 0)                                                                 \
            return lose(a, way);                                                                   \
        if (is_failing && way == WAY_END)                                                          \
            return 0;                                                                              \
        if (next == NULL)                                                                          \
            next = NEXT(name);                                                                     \
        if (is_failing)                                                                            \
            return next one;                                                                       \
        return next whole;                                                                         \
    }

// A connection that was lost stays so.
static int lose(int fd, int error) {
    if (error == EPIPE || error == ECONNRESET)
        shutdown(fd, SHUT_RDWR);
    errno = error;
    return -1;
}

static size_t least(size_t len) {
    return len > 1 ? 1 : len;
}

static struct iovec first_byte(const struct iovec *parts, int n) {
    for (int i = 0; i < n; i++)
        if (parts[i].iov_len > 0)
            return (struct iovec){parts[i].iov_base, 1};
    return (struct iovec){0};
}

MOVES(read, (int a, void *b, size_t c), (a, b, c), (a, b, least(c)), EIO, EINTR, WAY_SHORT, WAY_END)
MOVES(write, (int a, const void *b, size_t c), (a, b, c), (a, b, least(c)), ENOSPC, EINTR,
      WAY_SHORT)
MOVES(recv, (int a, void *b, size_t c, int d), (a, b, c, d), (a, b, least(c), d), ECONNRESET, EINTR,
      WAY_SHORT, WAY_END)
MOVES(send, (int a, const void *b, size_t c, int d), (a, b, c, d), (a, b, least(c), d), EPIPE,
      EINTR, WAY_SHORT)
MOVES(readv, (int a, const struct iovec *b, int c), (a, b, c),
      (a, &(struct iovec){first_byte(b, c).iov_base, first_byte(b, c).iov_len}, 1), ECONNRESET,
      EINTR, WAY_SHORT, WAY_END)
MOVES(writev, (int a, const struct iovec *b, int c), (a, b, c),
      (a, &(struct iovec){first_byte(b, c).iov_base, first_byte(b, c).iov_len}, 1), EPIPE, EINTR,
      WAY_SHORT)
MOVES(sendmsg, (int a, const struct msghdr *b, int c), (a, b, c), (a, b, c), EPIPE, EINTR)
MOVES(recvmsg, (int a, struct msghdr *b, int c), (a, b, c), (a, b, c), ECONNRESET, EINTR)

// ---- Where a server rests

enum { PATIENCE_MS = 5 };

static int wait_in_parts(int fd, struct epoll_event *events, int n, int timeout_ms,
                         const sigset_t *signals) {
    static __typeof__(&epoll_pwait) next;
    if (next == NULL)
        next = NEXT(epoll_pwait);
    for (int waited = 0;; waited += PATIENCE_MS) {
        int left =
            timeout_ms < 0 || timeout_ms - waited > PATIENCE_MS ? PATIENCE_MS : timeout_ms - waited;
        int found = next(fd, events, n, left, signals);
        if (found != 0)
            return found;
        rest();
        if (timeout_ms >= 0 && waited + left >= timeout_ms)
            return 0;
    }
}

int epoll_pwait(int fd, struct epoll_event *events, int n, int timeout_ms,
                const sigset_t *signals) {
    static const struct failing failing = {"epoll_pwait", {EINTR}, false, false};
    int way;
    if (ask(&failing, HERE, &way))
        return -1;
    return wait_in_parts(fd, events, n, timeout_ms, signals);
}

int epoll_wait(int fd, struct epoll_event *events, int n, int timeout_ms) {
    static const struct failing failing = {"epoll_wait", {EINTR}, false, false};
    int way;
    if (ask(&failing, HERE, &way))
        return -1;
    return wait_in_parts(fd, events, n, timeout_ms, NULL);
}
