// A text that may be looked at so often and no more.
package udfgen;

// Bounds the steps of a regular expression: a match listens to nobody who wants it to end.
final class Metered implements CharSequence {
    private final String text;
    private long left;

    // Lets every character be looked at ten times on average, and a short text ten million times in all.
    Metered(String text) {
        this.text = text;
        left = 10000000L + 10L * text.length();
    }

    public int length() {
        return text.length();
    }

    // Throws IllegalStateException when the text was looked at too often.
    public char charAt(int index) {
        if (left-- == 0) {
            throw new IllegalStateException("too many steps");
        }
        return text.charAt(index);
    }

    public CharSequence subSequence(int begin, int end) {
        return text.subSequence(begin, end);
    }

    public String toString() {
        return text;
    }
}
