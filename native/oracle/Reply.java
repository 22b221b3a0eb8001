// An HTTP reply (https://www.rfc-editor.org/rfc/rfc9112), read strictly.
package udfgen;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

// The head of a reply, taken apart, and then its body. Folded lines, white space before a colon, bare line ends and NUL
// are refused: two readers could take them for two different messages.
final class Reply {
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    final int status;
    byte[] body = new byte[0];
    // Whether the connection may be used again; ReplyReader knows.
    boolean isKept;
    private final boolean isOld;
    private final Map<String, String> headers = new HashMap<String, String>();

    // Takes the head with the blank line that ends it. Throws Failure `bad_response` when it is malformed.
    Reply(String head) throws Failure {
        int end = head.indexOf("\r\n");
        String first = head.substring(0, end);
        status = readStatus(first);
        isOld = first.startsWith("HTTP/1.0");
        requireNoLineEnd(first);
        for (int at = end + 2; at < head.length() - 2; at = end + 2) {
            end = head.indexOf("\r\n", at);
            takeHeader(head.substring(at, end));
        }
    }

    // Tells whether it comes before the reply that counts (https://www.rfc-editor.org/rfc/rfc9110#section-15.2).
    boolean isInterim() {
        return status < 200;
    }

    // Returns a header by its lower-case name; empty where there is none. Several are joined by commas.
    String header(String name) {
        String found = headers.get(name);
        return found == null ? "" : found;
    }

    // Tells whether a header is there, empty or not.
    boolean has(String name) {
        return headers.containsKey(name);
    }

    // Tells whether the reply says where its body ends, and does not leave that to the end of the connection.
    boolean hasLength() {
        return has("content-length") || isChunked() || isBare();
    }

    // Tells whether the body comes in chunks: checkFraming refuses all other codings.
    boolean isChunked() {
        return has("transfer-encoding");
    }

    // Tells whether there is no body, whatever the head says.
    boolean isBare() {
        return status == 204 || status == 304;
    }

    // Tells whether the other end will take another request.
    boolean staysOpen() {
        return !isOld && !names("connection", "close");
    }

    // Throws Failure when a coding is not understood, or stands beside a length: two readers could end such a reply at
    // two places (https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
    void checkFraming() throws Failure {
        boolean isOdd = isOld || isBare() || has("content-length");
        if (isChunked() && (isOdd || !header("transfer-encoding").equalsIgnoreCase("chunked"))) {
            throw malformed("has a transfer coding that is not understood");
        }
    }

    // Returns the failure of a reply that cannot be read; a retry may get another one.
    static Failure malformed(String what) {
        Failure failure = new Failure("bad_response", "the reply " + what);
        failure.retry = true;
        return failure;
    }

    private static int readStatus(String line) throws Failure {
        boolean isHttp = line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 ");
        String rest = isHttp ? line.substring(9) : "";
        int blank = rest.indexOf(' ');
        String digits = blank < 0 ? rest : rest.substring(0, blank);
        if (digits.length() != 3 || !Ascii.isDigits(digits) || digits.charAt(0) == '0') {
            throw malformed("has no valid status line");
        }
        return Integer.parseInt(digits);
    }

    private static void requireNoLineEnd(String line) throws Failure {
        if (line.indexOf('\r') >= 0 || line.indexOf('\n') >= 0 || line.indexOf('\0') >= 0) {
            throw malformed("has a malformed header");
        }
    }

    private void takeHeader(String line) throws Failure {
        requireNoLineEnd(line);
        int colon = line.indexOf(':');
        if (colon < 0 || !Ascii.isMadeOf(line.substring(0, colon), TOKEN_MARKS)) {
            throw malformed("has a malformed header");
        }
        String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
        String value = trim(line.substring(colon + 1));
        String before = headers.get(name);
        headers.put(name, before == null ? value : before + ", " + value);
    }

    // Blanks of HTTP are these two, and no others that String.trim would take.
    private static String trim(String text) {
        int begin = 0;
        int end = text.length();
        while (begin < end && (text.charAt(begin) == ' ' || text.charAt(begin) == '\t')) {
            begin++;
        }
        while (end > begin && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == '\t')) {
            end--;
        }
        return text.substring(begin, end);
    }

    // Tells whether a header that is a list has a word.
    private boolean names(String name, String word) {
        String list = header(name);
        int begin = 0;
        while (begin <= list.length()) {
            int comma = list.indexOf(',', begin);
            int end = comma < 0 ? list.length() : comma;
            if (trim(list.substring(begin, end)).equalsIgnoreCase(word)) {
                return true;
            }
            begin = end + 1;
        }
        return false;
    }
}
