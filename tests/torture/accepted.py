"""What is right, or cannot be otherwise, although a rule says that it is wrong: program, kind of problem, call, function on the stack, and
the reason. One that nothing needs any more is to go."""

ACCEPTED = [
    ("shap", "leak", "", "CRYPTO_THREAD_run_once", "OpenSSL's own first steps, where they have not enough memory"),
]


def is_accepted(program, problem, call, frames):
    """The reason, or None."""
    for of_program, kind, of_call, function, reason in ACCEPTED:
        if of_program == program and problem.startswith(kind) and of_call in ("", call) and any(function in frame for frame in frames):
            return reason
    return None
