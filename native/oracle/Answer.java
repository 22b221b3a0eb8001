// What a function of AWS Lambda returned.
package udfgen;

// The body of a reply, and AWS's id of the request, empty where there is none.
final class Answer {
    // JSON, or what should be; `null` where AWS sends no body (async and dry_run).
    final byte[] body;
    private final String requestId;
    private final Keys keys;

    // Takes the keys that the request was signed with.
    Answer(byte[] body, String requestId, Keys keys) {
        this.body = body;
        this.requestId = requestId;
        this.keys = keys;
    }

    // Returns a failure to read the body with the id of the request, and without the keys in its texts.
    Failure blame(Failure failure) {
        failure.requestId = requestId;
        return keys.hide(failure);
    }
}
