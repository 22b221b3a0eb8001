// Questions about text in UTF-16.
package udfgen;

import java.util.Locale;

// The locale has no say in the answers.
final class Text {
    private Text() {
    }

    // Tells whether text is valid Unicode: no half of a surrogate pair stands alone.
    static boolean isUnicode(String text) {
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            if (Character.isSurrogate(character)) {
                at++;
                if (at == text.length() || !Character.isSurrogatePair(character, text.charAt(at))) {
                    return false;
                }
            }
        }
        return true;
    }

    // Returns how many bytes a text that is valid Unicode has in UTF-8.
    static int utf8Length(String text) {
        int length = text.length();
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            if (character >= 0x80) {
                // Both halves of a surrogate pair have two of its four bytes.
                length += character < 0x800 || Character.isSurrogate(character) ? 1 : 2;
            }
        }
        return length;
    }

    // Throws Unfit when text has more than `limit` code points.
    static void checkLength(String text, int limit) throws Unfit {
        if (text.codePointCount(0, text.length()) > limit) {
            throw new Unfit("must be at most " + limit + " characters long");
        }
    }

    // Returns a UUID in lower case, as `a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11`. Throws Unfit for other text.
    static String uuid(String text) throws Unfit {
        String lower = text.toLowerCase(Locale.ROOT);
        boolean isUuid = lower.length() == 36;
        for (int at = 0; at < lower.length() && isUuid; at++) {
            boolean isDash = at == 8 || at == 13 || at == 18 || at == 23;
            isUuid = (isDash ? "-" : "0123456789abcdef").indexOf(lower.charAt(at)) >= 0;
        }
        if (!isUuid) {
            throw new Unfit("must be a uuid");
        }
        return lower;
    }
}
