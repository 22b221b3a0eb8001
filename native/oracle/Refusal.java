// What a reply means that is not the answer, in words that people can read and logs can hold.
package udfgen;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

// Error types and messages of AWS and of functions, made clean, and what may be tried again.
final class Refusal {
    private static final int MAX_FOREIGN = 4000;
    private static final int MAX_REQUEST_ID = 100;
    private static final int MAX_WAIT_DIGITS = 6;
    // Of the conflicts and the bad gateways, the types that a retry can or cannot mend.
    private static final String RETRIED_CONFLICTS =
        " CodeArtifactUserPendingException ResourceConflictException SnapStartNotReadyException ";
    private static final String PERMANENT =
        " EC2AccessDeniedException ENILimitReachedException InvalidRuntimeException InvalidSecurityGroupIDException"
        + " InvalidSubnetIDException InvalidZipFileException KMSAccessDeniedException KMSDisabledException"
        + " KMSInvalidStateException KMSNotFoundException SubnetIPAddressLimitReachedException ";
    private static final String RETRIED_STATUSES = " 408 410 429 500 502 503 504 ";

    private Refusal() {
    }

    // Throws the Failure that a reply means, unless it is the answer that was asked for: the status of that kind of
    // call, from a function that did not fail (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
    static void requireAnswer(Binding binding, Reply reply) throws Failure {
        int expected = binding.invoke.equals("sync") ? 200 : binding.invoke.equals("async") ? 202 : 204;
        Failure failure = null;
        if (reply.status != expected) {
            failure = refuseStatus(binding, reply);
        } else if (reply.has("x-amz-function-error")) {
            failure = refuseFunctionError(reply);
        }
        if (failure != null) {
            failure.requestId = requestId(reply);
            throw failure;
        }
    }

    // Returns the request's id, for AWS's support; empty where the reply has none.
    static String requestId(Reply reply) {
        return first(clean(reply.header("x-amzn-requestid")), MAX_REQUEST_ID);
    }

    // Returns a text member of the JSON object in a body, as it is; empty where there is none.
    static String readText(byte[] body, String member) {
        try {
            String document = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            String found = Json.textMember(Grammar.parse(document), member);
            return found == null ? "" : found;
        } catch (CharacterCodingException noText) {
            return "";
        } catch (Unfit noJson) {
            return "";
        }
    }

    // Returns foreign text fit for an error: one line of at most 4000 characters, no control characters, none that
    // turns the direction of text, and no `[udfgen` of its own, because an error holds `[udfgen <code>]` once.
    static String clean(String text) {
        String foreign = first(text, MAX_FOREIGN);
        StringBuilder shown = new StringBuilder(foreign.length());
        boolean isGap = false;
        for (int at = 0; at < foreign.length(); at += Character.charCount(foreign.codePointAt(at))) {
            int code = foreign.codePointAt(at);
            if (isShown(code)) {
                shown.append(isGap && shown.length() > 0 ? " " : "").appendCodePoint(code);
            }
            isGap = !isShown(code);
        }
        String said = shown.toString();
        // Asked first: in Java 8 `replace` loads regular expressions.
        return said.contains("[udfgen") ? said.replace("[udfgen", "(udfgen") : said;
    }

    // Returns the first characters of a text, at most so many.
    static String first(String text, int limit) {
        boolean isLong = text.length() > limit && text.codePointCount(0, text.length()) > limit;
        return isLong ? text.substring(0, text.offsetByCodePoints(0, limit)) : text;
    }

    // Tells whether a code point may show: no control, no separator of lines, no mark that turns the direction of text,
    // no half of a surrogate pair.
    private static boolean isShown(int code) {
        boolean isControl = code <= 0x20 || (code >= 0x7f && code <= 0x9f);
        boolean isTurn = (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
        return !isControl && !isTurn && (code < 0xd800 || code > 0xdfff);
    }

    // Returns the failure of a function that raised: its own type and message.
    private static Failure refuseFunctionError(Reply reply) {
        String said = firstSet(cleanText(reply, "errorType"), clean(reply.header("x-amz-function-error")));
        return new Failure("function_error", join(firstSet(said, "Unhandled"), cleanText(reply, "errorMessage")));
    }

    // Returns the failure that a status other than the expected one means.
    private static Failure refuseStatus(Binding binding, Reply reply) {
        String shown = "HTTP " + reply.status;
        if (reply.status < 300) {
            return new Failure("bad_response", shown + " does not answer a call that is " + binding.invoke);
        }
        String type = readType(reply);
        Failure failure = new Failure(code(reply.status, type), join(firstSet(type, shown), readMessage(reply)));
        failure.expired = reply.status == 403 && type.startsWith("ExpiredToken");
        failure.retry = failure.expired || isBusy(reply.status, type);
        failure.wait = readWait(reply);
        return failure;
    }

    private static boolean isBusy(int status, String type) {
        boolean isRetried = isIn(RETRIED_STATUSES, "" + status) && !isIn(PERMANENT, type);
        return isRetried || (status == 409 && isIn(RETRIED_CONFLICTS, type));
    }

    private static boolean isIn(String words, String word) {
        return words.contains(' ' + word + ' ');
    }

    private static String code(int status, String type) {
        // A request older than AWS allows: its status is 400, where all others that say who may not call are 403
        // (https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html).
        if (type.equals("RequestExpired")) {
            return "not_authorized";
        }
        switch (status) {
            case 400:
            case 415:
                return "bad_argument";
            case 403:
                return "not_authorized";
            case 404:
                return "not_found";
            case 413:
                return "too_large";
            case 429:
                return "throttled";
            default:
                return "unavailable";
        }
    }

    // Returns AWS's error type without the URI behind it and the name space before it; empty where the reply has none.
    private static String readType(Reply reply) {
        String side = cleanText(reply, "Type");
        // `Type` in a body mostly names the guilty side, not the error.
        boolean isSide = side.equals("User") || side.equals("Service");
        String named = firstSet(clean(reply.header("x-amzn-errortype")), cleanText(reply, "__type"));
        String said = firstSet(named, isSide ? "" : side);
        int colon = said.indexOf(':');
        String type = colon < 0 ? said : said.substring(0, colon);
        return type.substring(type.lastIndexOf('#') + 1);
    }

    private static String readMessage(Reply reply) {
        String message = firstSet(cleanText(reply, "message"), cleanText(reply, "Message"));
        // AWS answers a wrong signature with the request that it would have signed, session token included.
        int secret = message.indexOf("The Canonical String");
        return secret < 0 ? message : message.substring(0, secret).trim();
    }

    // Returns the seconds that AWS asks to wait when it throttles, else 0.
    private static double readWait(Reply reply) {
        String after = reply.header("retry-after");
        boolean isNumber = after.length() <= MAX_WAIT_DIGITS && Ascii.isDigits(after);
        return reply.status == 429 && isNumber ? Integer.parseInt(after) : 0;
    }

    private static String cleanText(Reply reply, String member) {
        return clean(readText(reply.body, member));
    }

    private static String join(String type, String message) {
        return message.isEmpty() ? type : type + ": " + message;
    }

    private static String firstSet(String text, String other) {
        return text.isEmpty() ? other : text;
    }
}
