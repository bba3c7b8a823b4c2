"""What the clients in Python share: how a case compares, and how it is told of."""


def same(found, expected):
    assert found == expected, f"{str(found)[:200]} instead of {str(expected)[:200]}"


def run_cases(cases, connect):
    """Each case on a connection of its own. A line for each: "ok CASE" or "failed CASE REASON". The exit status."""
    is_good = True
    for case in cases:
        try:
            with connect() as connection:
                case(connection)
            print("ok", case.__name__, flush=True)
        except Exception as error:  # whatever it is, it is this case's result
            is_good = False
            print("failed", case.__name__, " ".join(f"{type(error).__name__}: {error}".split())[:300], flush=True)
    return 0 if is_good else 1
