#include "server/pg/hosts.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char *said(const char *text) {
    return text != NULL ? text : "-";
}

static void turns(const char *conninfo, size_t by, const char *wanted) {
    struct hosts hosts;
    char found[256];
    cr_assert(hosts_turn(&hosts, conninfo, by));
    snprintf(found, sizeof found, "%s %s %s", said(hosts.host), said(hosts.hostaddr),
             said(hosts.port));
    cr_expect_str_eq(found, wanted, "%s by %zu: %s", conninfo, by, found);
    hosts_finish(&hosts);
}

Test(hosts, are_counted) {
    cr_expect_eq(hosts_count("dbname=shap"), 1);
    cr_expect_eq(hosts_count("shap"), 1);
    cr_expect_eq(hosts_count("host=a dbname=shap"), 1);
    cr_expect_eq(hosts_count("host=a,b,c"), 3);
    cr_expect_eq(hosts_count("hostaddr=10.0.0.1,10.0.0.2"), 2);
    cr_expect_eq(hosts_count("postgresql://a:1,b:2/shap"), 2);
    cr_expect_eq(hosts_count("host"), 1);
}

Test(hosts, begin_with_another_and_keep_their_ports) {
    turns("host=a,bb,c port=1,22,333", 0, "- - -");
    turns("host=a,bb,c port=1,22,333", 1, "bb,c,a - 22,333,1");
    turns("host=a,bb,c port=1,22,333", 2, "c,a,bb - 333,1,22");
    turns("host=a,bb,c port=1,22,333", 4, "bb,c,a - 22,333,1");
    turns("host=a,b hostaddr=10.0.0.1,10.0.0.2", 1, "b,a 10.0.0.2,10.0.0.1 -");
    turns("postgresql://a:1,b:2/shap", 1, "b,a - 2,1");
}

Test(hosts, what_is_one_for_all_stays) {
    turns("host=a,b port=5433", 1, "b,a - 5433");
    turns("host=a port=1", 3, "a - 1");
    turns("dbname=shap", 1, "- - -");
    turns("shap", 1, "- - -");
    turns("host=,b port=1,", 1, "b, - ,1");
}
