// What a spec asks of an argument beyond its type.
package udfgen;

import java.math.BigDecimal;
import java.util.regex.Pattern;

// Checks the plain text that would be sent, without JSON's quotes.
final class Limits {
    // Bytes of `bytes`, which Plain looks at, else code points; 0: any length.
    final int maxLength;
    private final Type type;
    private final String[] oneOf;
    private final BigDecimal min;
    private final BigDecimal max;
    // The bounds as the spec writes them: of zeros a BigDecimal has only the positive one.
    private final String least;
    private final String most;
    private final String pattern;
    // Made when it is first needed: java.util.regex takes its time to load.
    private Pattern compiled;

    // Reads the constraints of a parameter.
    Limits(Type type, Facts facts) {
        this.type = type;
        maxLength = facts.count("max_length");
        oneOf = facts.texts("enum");
        least = facts.text("min");
        most = facts.text("max");
        min = toBound(least);
        max = toBound(most);
        pattern = facts.text("pattern");
    }

    // Throws Unfit unless the text is within the limits.
    void check(String text) throws Unfit {
        if (type.isNumeric()) {
            checkNumber(text);
        } else {
            checkText(text);
        }
    }

    private static BigDecimal toBound(String number) {
        return number == null ? null : new BigDecimal(number);
    }

    // Compares numbers by the value that is sent: a real 0.1 is not above `max: 0.1`.
    private void checkNumber(String text) throws Unfit {
        if (oneOf.length == 0 && min == null && max == null) {
            return;
        }
        BigDecimal number = new BigDecimal(text);
        if (oneOf.length > 0 && !isOneOf(number)) {
            throw notOneOf();
        }
        if (min != null && number.compareTo(min) < 0) {
            throw new Unfit("must be at least " + least);
        }
        if (max != null && number.compareTo(max) > 0) {
            throw new Unfit("must be at most " + most);
        }
    }

    private void checkText(String text) throws Unfit {
        if (oneOf.length > 0 && !isOneOf(text)) {
            throw notOneOf();
        }
        // The longest bytes are bytes, not the characters of their base64: Plain looks at those.
        if (maxLength > 0 && !type.kind.equals("bytes")) {
            Text.checkLength(text, maxLength);
        }
        if (pattern != null && !matches(text)) {
            throw new Unfit("must match " + pattern);
        }
    }

    private boolean isOneOf(BigDecimal number) {
        for (String each : oneOf) {
            if (number.compareTo(new BigDecimal(each)) == 0) {
                return true;
            }
        }
        return false;
    }

    private boolean isOneOf(String text) {
        for (String each : oneOf) {
            if (each.equals(text)) {
                return true;
            }
        }
        return false;
    }

    private Unfit notOneOf() {
        return new Unfit("must be one of: " + String.join(", ", oneOf));
    }

    // Tells whether the pattern matches all of a text. The spec refuses patterns that take exponential time; what
    // takes long or deep all the same is given up.
    private boolean matches(String text) throws Unfit {
        if (compiled == null) {
            compiled = Pattern.compile(pattern);
        }
        try {
            return compiled.matcher(new Metered(text)).matches();
        } catch (IllegalStateException | StackOverflowError beyond) {
            throw new Unfit("cannot be checked");
        }
    }
}
