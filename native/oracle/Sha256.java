// SHA-256 and HMAC-SHA-256, of which a signature is made.
package udfgen;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

// HMAC stands here because javax.crypto would load a framework of providers into every session.
final class Sha256 {
    private static final int BLOCK = 64;
    private static final String DIGITS = "0123456789abcdef";
    private static final MessageDigest DIGEST = make();

    private Sha256() {
    }

    // Returns the 32 bytes of the hash.
    static byte[] hash(byte[] text) {
        return DIGEST.digest(text);
    }

    // Returns the 32 bytes of the keyed hash, for keys of at most 64 bytes or longer ones
    // (https://www.rfc-editor.org/rfc/rfc2104#section-2).
    static byte[] hmac(byte[] key, byte[] text) {
        byte[] block = pad(key.length > BLOCK ? hash(key) : key);
        DIGEST.update(mask(block, 0x36));
        byte[] inner = DIGEST.digest(text);
        DIGEST.update(mask(block, 0x5c));
        return DIGEST.digest(inner);
    }

    // Returns bytes in lower-case hexadecimal digits.
    static String hex(byte[] bytes) {
        StringBuilder shown = new StringBuilder(2 * bytes.length);
        for (byte each : bytes) {
            shown.append(DIGITS.charAt((each >> 4) & 15)).append(DIGITS.charAt(each & 15));
        }
        return shown.toString();
    }

    // Every Java platform has this algorithm, says MessageDigest.
    private static MessageDigest make() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] pad(byte[] key) {
        byte[] block = new byte[BLOCK];
        System.arraycopy(key, 0, block, 0, key.length);
        return block;
    }

    private static byte[] mask(byte[] block, int mask) {
        byte[] masked = new byte[BLOCK];
        for (int at = 0; at < BLOCK; at++) {
            masked[at] = (byte) (block[at] ^ mask);
        }
        return masked;
    }
}
