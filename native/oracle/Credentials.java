// The credentials of a session: found by the server's process, never by the caller, and renewed before they expire.
package udfgen;

// Looks at the one source that the spec names: the permissions of the schema follow from it.
final class Credentials {
    private static final long RENEW_SECONDS = 600;
    private static final long NANOS = 1000000L;

    private final Program program;
    // For how long a search is not repeated.
    private final long restMs;
    private Keys held;
    // What is said when there are none that are good.
    private String why;
    private boolean hasTried;
    private long tried;

    // Takes where to look, and for how many milliseconds a search is not repeated.
    Credentials(Program program, long restMs) {
        this.program = program;
        this.restMs = restMs;
    }

    // Returns keys that are still good. Renewal is tried when less than 10 minutes are left, for half of a call's time;
    // the old ones serve until they expire. Throws Failure `not_authorized` with the source, that of the deadline, or
    // SecurityException.
    Keys current(Deadline deadline) throws Failure {
        if (left() < RENEW_SECONDS && hasRested()) {
            deadline.enter("looking for AWS credentials");
            Failure late = new Failure("not_authorized", "no time is left");
            Keys found = search(left() > 0 ? deadline.narrow(deadline.left() / 2, late) : deadline);
            held = found == null ? held : found;
            hasTried = true;
            tried = System.nanoTime();
        }
        if (left() <= 0) {
            throw new Failure("not_authorized", why);
        }
        return held;
    }

    // Forgets keys of which AWS said that they have expired.
    void drop() {
        held = null;
        hasTried = false;
    }

    private long left() {
        return held == null ? 0 : held.left();
    }

    private boolean hasRested() {
        return !hasTried || System.nanoTime() - tried >= restMs * NANOS;
    }

    // Returns what the source has, or null and the reason in `why`.
    private Keys search(Deadline deadline) throws Failure {
        why = "no AWS credentials found: looked in " + program.source;
        try {
            Keys found = ask(deadline);
            if (found != null) {
                why = "the AWS credentials found have expired";
            }
            return found;
        } catch (Failure failure) {
            if (failure.code.equals("timeout")) {
                throw failure;
            }
            why += " (" + failure.what + ")";
            return null;
        }
    }

    private Keys ask(Deadline deadline) throws Failure {
        switch (program.source) {
            case "environment":
                return findInEnvironment();
            case "profile":
                return new Profile(program).find();
            case "container":
                return Metadata.findInContainer(program.metadata, deadline);
            case "imds":
                return Metadata.findInImds(program.metadata, deadline);
            default:
                throw new Failure("not_authorized", "it must be environment, profile, container or imds");
        }
    }

    // Asked for one by one: the permission is one for each variable.
    private static Keys findInEnvironment() throws Failure {
        String accessKey = environment("AWS_ACCESS_KEY_ID");
        String secretKey = environment("AWS_SECRET_ACCESS_KEY");
        String token = environment("AWS_SESSION_TOKEN");
        boolean isPair = !accessKey.isEmpty() && !secretKey.isEmpty();
        return isPair ? new Keys("environment", accessKey, secretKey, token, Long.MAX_VALUE) : null;
    }

    // Returns a variable of the server's process, empty where it is not set. Throws SecurityException without the
    // permission.
    static String environment(String name) {
        String value = System.getenv(name);
        return value == null ? "" : value;
    }
}
