// A file of the outbox: the returns of one command that wait for an answer. See outbox.h.
//
// "shap outbox 1", a line feed, the SHA-256 of what follows in hexadecimal, a line feed, and a
// packed shap.client.Outbox. It appears whole and synced, or not at all, readable by its owner
// alone. Who writes it, or means to, holds its lock: the lock ends with the process.
#pragma once

#include <stdbool.h>
#include "server/base/buf.h"
#include "server/base/error.h"
#include "shap/client/outbox.pb-c.h"

struct outbox_file {
    char *path;                    // owned
    int fd;                        // owned: locked; -1: it is not
    Shap__Client__Outbox *content; // owned; NULL: it makes no sense
};

enum outbox_found {
    OUTBOX_FOUND,
    OUTBOX_GONE,    // there is none (any more)
    OUTBOX_IN_USE,  // another shap is about to send it, or is sending it
    OUTBOX_DAMAGED, // it is not what was written, or cannot be read; err says which
};

// Opens a file; it is locked when OUTBOX_FOUND, or OUTBOX_DAMAGED and can be opened. One that is in
// use is read all the same. file is to be finished, whatever was found.
enum outbox_found outbox_file_open(struct outbox_file *file, const char *path, struct error *err);
void outbox_file_finish(struct outbox_file *file);

// Writes a new file, made of the packed content, or one that is locked already; it stays locked.
bool outbox_file_write(struct outbox_file *file, const Shap__Client__Outbox *content,
                       struct error *err) __attribute__((warn_unused_result));

// Removes it, locked or not there.
bool outbox_file_remove(struct outbox_file *file, struct error *err)
    __attribute__((warn_unused_result));

// The paths of all files of a directory, each to be freed, the first written first; *paths is NULL
// without any. A directory that is not there is empty. False with err set.
bool outbox_file_list(const char *directory, char ***paths, size_t *n, struct error *err)
    __attribute__((warn_unused_result));
void outbox_file_list_finish(char **paths, size_t n);

// A path for a new file in directory, owned by the caller. NULL with err set.
char *outbox_file_name(const char *directory, struct error *err)
    __attribute__((warn_unused_result));
