#include "client/cli/complete.h"
#include "client/cli/output.h"

// Each shell asks `shap completion words` as it goes, so that none of these need ever change.
static const char bash_script[] =
    "# Completion of shap in bash.\n"
    "_shap() {\n"
    "    local line\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        COMPREPLY+=(\"${line%%$'\\t'*}\")\n"
    "    done < <(\"$1\" completion words -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2> /dev/null)\n"
    "}\n"
    "complete -o default -F _shap shap\n";

static const char zsh_script[] =
    "#compdef shap\n"
    "# Completion of shap in zsh.\n"
    "_shap() {\n"
    "    local answer\n"
    "    local -a lines\n"
    "    answer=$(\"${words[1]}\" completion words -- \"${(@)words[2,CURRENT]}\" 2> /dev/null)\n"
    "    [[ -n $answer ]] || { _files; return }\n"
    "    lines=(\"${(@f)answer}\")\n"
    "    lines=(\"${(@)lines//$'\\t'/:}\")\n"
    "    _describe shap lines\n"
    "}\n"
    "if [[ ${funcstack[1]} == _shap ]]; then _shap \"$@\"; else compdef _shap shap; fi\n";

static const char fish_script[] = "# Completion of shap in fish.\n"
                                  "function __shap_words\n"
                                  "    set -l typed (commandline -opc) (commandline -ct)\n"
                                  "    $typed[1] completion words -- $typed[2..-1] 2>/dev/null\n"
                                  "end\n"
                                  "complete -c shap -f -a '(__shap_words)'\n"
                                  "complete -c shap -n 'not count (__shap_words) >/dev/null' -F\n";

static int print(struct invocation *invocation, const char *script) {
    struct buf text = {0};
    int code = EXIT_OK;
    if (!buf_append_text(&text, script))
        code = fail(invocation, EXIT_FAILED, "not enough memory");
    else if (!output_bytes(invocation, &text))
        code = EXIT_FAILED;
    buf_finish(&text);
    return code;
}

static int run_bash(struct invocation *invocation) {
    return print(invocation, bash_script);
}

static int run_zsh(struct invocation *invocation) {
    return print(invocation, zsh_script);
}

static int run_fish(struct invocation *invocation) {
    return print(invocation, fish_script);
}

static int run_words(struct invocation *invocation) {
    enum { MOST_WORDS = 256 };
    const char *words[MOST_WORDS];
    size_t n = argument_count(invocation, "WORD");
    struct buf text = {0};
    int code = EXIT_OK;
    for (size_t i = 0; i < n && i < MOST_WORDS; i++)
        words[i] = argument_at(invocation, "WORD", i);
    if (n > MOST_WORDS || !complete_add(&text, invocation, words, n))
        code = fail(invocation, EXIT_FAILED, "too much to complete");
    else if (!output_bytes(invocation, &text))
        code = EXIT_FAILED;
    buf_finish(&text);
    return code;
}

static const struct operand words_operands[] = {
    {.name = "WORD",
     .is_optional = true,
     .is_repeated = true,
     .help = "the words after shap; the last one, perhaps empty, is completed"},
    {0}};

enum { FORMATS_NONE = 1 << FORMAT_TABLE };

static const struct command commands[] = {
    {.verb = "bash",
     .summary = "Print the completion for bash",
     .example = "eval \"$(shap completion bash)\"\n"
                "shap completion bash > ~/.local/share/bash-completion/completions/shap",
     .formats = FORMATS_NONE,
     .is_local = true,
     .run = run_bash},
    {.verb = "zsh",
     .summary = "Print the completion for zsh",
     .details = "The file goes into a directory of $fpath.",
     .example = "shap completion zsh > ~/.zsh/completions/_shap",
     .formats = FORMATS_NONE,
     .is_local = true,
     .run = run_zsh},
    {.verb = "fish",
     .summary = "Print the completion for fish",
     .example = "shap completion fish > ~/.config/fish/completions/shap.fish",
     .formats = FORMATS_NONE,
     .is_local = true,
     .run = run_fish},
    {.verb = "words",
     .summary = "Print what the last word can become; the shells ask this",
     .details = "A line a word, with a tabulator and its meaning after it where there is one.",
     .example = "shap completion words -- plan im",
     .operands = words_operands,
     .formats = FORMATS_NONE,
     .is_local = true,
     .run = run_words},
    {0}};

const struct noun noun_completion = {
    .name = "completion", .summary = "Completion for your shell", .commands = commands};
