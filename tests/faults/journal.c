#include "tests/faults/journal.h"

#include "tests/attacks/line.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what) {
    perror(what);
    exit(1);
}

static bool read_all(int fd, struct buf *all) {
    for (;;) {
        uint8_t *room = buf_reserve(all, 1 << 16);
        ssize_t n = room ? read(fd, room, 1 << 16) : -1;
        if (n <= 0)
            return n == 0;
        buf_commit(all, (size_t)n);
    }
}

static struct word *find(struct word *words, size_t n_words, const char *id) {
    // The latest are asked for most.
    for (size_t i = n_words; i > 0; i--)
        if (strcmp(words[i - 1].id, id) == 0)
            return &words[i - 1];
    return NULL;
}

// A line without its end.
static void take_line(const char *line, struct word **words, size_t *n_words, size_t *n_sent) {
    struct word word;
    char kind = ' ';
    memset(&word, 0, sizeof word);
    int n = sscanf(line, "%c\t%*u\t%36s\t%31s\t%d\t%10s\t%2000[^\n]", &kind, word.id,
                   word.reference, &word.status, word.as_of, word.note);
    if (kind == 'S' && n == 6) {
        *words = realloc(*words, (*n_words + 1) * sizeof **words);
        if (!*words)
            die("journal");
        (*words)[(*n_words)++] = word;
        ++*n_sent;
    } else if (kind == 'A' || kind == 'X') {
        struct word *answered = find(*words, *n_words, word.id);
        if (answered)
            *answered = (*words)[--*n_words];
    }
}

bool journal_open(struct journal *journal, const char *path, struct word **words, size_t *n_words) {
    struct buf all = {0};
    *journal = (struct journal){.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
    *words = NULL;
    *n_words = 0;
    if (journal->fd < 0 || !read_all(journal->fd, &all) || !buf_append(&all, "", 1))
        return false;
    char *line = (char *)all.data + all.start;
    off_t kept = 0;
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        take_line(line, words, n_words, &journal->n_sent);
        kept += end + 1 - line;
    }
    buf_finish(&all);
    return ftruncate(journal->fd, kept) == 0 && lseek(journal->fd, kept, SEEK_SET) == kept;
}

void journal_close(struct journal *journal) {
    journal_write(journal);
    buf_finish(&journal->lines);
    close(journal->fd);
}

void journal_note_sent(struct journal *journal, const struct word *word) {
    if (!buf_format(&journal->lines, "S\t%" PRIu64 "\t%s\t%s\t%d\t%s\t", now_us(), word->id,
                    word->reference, word->status, word->as_of) ||
        !buf_append_text(&journal->lines, word->note) || !buf_append(&journal->lines, "\n", 1))
        die("journal");
    journal->n_sent++;
}

void journal_note_failed(struct journal *journal, const char *id, int status, bool is_final) {
    if (!buf_format(&journal->lines, "%c\t%" PRIu64 "\t%s\t%d\n", is_final ? 'X' : 'F', now_us(),
                    id, status))
        die("journal");
}

void journal_note_acknowledged(struct journal *journal, const char *id, int64_t record,
                               bool is_replayed) {
    if (!buf_format(&journal->lines, "A\t%" PRIu64 "\t%s\t%" PRId64 "\t%d\n", now_us(), id, record,
                    is_replayed))
        die("journal");
}

void journal_write(struct journal *journal) {
    while (buf_len(&journal->lines) > 0) {
        ssize_t n = write(journal->fd, buf_bytes(&journal->lines), buf_len(&journal->lines));
        if (n <= 0)
            die("journal");
        buf_consume(&journal->lines, (size_t)n);
    }
}

void journal_sync(struct journal *journal) {
    journal_write(journal);
    if (fdatasync(journal->fd) != 0)
        die("journal");
}
