// The time that one call may take: the search for credentials, every attempt, the waits between them.
package udfgen;

import java.io.IOException;
import java.net.SocketTimeoutException;

// One deadline, and what is said when it is over. Nothing here is stopped from outside: whoever waits asks how long.
final class Deadline {
    private static final long NANOS = 1000000L;

    private final long limitMs;
    private final long end;
    // What to say in place of a timeout; null for a deadline of its own.
    private final Failure failure;
    private String stage = "waiting for the reply";

    // Starts the clock of a whole call.
    Deadline(long limitMs) {
        this(limitMs, System.nanoTime() + limitMs * NANOS, null);
    }

    private Deadline(long limitMs, long end, Failure failure) {
        this.limitMs = limitMs;
        this.end = end;
        this.failure = failure;
    }

    // Returns a shorter deadline within this one, that ends with another failure.
    Deadline narrow(long limitMs, Failure failure) {
        long shorter = System.nanoTime() + limitMs * NANOS;
        boolean isShorter = shorter - end < 0;
        return new Deadline(limitMs, isShorter ? shorter : end, isShorter ? failure : late());
    }

    // Says what is waited for, in the words of a timeout: `connecting`.
    void enter(String stage) {
        this.stage = stage;
    }

    // Returns the failure of a call that took too long.
    Failure late() {
        return failure != null ? failure : new Failure("timeout", "timed out after " + limitMs + " ms while " + stage);
    }

    // Returns the milliseconds that are left, a part of one counted as a whole one; 0 or less when the time is over.
    long left() {
        return Math.floorDiv(end - System.nanoTime() + NANOS - 1, NANOS);
    }

    // Returns what is left as sockets take it: at least 1, because 0 would be for ever.
    int socketTimeout() {
        return (int) Math.max(1, Math.min(left(), Integer.MAX_VALUE));
    }

    // Throws the failure when the time is over.
    void check() throws Failure {
        if (left() <= 0) {
            throw late();
        }
    }

    // Throws the failure when an input or output failed because the time is over.
    void check(IOException failed) throws Failure {
        if (failed instanceof SocketTimeoutException || left() <= 0) {
            throw late();
        }
    }

    // Waits. Throws Failure `unavailable` when the thread is interrupted.
    static void sleep(long ms) throws Failure {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            throw new Failure("unavailable", "the call was interrupted");
        }
    }
}
