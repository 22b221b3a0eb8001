// Small questions about text in ASCII, as HTTP, URLs and configuration files ask them; the locale has no say.
package udfgen;

// Characters beyond ASCII are none of these.
final class Ascii {
    private Ascii() {
    }

    // Tells whether a character is one of 0 to 9.
    static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }

    // Tells whether a character is one of A to Z, a to z and 0 to 9.
    static boolean isAlphanumeric(char character) {
        char lower = (char) (character | 0x20);
        return isDigit(character) || (lower >= 'a' && lower <= 'z');
    }

    // Tells whether a character shows: no blank, no control.
    static boolean isVisible(char character) {
        return character > ' ' && character < 0x7f;
    }

    // Tells whether text is not empty and has digits only.
    static boolean isDigits(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (!isDigit(text.charAt(at))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    // Tells whether text is not empty and made of letters, digits and some `others`.
    static boolean isMadeOf(String text, String others) {
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            if (!isAlphanumeric(character) && others.indexOf(character) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    // Tells whether text is empty, or visible characters and blanks: what may stand in a header.
    static boolean isPrintable(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) != ' ' && !isVisible(text.charAt(at))) {
                return false;
            }
        }
        return true;
    }
}
