// shapd's configuration from a file and from arguments, and the addresses it listens on. What is
// understood is within its range; what is refused is refused in words.
//
// Input: a byte for the place (a file; arguments, one a line), the text.
#include "server/config.h"
#include "server/config_options.h"
#include "server/net/address.h"
#include "tests/fuzz/fuzz_file.h"

#include <netdb.h>

enum { ARGUMENTS_MAX = 64 };

// The linker gives these in the place of getaddrinfo: a name is not looked up anywhere.
int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found) {
    struct addrinfo numeric = *hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    return __real_getaddrinfo(host, port, &numeric, found);
}

static void check_address(const char *text) {
    struct address address;
    struct error err = {0};
    char formatted[ADDRESS_TEXT_SIZE];
    bool is_parsed = address_parse(&address, text, &err);
    FUZZ_CHECK(is_parsed != err.is_set);
    if (!is_parsed)
        return;
    FUZZ_CHECK(strcmp(address.text, text) == 0);
    FUZZ_CHECK(address_is_unix(&address) == (strncmp(text, "unix:", 5) == 0));
    FUZZ_CHECK(!address_is_unix(&address) || address_is_loopback(&address));
    address_format((const struct sockaddr *)&address.socket, formatted, sizeof formatted);
    FUZZ_CHECK(formatted[0] != '\0');
    address_format_origin((const struct sockaddr *)&address.socket, formatted, sizeof formatted);
}

static void check_config(const struct config *config) {
    for (size_t i = 0; i < config_n_options; i++) {
        const struct option *option = &config_options[i];
        const void *member = (const char *)config + option->offset;
        if (option->kind == KIND_NUMBER)
            FUZZ_CHECK(*(const long *)member >= option->least &&
                       *(const long *)member <= option->most);
    }
    FUZZ_CHECK(config->listen.n <= CONFIG_LIST_MAX);
    for (size_t i = 0; i < config->listen.n; i++)
        check_address(config->listen.items[i]);
}

static void run(int n, char **arguments) {
    struct config config;
    struct error err = {0};
    bool is_read = config_read(&config, n, arguments, &err);
    FUZZ_CHECK(is_read != err.is_set);
    if (is_read)
        check_config(&config);
    config_finish(&config);
}

static void run_file(struct fuzz_input input) {
    char *arguments[] = {"shapd", "--config", (char *)fuzz_file(input), NULL};
    run(3, arguments);
}

// The file named by an argument is none of the fuzzer's business.
static void run_arguments(struct fuzz_input input) {
    char *arguments[ARGUMENTS_MAX + 1] = {"shapd"};
    char *text = fuzz_text(input), *rest = NULL;
    int n = 1;
    for (char *word = strtok_r(text, "\n", &rest); word != NULL && n < ARGUMENTS_MAX;
         word = strtok_r(NULL, "\n", &rest))
        if (strncmp(word, "--config", strlen("--config")) != 0)
            arguments[n++] = word;
    run(n, arguments);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct fuzz_input input = {bytes, len};
    uint8_t place = fuzz_byte(&input) % 3;
    if (place == 0) {
        run_file(input);
    } else if (place == 1) {
        run_arguments(input);
    } else {
        char *text = fuzz_text(input);
        check_address(text);
        free(text);
    }
    return 0;
}
