#include "client/cli/today.h"

#include <stdlib.h>
#include <string.h>
#include "client/cli/check.h"
#include "shap/v1/directory.pb-c.h"

// False: no day came, or none that is one.
static bool ask(struct invocation *invocation, char today[DAY_SIZE]) {
    struct shap_outcome outcome;
    struct error err = {0};
    Shap__V1__WhoAmIRequest request = SHAP__V1__WHO_AM_IREQUEST__INIT;
    const struct shap_call call = {
        .service = &shap__v1__directory__descriptor, .method = "WhoAmI", .request = &request.base};
    ProtobufCMessage *answer = shap_invoke_unary(invocation->client, &call, &outcome);
    const Shap__V1__Identity *identity = (const void *)answer;
    bool is_told = identity != NULL && identity->today != NULL &&
                   day_parse(identity->today, invocation->today, today, &err);
    if (answer != NULL)
        protobuf_c_message_free_unpacked(answer, NULL);
    return is_told;
}

const char *today_find(struct invocation *invocation) {
    char told[DAY_SIZE];
    if (invocation->today[0] != '\0')
        return invocation->today;
    day_today(invocation->today);
    if (invocation->client == NULL || !ask(invocation, told) ||
        strcmp(told, invocation->today) == 0)
        return invocation->today;
    say_warning(invocation,
                "today is %s by the server's clock, and %s by this machine's: the server's counts. "
                "`shap doctor` compares them",
                told, invocation->today);
    memcpy(invocation->today, told, sizeof told);
    return invocation->today;
}

char *today_copy_day(struct invocation *invocation, const char *text) {
    char own[DAY_SIZE];
    if (day_depends_on_today(text))
        return check_copy_day(text, today_find(invocation));
    day_today(own);
    return check_copy_day(text, own);
}

int today_settle(struct invocation *invocation) {
    int code;
    for (size_t i = 0; i < invocation->n_given; i++) {
        struct given *given = &invocation->given[i];
        if (!given->is_of_today)
            continue;
        if (invocation_client(invocation, &code) == NULL)
            return code;
        given->day = today_copy_day(invocation, given->value);
        if (given->day == NULL)
            return fail(invocation, EXIT_FAILED, "not enough memory");
        given->value = given->day;
        given->is_of_today = false;
    }
    return EXIT_OK;
}
