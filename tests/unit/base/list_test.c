#include "server/base/list.h"

#include <criterion/criterion.h>

struct item {
    int value;
    struct list link;
};

Test(list, items_come_out_in_the_order_they_went_in) {
    struct list list;
    struct item items[3];
    list_init(&list);
    for (int i = 0; i < 3; i++) {
        items[i].value = i;
        list_append(&list, &items[i].link);
    }
    for (int i = 0; i < 3; i++)
        cr_assert_eq(list_entry(list_take_first(&list), struct item, link)->value, i);
    cr_assert_null(list_take_first(&list));
    cr_assert(list_is_empty(&list));
}

Test(list, an_item_can_be_unlinked_twice) {
    struct list list;
    struct item one, two;
    list_init(&list);
    list_append(&list, &one.link);
    list_append(&list, &two.link);
    list_unlink(&one.link);
    list_unlink(&one.link);
    cr_assert_eq(list_take_first(&list), &two.link);
    cr_assert(list_is_empty(&list));
}
