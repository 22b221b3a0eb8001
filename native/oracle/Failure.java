// Why a call failed: a code that callers can act on, and words for a person.
package udfgen;

// The codes are those of every engine: throttled, timeout, not_authorized, not_found, too_large, function_error,
// bad_response, bad_argument, unavailable, disabled.
final class Failure extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int MAX_WHAT = 500;

    final String code;
    // Without the name of the binding and the request id.
    final String what;
    // The id that AWS gave the request; null where there was no reply.
    String requestId;
    // Whether an idempotent binding may try again.
    boolean retry;
    // Seconds that AWS asks to wait before that.
    double wait;
    // Whether the credentials were too old.
    boolean expired;

    // Makes a failure without a stack trace: its text is all that leaves the core.
    Failure(String code, String what) {
        super(what, null, false, false);
        this.code = code;
        this.what = what;
    }

    // Returns the failure of a row by its number, from 1 over a whole SQL call.
    Failure inRow(long number) {
        Failure failure = new Failure(code, "row " + number + ": " + what);
        failure.requestId = requestId;
        return failure;
    }

    // Returns `[udfgen <code>]: <binding>: <what> (request id <id>)`, the bracket only with an id.
    String describe(String binding) {
        String text = "[udfgen " + code + "]: " + binding + ": " + shorten(what);
        return requestId == null || requestId.isEmpty() ? text : text + " (request id " + requestId + ")";
    }

    // Returns text cut to 500 code points, the last three of them dots.
    private static String shorten(String text) {
        if (text.codePointCount(0, text.length()) <= MAX_WHAT) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, MAX_WHAT - 3)) + "...";
    }
}
