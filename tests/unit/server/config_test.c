#include "server/config.h"
#include "server/config_limits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct config config;
static struct error err;
static char path[] = "/tmp/shap-config-XXXXXX";

static void setup(void) {
    FILE *file = fdopen(mkstemp(path), "w");
    fclose(file);
}

static void teardown(void) {
    config_finish(&config);
    unlink(path);
}

TestSuite(config, .init = setup, .fini = teardown);

static void write_file(const char *text) {
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

// Reads arguments separated by single spaces.
static bool read_config(const char *arguments) {
    static char text[1024];
    char *list[32] = {(char *)"shapd"};
    char *rest = NULL;
    int n = 1;
    snprintf(text, sizeof text, "%s", arguments);
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        list[n++] = word;
    return config_read(&config, n, list, &err);
}

static void assert_refused(const char *arguments, const char *words) {
    cr_assert_not(read_config(arguments), "%s", arguments);
    cr_assert_not_null(strstr(err.message, words), "%s: %s", arguments, err.message);
}

Test(config, what_is_not_said_has_its_default) {
    cr_assert(read_config("--embedded d"), "%s", err.message);
    cr_assert_str_eq(config.embedded, "d");
    cr_assert_eq(config.links, 8);
    cr_assert_eq(config.max_message, 1048576);
    cr_assert_str_eq(config.log_level, "info");
    cr_assert_eq(config.listen.n, 0);
    cr_assert_null(config.reflection);
    cr_assert_not(config.migrate);
}

// The net layers know the same defaults without an administrator.
Test(config, the_limits_are_those_of_the_net_layers_unless_changed) {
    cr_assert(read_config("--embedded d"), "%s", err.message);
    struct net_limits limits = config_limits(&config);
    cr_assert_eq(memcmp(&limits, &net_limits_default, sizeof limits), 0);
    config_finish(&config);
    cr_assert(read_config("--embedded d --max-message 16777216 --max-streams 7 --age-seconds 60 "
                          "--connects-per-second 3 --resets-per-second 4 --ping-seconds 5"));
    limits = config_limits(&config);
    cr_assert_eq(limits.max_message, 16777216);
    cr_assert_eq(limits.max_partial, 16777216);
    cr_assert_eq(limits.max_streams, 7);
    cr_assert_eq(limits.age_ms, 60000);
    cr_assert_eq(limits.connect_rate, 3);
    cr_assert_eq(limits.connect_burst, 30);
    cr_assert_eq(limits.reset_burst, 40);
    cr_assert_eq(limits.ping_ms, 5000);
}

Test(config, there_are_fewer_links_for_reports_than_processors_unless_it_is_said) {
    long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
    cr_assert(read_config("--embedded d"), "%s", err.message);
    cr_assert_geq(config.report_links, 1);
    cr_assert_leq(config.report_links, 8);
    cr_assert(config.report_links < n_processors || config.report_links == 1);
    cr_assert(config.report_links == n_processors - 1 || n_processors == 1 || n_processors > 9);
    config_finish(&config);
    cr_assert(read_config("--embedded d --report-links 30"));
    cr_assert_eq(config.report_links, 30);
}

Test(config, a_value_stands_behind_the_name_or_an_equals_sign) {
    cr_assert(read_config("--database=host=x --links=3 --queue 7"), "%s", err.message);
    cr_assert_str_eq(config.database, "host=x");
    cr_assert_eq(config.links, 3);
    cr_assert_eq(config.queue, 7);
}

Test(config, arguments_win_over_the_environment_and_that_over_the_file) {
    char arguments[100];
    write_file("# shapd\n\n links = 1 \nqueue=1\nstream-links = 1\nembedded = from file\n");
    setenv("SHAPD_QUEUE", "2", 1);
    setenv("SHAPD_STREAM_LINKS", "2", 1);
    snprintf(arguments, sizeof arguments, "--stream-links 3 --config %s", path);
    cr_assert(read_config(arguments), "%s", err.message);
    cr_assert_eq(config.links, 1);
    cr_assert_eq(config.queue, 2);
    cr_assert_eq(config.stream_links, 3);
    cr_assert_str_eq(config.embedded, "from file");
}

Test(config, the_file_can_be_named_by_the_environment) {
    write_file("embedded = d\n");
    setenv("SHAPD_CONFIG", path, 1);
    cr_assert(read_config(""), "%s", err.message);
    cr_assert_str_eq(config.embedded, "d");
}

Test(config, a_list_grows_within_one_place_and_replaces_that_of_an_earlier_one) {
    char arguments[200];
    write_file("embedded = d\nlisten = a:1\nlisten = b:2\n");
    snprintf(arguments, sizeof arguments, "--config %s", path);
    cr_assert(read_config(arguments), "%s", err.message);
    cr_assert_eq(config.listen.n, 2);
    cr_assert_str_eq(config.listen.items[1], "b:2");
    config_finish(&config);
    setenv("SHAPD_LISTEN", "c:3,d:4,e:5", 1);
    cr_assert(read_config(arguments), "%s", err.message);
    cr_assert_eq(config.listen.n, 3);
    config_finish(&config);
    snprintf(arguments, sizeof arguments, "--config %s --listen unix:/f --listen g:6", path);
    cr_assert(read_config(arguments), "%s", err.message);
    cr_assert_eq(config.listen.n, 2);
    cr_assert_str_eq(config.listen.items[0], "unix:/f");
}

Test(config, more_addresses_than_fit_are_refused) {
    setenv("SHAPD_LISTEN", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", 1);
    assert_refused("--embedded d", "SHAPD_LISTEN");
}

Test(config, an_unknown_option_is_refused_by_name) {
    assert_refused("--embeded d", "--embeded");
}

Test(config, a_word_that_is_no_option_is_refused) {
    assert_refused("serve", "serve");
}

Test(config, a_missing_value_is_refused) {
    assert_refused("--embedded", "DIR");
}

Test(config, an_empty_value_is_refused) {
    assert_refused("--embedded=", "needs a value");
}

Test(config, a_value_for_a_command_is_refused) {
    assert_refused("--embedded d --check=yes", "takes no value");
}

Test(config, a_number_out_of_range_names_the_range) {
    assert_refused("--embedded d --links 0", "from 1 to 1000");
}

Test(config, a_number_that_is_none_is_refused) {
    assert_refused("--embedded d --links 3x", "\"3x\"");
}

Test(config, a_mistake_in_the_file_names_file_and_line) {
    char arguments[100];
    write_file("embedded = d\nlinks = many\n");
    snprintf(arguments, sizeof arguments, "--config %s", path);
    assert_refused(arguments, ":2: ");
}

Test(config, a_line_without_equals_sign_is_refused) {
    char arguments[100];
    write_file("embedded d\n");
    snprintf(arguments, sizeof arguments, "--config %s", path);
    assert_refused(arguments, ":1: expected");
}

Test(config, a_command_in_the_file_is_refused) {
    char arguments[100];
    write_file("migrate = yes\n");
    snprintf(arguments, sizeof arguments, "--config %s", path);
    assert_refused(arguments, "migrate");
}

Test(config, a_file_that_cannot_be_read_is_refused_by_name) {
    assert_refused("--config /nowhere/shapd.conf", "/nowhere/shapd.conf");
}

Test(config, there_is_one_source_of_plans) {
    assert_refused("", "--embedded DIR");
    error_clear(&err);
    assert_refused("--embedded d --database x", "exclude");
}

Test(config, a_shifted_clock_is_for_the_embedded_database_only) {
    assert_refused("--database x --clock 2010-12-31", "--clock");
    error_clear(&err);
    cr_assert(read_config("--embedded d --clock 2010-12-31"), "%s", err.message);
}

Test(config, certificate_and_key_go_together) {
    assert_refused("--embedded d --tls-cert c", "--tls-key");
}

Test(config, init_needs_all_three_names) {
    assert_refused("--embedded d --init --council c --administrator a", "--token-file");
    error_clear(&err);
    assert_refused("--embedded d --council c", "belong to --init");
    error_clear(&err);
    cr_assert(read_config("--embedded d --init --council c --administrator a --token-file t"));
}

Test(config, init_of_a_region_needs_its_own_names) {
    assert_refused("--embedded d --init --region r --councils a,b --token-file t", "--reader");
    error_clear(&err);
    assert_refused(
        "--embedded d --init --region r --councils a --reader x --token-file t --council c",
        "a council or a region");
    error_clear(&err);
    assert_refused("--embedded d --councils a", "belong to --init");
    error_clear(&err);
    cr_assert(read_config("--embedded d --init --region r --councils a --reader x --token-file t"));
}

Test(config, one_thing_is_done_at_a_time) {
    assert_refused("--embedded d --migrate --check", "exclude");
}

Test(config, reflection_is_on_or_off) {
    cr_assert(read_config("--embedded d --reflection on"), "%s", err.message);
    cr_assert_str_eq(config.reflection, "on");
    assert_refused("--embedded d --reflection yes", "--reflection takes on or off, not \"yes\"");
}

Test(config, each_of_several_loops_has_links_of_its_own) {
    cr_assert(read_config("--embedded d"), "%s", err.message);
    cr_assert_eq(config.loops, 1);
    cr_assert(read_config("--embedded d --loops 0"), "%s", err.message);
    cr_assert(read_config("--embedded d --loops 4 --links 4 --stream-links 4"), "%s", err.message);
    assert_refused("--embedded d --loops 4 --links 3", "--loops 4 needs as many --links");
    error_clear(&err);
    assert_refused("--embedded d --loops 4 --stream-links 3", "--stream-links, or more");
    error_clear(&err);
    assert_refused("--embedded d --loops 65", "--loops takes a number from 0 to 64, not \"65\"");
    error_clear(&err);
    assert_refused("--embedded d --loops auto", "--loops takes a number from 0 to 64");
}

Test(config, an_unknown_log_level_is_refused) {
    assert_refused("--embedded d --log-level loud", "\"loud\"");
}

Test(config, help_and_version_need_nothing_else) {
    cr_assert(read_config("--help"));
    cr_assert(config.help);
    config_finish(&config);
    cr_assert(read_config("--version"));
}

Test(config, help_names_every_option_and_every_exit_code) {
    static const char *const words[] = {"--embedded DIR", "[SHAPD_TLS_CERT]",
                                        "(default 8)",    "example: --clock",
                                        "  8  ",          "--token-file FILE"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    config_help(out);
    fclose(out);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cr_assert_not_null(strstr(text, words[i]), "%s", words[i]);
    free(text);
}

Test(config, the_least_version_of_tls_and_whom_clients_are_asked_for_are_chosen) {
    cr_assert(read_config("--embedded d"), "%s", err.message);
    cr_assert_str_eq(config.tls_min, "1.3");
    cr_assert_str_eq(config.client_cert, "optional");
    cr_assert_null(config.client_ca);
    cr_assert(read_config("--embedded d --tls-cert c --tls-key k --tls-min 1.2 --client-ca a "
                          "--client-cert required --client-crl l"),
              "%s", err.message);
    cr_assert_str_eq(config.client_crl, "l");
    assert_refused("--embedded d --tls-min 1.1", "--tls-min takes 1.3 or 1.2, not \"1.1\"");
    error_clear(&err);
    assert_refused("--embedded d --tls-cert c --tls-key k --client-cert required",
                   "needs --client-ca");
    error_clear(&err);
    assert_refused("--embedded d --tls-cert c --tls-key k --client-ca a --client-cert always",
                   "optional or required");
    error_clear(&err);
    assert_refused("--embedded d --client-ca a", "needs --tls-cert");
    error_clear(&err);
    assert_refused("--embedded d --tls-cert c --tls-key k --client-crl l", "needs --client-ca");
}
