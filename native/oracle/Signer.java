// Signature version 4 of Invoke requests
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
package udfgen;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

// Signs requests for one endpoint and region. What stays the same for a day is kept.
final class Signer {
    // The base64 of a client context may be this long (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
    private static final int MAX_CONTEXT = 3583;

    private final String region;
    private final Url endpoint;
    // The key that is made of `secretOf` for `scope`.
    private String scope = "";
    private String secretOf = "";
    private byte[] key;

    // Takes the region and the endpoint that all requests go to.
    Signer(String region, Url endpoint) {
        this.region = region;
        this.endpoint = endpoint;
    }

    // Returns the whole request, head and body, that invokes a function at a time in seconds since 1970. `context` is
    // the JSON of a client context, or empty. What is signed is the host and every x-amz-* header, nothing that a proxy
    // may change. `isAbsolute`: the first line names the endpoint, as a proxy for http wants it.
    byte[] sign(Binding binding, byte[] body, String context, Keys keys, long seconds, boolean isAbsolute) {
        String moment = Utc.showCompact(seconds);
        turn(moment.substring(0, 8), keys);
        String path = trimSlashes(endpoint.path) + "/2015-03-31/functions/" + Url.encode(binding.target)
            + "/invocations";
        String query = binding.qualifier == null ? "" : "Qualifier=" + Url.encode(binding.qualifier);
        String[] headers = headers(binding, context, keys, moment);
        String names = names(headers);
        // Every service but S3 wants the path encoded once more than it is sent.
        String canonical = "POST\n" + encodePath(path) + '\n' + query + '\n' + lines(headers, ":", "\n") + '\n' + names
            + '\n' + Sha256.hex(Sha256.hash(body));
        String toSign = "AWS4-HMAC-SHA256\n" + moment + '\n' + scope + '\n' + Sha256.hex(Sha256.hash(bytes(canonical)));
        String head = "POST " + (isAbsolute ? "http://" + endpoint.authority : "") + path
            + (query.isEmpty() ? "" : "?" + query) + " HTTP/1.1\r\n" + lines(headers, ": ", "\r\n")
            + "content-type: application/json\r\nauthorization: AWS4-HMAC-SHA256 Credential=" + keys.accessKey + '/'
            + scope + ", SignedHeaders=" + names + ", Signature=" + Sha256.hex(Sha256.hmac(key, bytes(toSign)))
            + "\r\ncontent-length: " + body.length + "\r\n\r\n";
        return join(bytes(head), body);
    }

    // Makes the key of another day, or of another secret.
    private void turn(String date, Keys keys) {
        if (scope.startsWith(date) && secretOf.equals(keys.secretKey)) {
            return;
        }
        key = bytes("AWS4" + keys.secretKey);
        for (String part : new String[] {date, region, "lambda", "aws4_request"}) {
            key = Sha256.hmac(key, bytes(part));
        }
        scope = date + '/' + region + "/lambda/aws4_request";
        secretOf = keys.secretKey;
    }

    // Returns names and values by turns, in the order of the names that signing wants; empty values are not sent.
    private String[] headers(Binding binding, String context, Keys keys, String moment) {
        boolean isSync = binding.invoke.equals("sync");
        return new String[] {
            "host", endpoint.authority,
            "x-amz-client-context", isSync ? encodeContext(context) : "",
            "x-amz-date", moment,
            "x-amz-invocation-type", isSync ? "" : binding.invoke.equals("async") ? "Event" : "DryRun",
            "x-amz-log-type", isSync && binding.logTail ? "Tail" : "",
            "x-amz-security-token", keys.token
        };
    }

    // A context that is too long would fail the call, for a thing that only informs: it is left out.
    private static String encodeContext(String context) {
        String encoded = Base64.getEncoder().encodeToString(context.getBytes(StandardCharsets.UTF_8));
        return encoded.length() > MAX_CONTEXT ? "" : encoded;
    }

    private static String lines(String[] headers, String between, String end) {
        StringBuilder lines = new StringBuilder();
        for (int at = 0; at < headers.length; at += 2) {
            if (!headers[at + 1].isEmpty()) {
                lines.append(headers[at]).append(between).append(headers[at + 1]).append(end);
            }
        }
        return lines.toString();
    }

    private static String names(String[] headers) {
        StringBuilder names = new StringBuilder();
        for (int at = 0; at < headers.length; at += 2) {
            if (!headers[at + 1].isEmpty()) {
                names.append(names.length() == 0 ? "" : ";").append(headers[at]);
            }
        }
        return names.toString();
    }

    // Returns each part of a path percent-encoded, its slashes as they are.
    private static String encodePath(String path) {
        StringBuilder encoded = new StringBuilder();
        int begin = 0;
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', begin)) {
            encoded.append(Url.encode(path.substring(begin, slash))).append('/');
            begin = slash + 1;
        }
        return encoded.append(Url.encode(path.substring(begin))).toString();
    }

    private static String trimSlashes(String path) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }

    // Url and Keys let ASCII through only, and the rest is encoded.
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[] head, byte[] body) {
        byte[] request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return request;
    }
}
