// `shap`: the client people type.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "client/cli/run.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
    interrupted = number;
}

// The first Ctrl-C ends the call with a word on what is not known, the second ends the program. A
// closed pipe or connection is an error like any other, not the end.
static void handle_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
}

int main(int argc, char **argv) {
    handle_signals();
    return run_command_line(argc, argv, stdout, stderr, &interrupted);
}
