// An http or https URL in its parts: taken apart by hand, so that what is signed, sent and shown are the same.
package udfgen;

import java.nio.charset.StandardCharsets;

// Where to connect, and what to ask for.
final class Url {
    private static final String HEX = "0123456789ABCDEF";
    private static final int MAX_PORT_DIGITS = 5;
    private static final int MAX_PORT = 65535;

    final String scheme;
    // For the socket and the certificate: no brackets around an address of version 6.
    final String host;
    final int port;
    // For the Host header: with brackets, and the port unless it is the scheme's own.
    final String authority;
    // As it stands, from the first slash; empty without one.
    final String path;

    // Takes a URL apart. Throws Failure `unavailable` unless it looks like https://host:port/path, without user, query
    // or fragment; the text is never shown, because what people put before an `@` is a password.
    Url(String text) throws Failure {
        int colon = text.indexOf("://");
        String rest = colon < 0 ? "" : text.substring(colon + 3);
        int slash = rest.indexOf('/');
        String place = slash < 0 ? rest : rest.substring(0, slash);
        int end = endOfHost(place);
        boolean isBracketed = place.startsWith("[");
        scheme = colon < 0 ? "" : text.substring(0, colon);
        path = slash < 0 ? "" : rest.substring(slash);
        host = end < 0 ? "" : isBracketed ? place.substring(1, end - 1) : place.substring(0, end);
        port = end < 0 ? 0 : readPort(place.substring(end));
        authority = shownHost() + (port == standardPort() ? "" : ":" + port);
        boolean isOdd = !isVisible(text) || text.indexOf('?') >= 0 || text.indexOf('#') >= 0;
        if (isOdd || place.indexOf('@') >= 0 || host.isEmpty() || port == 0) {
            throw new Failure(
                "unavailable", "an address must look like https://host:port, without user, query or fragment");
        }
    }

    // Tells whether the scheme is https.
    boolean isTls() {
        return scheme.equals("https");
    }

    // Returns host and port, always both, with the brackets of an address of version 6.
    String place() {
        return shownHost() + ':' + port;
    }

    // Returns text with all but the unreserved characters percent-encoded, as signature version 4 wants it
    // (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
    static String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 16);
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            if (Ascii.isAlphanumeric((char) each) || "-._~".indexOf(each) >= 0) {
                encoded.append((char) each);
            } else {
                encoded.append('%').append(HEX.charAt((each >> 4) & 15)).append(HEX.charAt(each & 15));
            }
        }
        return encoded.toString();
    }

    // Returns where a host ends, behind its bracket if it has one, or -1 when the bracket is missing.
    private static int endOfHost(String place) {
        if (place.startsWith("[")) {
            int bracket = place.indexOf(']');
            return bracket < 0 ? bracket : bracket + 1;
        }
        int colon = place.indexOf(':');
        return colon < 0 ? place.length() : colon;
    }

    // Returns the port that a text like `:443` names, the scheme's own for an empty one, 0 for any other.
    private int readPort(String text) {
        if (text.isEmpty()) {
            return standardPort();
        }
        String digits = text.substring(1);
        boolean isPort = text.charAt(0) == ':' && digits.length() <= MAX_PORT_DIGITS && Ascii.isDigits(digits);
        int number = isPort ? Integer.parseInt(digits) : 0;
        return number > MAX_PORT || standardPort() == 0 ? 0 : number;
    }

    private int standardPort() {
        return scheme.equals("http") ? 80 : scheme.equals("https") ? 443 : 0;
    }

    private String shownHost() {
        return host.indexOf(':') < 0 ? host : '[' + host + ']';
    }

    private static boolean isVisible(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (!Ascii.isVisible(text.charAt(at))) {
                return false;
            }
        }
        return true;
    }
}
