// One call of AWS Lambda, from a payload to the body of the reply
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
package udfgen;

import java.nio.charset.StandardCharsets;

// Invokes the functions of one spec. One per session: it holds the credentials and the open connection.
final class Invoker {
    private static final int MAX_SYNC = 6291456;
    private static final int MAX_ASYNC = 1048576;
    // For how long a search for credentials is not repeated.
    private static final long REST_MS = 5000;
    private static final byte[] NOTHING = {'n', 'u', 'l', 'l'};

    private final Signer signer;
    private final Credentials credentials;
    private final Wire wire;

    // Reads the addresses. Throws Failure `unavailable` when one is no http or https URL.
    Invoker(Program program) throws Failure {
        this(program, new Credentials(program, REST_MS));
    }

    // Takes over credentials that somebody has made.
    Invoker(Program program, Credentials credentials) throws Failure {
        Url endpoint = new Url(program.endpoint);
        this.credentials = credentials;
        signer = new Signer(program.region, endpoint);
        wire = new Wire(endpoint, program.proxy == null ? null : new Url(program.proxy), program.caFile);
    }

    // Calls a function, with the retries that an idempotent binding allows, within the binding's timeout. `context` is
    // the JSON of a client context, or empty. Throws Failure, its texts free of credentials, or SecurityException.
    Answer call(Binding binding, String payload, String context) throws Failure {
        return call(binding, payload, context, new Deadline(binding.timeoutMs));
    }

    // Does the same within a deadline that several calls share.
    Answer call(Binding binding, String payload, String context, Deadline deadline) throws Failure {
        byte[] body = payload.getBytes(StandardCharsets.UTF_8);
        requireSize(binding, body.length);
        for (int attempt = 0;; attempt++) {
            long wait;
            try {
                return attempt(binding, body, context, deadline);
            } catch (Failure failure) {
                wait = planRetry(binding, failure, attempt, deadline);
            }
            deadline.enter("waiting to retry");
            Deadline.sleep(wait);
            deadline.check();
        }
    }

    // Throws Failure `too_large` for what AWS Lambda would refuse.
    private static void requireSize(Binding binding, int size) throws Failure {
        int limit = binding.invoke.equals("async") ? MAX_ASYNC : MAX_SYNC;
        if (size > limit) {
            throw new Failure("too_large", "the payload has " + size + " bytes, AWS Lambda takes " + limit);
        }
    }

    private Answer attempt(Binding binding, byte[] body, String context, Deadline deadline) throws Failure {
        Keys keys = credentials.current(deadline);
        deadline.enter("waiting for the reply");
        try {
            long now = System.currentTimeMillis() / 1000;
            byte[] request = signer.sign(binding, body, context, keys, now, wire.isAbsolute());
            Reply reply = wire.exchange(request, deadline, binding.connectTimeoutMs);
            Refusal.requireAnswer(binding, reply);
            boolean isSilent = reply.body.length == 0 && !binding.invoke.equals("sync");
            return new Answer(isSilent ? NOTHING : reply.body, Refusal.requestId(reply), keys);
        } catch (Failure failure) {
            if (failure.expired) {
                credentials.drop();
            }
            throw keys.hide(failure);
        }
    }

    // Returns the milliseconds to wait before the next attempt, or throws the failure when there is none.
    private static long planRetry(Binding binding, Failure failure, int attempt, Deadline deadline) throws Failure {
        long wait = failure.expired ? 0 : Math.max((long) (failure.wait * 1000), backOff(attempt));
        int retries = binding.idempotent ? binding.retries : 0;
        if (!failure.retry || attempt >= retries || wait >= deadline.left()) {
            throw failure;
        }
        return wait;
    }

    // Returns the milliseconds to wait before a retry: full jitter over 100 ms, doubled each time
    // (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
    private static long backOff(int attempt) {
        return (long) (Math.random() * Math.scalb(100.0, attempt));
    }
}
