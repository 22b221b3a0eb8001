// Numbers without rounding by accident: exact decimals, and the digits of floating-point numbers.
package udfgen;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

// Time and memory follow the length of a number's text, whatever its exponent.
final class Numbers {
    // No type has so many: of the digits after them it only matters whether they are zero.
    private static final int MAX_DIGITS = 100;
    // The nearest decimal first. Below a power of two numbers lie closer than above it: there the nearest may read
    // back as the number below, and one farther off as the number itself.
    private static final RoundingMode[] ROUNDINGS = {RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN};

    private Numbers() {
    }

    // Returns the value of a JSON number, or where it has more than 100 digits one that rounds and compares alike.
    // Throws Unfit when the exponent, as it is written, is 10000 or more, or -10000 or less.
    static BigDecimal read(String number) throws Unfit {
        int end = findExponent(number);
        boolean isNegative = number.charAt(0) == '-';
        String mantissa = number.substring(isNegative ? 1 : 0, end);
        int point = mantissa.indexOf('.');
        String digits = point < 0 ? mantissa : mantissa.substring(0, point) + mantissa.substring(point + 1);
        int first = skipZeros(digits, 0);
        String significant = cut(digits, first);
        int whole = (point < 0 ? digits.length() : point) - first + readExponent(number, end);
        BigDecimal value = new BigDecimal(new BigInteger(significant), significant.length() - whole);
        return isNegative ? value.negate() : value;
    }

    // Returns a number rounded half away from zero to `scale` digits after the point, or null when it then has more
    // than `precision` digits with those. Looks at its size first: an exponent could become gigabytes of zeros.
    static BigDecimal round(BigDecimal number, int precision, int scale) {
        long whole = (long) number.precision() - number.scale();
        if (number.signum() == 0 || whole < -scale) {
            return BigDecimal.valueOf(0, scale);
        }
        if (whole > precision - scale) {
            return null;
        }
        BigDecimal rounded = number.setScale(scale, RoundingMode.HALF_UP);
        return rounded.precision() > precision ? null : rounded;
    }

    // Returns the fewest digits that read back as the same finite double, and of those the nearest; for a real the
    // fewest that read back as the same float. Double.toString gives more before JDK 19:
    // https://bugs.openjdk.org/browse/JDK-4511638
    static BigDecimal shortest(double number, boolean isReal) {
        BigDecimal exact = new BigDecimal(number);
        for (int digits = uniqueDigits(Math.abs(number), isReal);; digits++) {
            for (RoundingMode rounding : ROUNDINGS) {
                BigDecimal found = exact.round(new MathContext(digits, rounding));
                if (number == (isReal ? found.floatValue() : found.doubleValue())) {
                    return found;
                }
            }
        }
    }

    // Returns a number as ECMAScript and RFC 8785, section 3.2.2.3, lay out its digits
    // (https://tc39.es/ecma262/#sec-numeric-types-number-tostring).
    static String layOut(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        String digits = stripped.unscaledValue().abs().toString();
        String sign = number.signum() < 0 ? "-" : "";
        return sign + layOut(digits, digits.length() - stripped.scale());
    }

    // Lays out 0.digits times ten to the power of `point`.
    private static String layOut(String digits, int point) {
        int count = digits.length();
        if (point > 21 || point <= -6) {
            String fraction = count > 1 ? '.' + digits.substring(1) : "";
            return digits.charAt(0) + fraction + (point > 0 ? "e+" : "e") + (point - 1);
        }
        if (point <= 0) {
            return "0." + zeros(-point) + digits;
        }
        if (point >= count) {
            return digits + zeros(point - count);
        }
        return digits.substring(0, point) + '.' + digits.substring(point);
    }

    // Returns a count of digits up to which no two decimals are the same number: the shortest that has no more is the
    // number rounded to them. Subnormal numbers have no such count.
    private static int uniqueDigits(double size, boolean isReal) {
        if (size < (isReal ? Float.MIN_NORMAL : Double.MIN_NORMAL)) {
            return 1;
        }
        return isReal ? 6 : 15;
    }

    private static String zeros(int count) {
        return "000000000000000000000".substring(0, count);
    }

    // Returns where the exponent of a JSON number begins, its letter included, or the end.
    private static int findExponent(String number) {
        int found = Math.max(number.indexOf('e'), number.indexOf('E'));
        return found < 0 ? number.length() : found;
    }

    // Returns the exponent whose letter stands at `at`; 0 when there is none.
    private static int readExponent(String number, int at) throws Unfit {
        String exponent = number.substring(Math.min(at + 1, number.length()));
        boolean isSigned = exponent.startsWith("-") || exponent.startsWith("+");
        String digits = exponent.substring(skipZeros(exponent, isSigned ? 1 : 0));
        if (digits.length() > 4) {
            throw new Unfit("must have an exponent below 10000");
        }
        int size = digits.isEmpty() ? 0 : Integer.parseInt(digits);
        return exponent.startsWith("-") ? -size : size;
    }

    private static int skipZeros(String digits, int at) {
        while (at < digits.length() && digits.charAt(at) == '0') {
            at++;
        }
        return at;
    }

    // Returns the digits from `first` without the zeros that end them, `0` for none, and a 1 for all beyond the limit:
    // BigInteger needs time that grows with the square of their number.
    private static String cut(String digits, int first) {
        int end = digits.length();
        while (end > first && digits.charAt(end - 1) == '0') {
            end--;
        }
        if (end == first) {
            return "0";
        }
        int limit = first + MAX_DIGITS;
        return end > limit ? digits.substring(first, limit) + '1' : digits.substring(first, end);
    }
}
