"""What is right, or cannot be otherwise, although a rule says that it is wrong: program, kind of problem, call, function on the stack, and
the reason. One that nothing needs any more is to go."""
from control import names_of

ACCEPTED = [
    ("shap", "leak", "", "CRYPTO_THREAD_run_once", "OpenSSL's own first steps, where they have not enough memory"),
    ("shap", "crash", "", "CRYPTO_THREAD_run_once", "the same: OpenSSL goes on without the context that it could not make, and libcurl"
     " does not ask"),
    ("shapd", "leak", "", "CRYPTO_THREAD_run_once", "the same"),
    ("shapd", "crash", "", "CRYPTO_THREAD_run_once", "the same"),
    ("shapd", "silent: exit 0", "", "print_after_crl", "a list is told of with why it is not known where to publish it"),
    ("shapd", "leak", "", "OSSL_LIB_CTX_new_child", "what OpenSSL loses, for want of memory, while it looks for an algorithm the first time"),
    ("shapd", "crash", "malloc", "nss_passwd_lookup2", "glibc's look-up of users asserts that there is memory"),
    ("shapd", "", "malloc", "__tls_get_addr", "glibc ends the process where it has no memory for a thread's variables"),
    ("shapd", "leak", "malloc", "dl_open_worker", "what glibc loses, for want of memory, while it loads a library to look up users"),
    ("shapd", "", "read", "uv_process_kill", "libuv ends the process when its pipe of signals cannot be read"),
    ("shapd", "crash", "pipe2", "uv_process_kill", "or made"),
    ("shapd", "crash", "realloc", "uv_fileno", "libuv ends the process when it has no memory for its list of descriptors"),
    ("shapd", "stuck", "poll", "is_writable", "a line of the log is dropped where nobody can say that it would be taken; this one is waited for"),
    ("shapd", "stuck: it neither serves", "write", "write_line", "or where it cannot be written"),
    ("shapd", "", "write", "uv_process_kill", "or written: it asserts that, or waits for ever for what it did not write"),
    ("shapd", "crash", "write", "uv_async_send", "libuv ends the process when a thread cannot wake its loop"),
    ("shapd", "crash", "read", "uv_version_string", "or the loop not read that it was woken (the nearest name that its library tells)"),
    ("shapd", "stuck", "malloc", "PQmakeEmptyPGresult", "libpq 15 stays busy where it has no memory for the result of a Sync: the link"
     " is given up when the call's time is"),
    ("shapd", "", "epoll_ctl", "uv_run", "libuv ends the process when the kernel watches no further descriptor"),
]


def is_of_tls(frame):
    return "(libcrypto.so" in frame or "(libssl.so" in frame


def is_accepted(program, problem, call, frames):
    """The reason, or None."""
    for of_program, kind, of_call, function, reason in ACCEPTED:
        if of_program == program and problem.startswith(kind) and of_call in ("", call) and any(function in frame for frame in frames):
            return f"{function}: {reason}"
    beyond = next((frame for frame in frames if not is_of_tls(frame) and "libtorture" not in frame), "libcurl")
    if program == "shap" and problem.startswith("leak") and is_of_tls(frames[0]) and "libcurl" in beyond:
        return "what OpenSSL loses, for want of memory, while it works for libcurl"
    return None


def note(result, control, program, binary, place, which, problem, said):
    """Adds a problem to the result, with where it comes from and what was said; or counts it, if it is accepted."""
    place = control.place_of(place)
    frames = names_of(place.frames, binary)
    reason = is_accepted(program, problem, place.name, frames)
    if reason:
        result.accepted[f"{program}, {problem.split(':')[0]}: {reason}"] += 1
    else:
        result.add(problem, f"{place.name} ({which[0]}, {which[1]}) {problem}\n        at {' < '.join(frames[:10])}\n        {said}")
