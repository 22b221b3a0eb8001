// Whatever goes wrong, as a failure that callers can read.
package udfgen;

import java.security.AccessControlException;
import java.security.Permission;
import java.sql.SQLException;

// Nothing but SQLException leaves an entry point: of any other exception Oracle shows the class, and no code.
final class Mishap {
    private Mishap() {
    }

    // Returns the failure that an exception or an error means.
    static Failure of(Throwable thrown) {
        if (thrown instanceof Failure) {
            return (Failure) thrown;
        }
        if (thrown instanceof SecurityException) {
            return denied((SecurityException) thrown);
        }
        if (thrown instanceof SQLException) {
            return new Failure("unavailable", "the database said: " + Refusal.clean("" + thrown.getMessage()));
        }
        if (thrown instanceof OutOfMemoryError) {
            return new Failure("unavailable", "the server has no memory left for this call");
        }
        String kind = thrown.getClass().getName();
        return new Failure("unavailable", "the core failed by a mistake of its own (" + kind + "), please report it");
    }

    // Says which permission is missing, in the words of a grant.
    private static Failure denied(SecurityException thrown) {
        Permission missing = null;
        if (thrown instanceof AccessControlException) {
            missing = ((AccessControlException) thrown).getPermission();
        }
        String shown = missing == null ? "a Java permission" : "the Java permission " + show(missing);
        return new Failure("not_authorized", "the schema lacks " + shown + ": have a DBA run permissions.sql");
    }

    private static String show(Permission permission) {
        String actions = permission.getActions();
        String shown = permission.getClass().getName() + " \"" + permission.getName() + '"';
        return actions == null || actions.isEmpty() ? shown : shown + " \"" + actions + '"';
    }
}
