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
        return hash(new byte[0], text);
    }

    // Returns the 32 bytes of the keyed hash, for keys of at most 64 bytes or longer ones
    // (https://www.rfc-editor.org/rfc/rfc2104#section-2).
    static byte[] hmac(byte[] key, byte[] text) {
        byte[] block = pad(key.length > BLOCK ? hash(key) : key);
        return hash(mask(block, 0x5c), hash(mask(block, 0x36), text));
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

    // Returns the hash of two texts, one after the other. A hash that an OutOfMemoryError has broken off is forgotten.
    private static byte[] hash(byte[] begin, byte[] rest) {
        DIGEST.reset();
        DIGEST.update(begin);
        return DIGEST.digest(rest);
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
