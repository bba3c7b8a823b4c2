#include "server/rpc/sqlstate.h"

#include <string.h>

enum { OWN_WORDS = 1, FAULT = 2, SUSPECT = 4, COMMON = 8 };

struct row {
    const char *prefix; // of the SQLSTATE; the first row that fits counts
    enum grpc_status status;
    int flags;
    const char *text; // NULL: the general text with the request id
};

static const char text_lost[] = "the database cannot be reached at the moment; try again";
static const char text_conflict[] =
    "somebody else changed the same at the same moment; nothing was done: try again";
static const char text_full[] =
    "the database has no room left for this; nothing was done: tell the administrator";
static const char text_uncertain[] = "the database was lost while this ran: it may or may not have "
                                     "been done; look, or send it again "
                                     "with the same id";
static const char text_update[] = "the server is being updated; try again";

static const struct row table[] = {
    {"RPC03", GRPC_INVALID_ARGUMENT, OWN_WORDS, NULL},
    {"RPC05", GRPC_NOT_FOUND, OWN_WORDS, NULL},
    {"RPC06", GRPC_ALREADY_EXISTS, OWN_WORDS, NULL},
    {"RPC07", GRPC_PERMISSION_DENIED, OWN_WORDS, NULL},
    {"RPC08", GRPC_RESOURCE_EXHAUSTED, OWN_WORDS, NULL},
    {"RPC09", GRPC_FAILED_PRECONDITION, OWN_WORDS, NULL},
    {"RPC10", GRPC_ABORTED, OWN_WORDS, NULL},
    {"RPC11", GRPC_OUT_OF_RANGE, OWN_WORDS, NULL},
    {"RPC12", GRPC_UNIMPLEMENTED, OWN_WORDS, NULL},
    {"RPC14", GRPC_UNAVAILABLE, OWN_WORDS, NULL},
    {"RPC16", GRPC_UNAUTHENTICATED, OWN_WORDS, NULL},
    {"28", GRPC_UNAUTHENTICATED, OWN_WORDS,
     "the token is unknown, expired or revoked; sign in again"},
    {"42501", GRPC_PERMISSION_DENIED, 0, "your role may not do this"},
    {"57014", GRPC_DEADLINE_EXCEEDED, 0, "this took longer than allowed; nothing was done"},
    {"40", GRPC_ABORTED, 0, text_conflict},
    {"55P03", GRPC_ABORTED, 0, text_conflict},
    {"22001", GRPC_INVALID_ARGUMENT, FAULT, NULL},
    {"22003", GRPC_INVALID_ARGUMENT, FAULT, NULL},
    {"22007", GRPC_INVALID_ARGUMENT, FAULT, NULL},
    {"22008", GRPC_INVALID_ARGUMENT, FAULT, NULL},
    {"22021", GRPC_INVALID_ARGUMENT, FAULT, NULL},
    {"22P", GRPC_INVALID_ARGUMENT, FAULT, NULL},
    {"23505", GRPC_ALREADY_EXISTS, FAULT, NULL},
    {"23P01", GRPC_ALREADY_EXISTS, FAULT, NULL},
    {"23", GRPC_FAILED_PRECONDITION, FAULT, NULL},
    {"25006", GRPC_UNAVAILABLE, FAULT | COMMON,
     "the database can only be read at the moment; try again later"},
    {"53100", GRPC_RESOURCE_EXHAUSTED, FAULT | COMMON, text_full},
    {"53", GRPC_RESOURCE_EXHAUSTED, FAULT | COMMON, "the database is overloaded; try again later"},
    {"54", GRPC_RESOURCE_EXHAUSTED, FAULT, NULL},
    {"58", GRPC_INTERNAL, FAULT | COMMON, NULL},
    {"08", GRPC_UNAVAILABLE, 0, text_lost},
    {"57P", GRPC_UNAVAILABLE, 0, text_lost},
    {"0A000", GRPC_UNAVAILABLE, FAULT | SUSPECT, text_update},
    {"3F000", GRPC_UNAVAILABLE, FAULT | SUSPECT, text_update},
    {"42704", GRPC_INTERNAL, FAULT | SUSPECT, NULL},
    {"42804", GRPC_INTERNAL, FAULT | SUSPECT, NULL},
    {"42883", GRPC_UNAVAILABLE, FAULT | SUSPECT, text_update},
    {"XX000", GRPC_INTERNAL, FAULT | SUSPECT, NULL},
    {"", GRPC_INTERNAL, FAULT, NULL},
};

// Who has not said who he is has no role that could be refused.
static const struct row sign_in = {
    "42501", GRPC_UNAUTHENTICATED, 0,
    "this needs somebody who is signed in. Sign in with: shap login"};

static const struct row *find_row(const struct sqlstate_said *said) {
    const struct row *last = table + sizeof table / sizeof *table - 1;
    const struct row *row = table;
    while (strncmp(said->sqlstate, row->prefix, strlen(row->prefix)) != 0)
        row++;
    // The server itself may not take the caller's role: an installation's fault, not the caller's.
    if (said->is_identity && strcmp(row->prefix, "42501") == 0)
        return last;
    if (said->is_anonymous && strcmp(row->prefix, sign_in.prefix) == 0)
        return &sign_in;
    return row;
}

bool sqlstate_is_of_call(const char *sqlstate) {
    const struct sqlstate_said said = {.sqlstate = sqlstate};
    return (find_row(&said)->flags & (FAULT | SUSPECT | COMMON)) == FAULT;
}

static bool is_sentence(const char *text) {
    size_t len = strlen(text);
    return len > 0 && strchr(".?!:;", text[len - 1]) != NULL;
}

static const char *own_words(const struct sqlstate_said *said, struct arena *arena) {
    if (said->hint == NULL || said->hint[0] == '\0')
        return arena_copy(arena, said->message, strlen(said->message));
    return arena_format(arena, "%s%s %s", said->message, is_sentence(said->message) ? "" : ".",
                        said->hint);
}

static const char *general_text(const struct row *row, const struct sqlstate_said *said,
                                struct arena *arena) {
    if (row->text != NULL)
        return row->text;
    return arena_format(arena,
                        "the server could not do this; nothing was done. Tell the administrator: "
                        "request %s",
                        said->request_id);
}

struct sqlstate_answer sqlstate_map(const struct sqlstate_said *said, struct arena *arena) {
    const struct row *row = find_row(said);
    struct sqlstate_answer answer = {
        .status = row->status,
        .is_fault = (row->flags & FAULT) != 0,
        .is_suspect = (row->flags & SUSPECT) != 0,
    };
    if (said->is_uncertain) {
        answer.status = GRPC_UNAVAILABLE;
        answer.message = text_uncertain;
    } else if ((row->flags & OWN_WORDS) != 0 && said->message != NULL) {
        answer.message = own_words(said, arena);
    } else {
        answer.message = general_text(row, said, arena);
    }
    if (answer.message == NULL)
        answer.message = "the server is out of memory";
    return answer;
}
