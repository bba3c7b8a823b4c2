// An intrusive, circular, doubly linked list. A list head is a link like its items; an item that is
// in no list points to itself. Nothing is allocated; the owner of an item unlinks it before freeing
// it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *previous;
    struct list *next;
};

#define list_entry(item, type, member) ((type *)(void *)((char *)(item)-offsetof(type, member)))

static inline void list_init(struct list *list) {
    list->previous = list;
    list->next = list;
}

static inline bool list_is_empty(const struct list *list) {
    return list->next == list;
}

// Puts item last; item is in no list.
static inline void list_append(struct list *list, struct list *item) {
    item->previous = list->previous;
    item->next = list;
    list->previous->next = item;
    list->previous = item;
}

// Takes item out of whatever list it is in; harmless when it is in none.
static inline void list_unlink(struct list *item) {
    item->previous->next = item->next;
    item->next->previous = item->previous;
    list_init(item);
}

// Takes the first item out and returns it; NULL when there is none.
static inline struct list *list_take_first(struct list *list) {
    struct list *item = list->next;
    if (item == list)
        return NULL;
    list_unlink(item);
    return item;
}
