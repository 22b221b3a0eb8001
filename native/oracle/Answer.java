// What a function of AWS Lambda returned.
package udfgen;

// The body of a reply, and AWS's id of the request, empty where there is none.
final class Answer {
    // JSON, or what should be; `null` where AWS sends no body (async and dry_run).
    final byte[] body;
    final String requestId;

    Answer(byte[] body, String requestId) {
        this.body = body;
        this.requestId = requestId;
    }
}
