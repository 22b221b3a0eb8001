// Credentials of AWS: a key pair, perhaps temporary.
package udfgen;

// Never shown: `hide` keeps it out of errors.
final class Keys {
    private static final int SHORTEST_SECRET = 8;

    // Where it was found: environment, profile, container or imds.
    final String source;
    final String accessKey;
    final String secretKey;
    // Empty where there is none.
    final String token;
    // Seconds since 1970; Long.MAX_VALUE for ever.
    final long expires;

    // Takes a key pair. Throws Failure `not_authorized` when it cannot stand in a header: a line break would begin
    // another one.
    Keys(String source, String accessKey, String secretKey, String token, long expires) throws Failure {
        if (!Ascii.isPrintable(accessKey) || !Ascii.isPrintable(secretKey) || !Ascii.isPrintable(token)) {
            throw new Failure("not_authorized", "they hold a line break or another odd character");
        }
        this.source = source;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        this.token = token;
        this.expires = expires;
    }

    // Returns the seconds that the keys are still good.
    long left() {
        return expires == Long.MAX_VALUE ? expires : expires - System.currentTimeMillis() / 1000;
    }

    // Returns text with `***` in place of each part of the keys that is 8 characters or longer: what is shorter is a
    // stand-in of some local endpoint, and would blot out ordinary words.
    String hide(String text) {
        String shown = text;
        for (String secret : new String[] {token, secretKey, accessKey}) {
            if (secret.length() >= SHORTEST_SECRET) {
                String whole = shown.contains(secret) ? shown.replace(secret, "***") : shown;
                int left = beginningAtEnd(whole, secret);
                shown = left == 0 ? whole : whole.substring(0, whole.length() - left) + "***";
            }
        }
        return shown;
    }

    // Returns the size of the longest beginning of a secret with which a text ends, 0 for less than 8 characters:
    // foreign text is cut, perhaps within a secret.
    private static int beginningAtEnd(String text, String secret) {
        for (int size = secret.length() - 1; size >= SHORTEST_SECRET; size--) {
            if (text.endsWith(secret.substring(0, size))) {
                return size;
            }
        }
        return 0;
    }

    // Returns a failure whose texts do not show the keys.
    Failure hide(Failure failure) {
        Failure hidden = new Failure(failure.code, hide(failure.what));
        hidden.requestId = failure.requestId == null ? null : hide(failure.requestId);
        hidden.retry = failure.retry;
        hidden.wait = failure.wait;
        hidden.expired = failure.expired;
        return hidden;
    }
}
