#include <ctype.h>
#include <string.h>
#include "client/lib/shap.h"

// What a method that only reads begins with. A test holds this to what the database says of each.
static const char *const reading[] = {"Get",       "List",   "Check", "Compare", "Export",
                                      "Reproduce", "Verify", "Watch", "Who"};

// A return has an id, made by who sends it: sent twice it counts once.
static const char with_id[] = "SubmitReturn";

bool shap_can_repeat(const char *method) {
    for (size_t i = 0; i < sizeof reading / sizeof *reading; i++) {
        size_t len = strlen(reading[i]);
        if (strncmp(method, reading[i], len) == 0 && !islower((unsigned char)method[len]))
            return true;
    }
    return strcmp(method, with_id) == 0;
}
