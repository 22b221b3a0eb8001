// Values of a reply as values of their types.
package udfgen;

import java.math.BigDecimal;
import java.util.Base64;

// Each kind of type has a method from the text of a JSON value. Throws Unfit for what the type refuses.
final class Fit {
    private Fit() {
    }

    // Returns a value that is not `null` as Boolean, BigDecimal (also for real and double), String or byte[]; dates and
    // times in ISO 8601, a timestamptz in UTC with `Z`.
    static Object of(Result result, String value) throws Unfit {
        switch (result.type.kind) {
            case "boolean":
                return toBoolean(value);
            case "smallint":
            case "integer":
            case "bigint":
                return toInteger(result, value);
            case "decimal":
                return toDecimal(result, value, result.type.precision, result.type.scale);
            case "real":
            case "double":
                return toFloat(result.type, value);
            case "bytes":
                return toBytes(value);
            case "json":
                return value;
            case "text":
            case "varchar":
                return toText(result.type, value);
            default:
                // What is no string becomes a text that none of these is.
                return toMoment(result.type.kind, Json.isString(value) ? Json.unquote(value) : "");
        }
    }

    private static Boolean toBoolean(String value) throws Unfit {
        if (!value.equals("true") && !value.equals("false")) {
            throw new Unfit("must be true or false");
        }
        return Boolean.valueOf(value);
    }

    private static BigDecimal toInteger(Result result, String value) throws Unfit {
        BigDecimal whole = toDecimal(result, value, Type.INTEGER_DIGITS, 0);
        if (!result.type.isInRange(whole)) {
            throw new Unfit("must fit " + result.type.show());
        }
        return whole;
    }

    // Returns a number with the digits of its type, rounded only where the spec says so.
    private static BigDecimal toDecimal(Result result, String value, int precision, int scale) throws Unfit {
        String text = Json.isString(value) ? Json.unquote(value) : value;
        requireNumber(text);
        BigDecimal number = Numbers.read(text);
        BigDecimal rounded = Numbers.round(number, precision, scale);
        if (rounded == null || (!result.round && rounded.compareTo(number) != 0)) {
            throw new Unfit("must fit " + result.type.show());
        }
        return rounded;
    }

    // A real is the nearest double, rounded to 32 bits.
    private static BigDecimal toFloat(Type type, String value) throws Unfit {
        requireNumber(value);
        boolean isReal = type.kind.equals("real");
        double number = Double.parseDouble(value);
        double nearest = isReal ? (float) number : number;
        if (Double.isInfinite(nearest)) {
            throw new Unfit("must fit " + type.show());
        }
        return Numbers.shortest(nearest, isReal);
    }

    private static void requireNumber(String text) throws Unfit {
        if (!Grammar.isNumber(text)) {
            throw new Unfit("must be a number");
        }
    }

    private static String toText(Type type, String value) throws Unfit {
        if (!Json.isString(value)) {
            throw new Unfit("must be a string");
        }
        String text = Json.unquote(value);
        if (text.indexOf('\0') >= 0 || !Text.isUnicode(text)) {
            throw new Unfit("must not hold NUL or half of a surrogate pair");
        }
        if (type.kind.equals("varchar")) {
            Text.checkLength(text, type.length);
        }
        return text;
    }

    private static String toMoment(String kind, String text) throws Unfit {
        switch (kind) {
            case "date":
                return Moment.require(Moment.date(text), "must be a date like 2016-02-15");
            case "time":
                return Moment.require(Moment.time(text), "must be a time like 12:00:00");
            case "timestamp":
                return Moment.require(Moment.timestamp(text), "must be a timestamp like 2016-02-15T12:00:00");
            case "timestamptz":
                String zoned = "must be a timestamp with a zone like 2016-02-15T12:00:00Z";
                return Moment.require(Moment.instant(text), zoned);
            case "uuid":
                return Text.uuid(text);
            default:
                throw new IllegalStateException("a kind of type without a way from JSON: " + kind);
        }
    }

    // The decoder also takes text without padding, and with unused bits that are not zero.
    private static byte[] toBytes(String value) throws Unfit {
        String text = Json.isString(value) ? Json.unquote(value) : "?";
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
                return bytes;
            }
        } catch (IllegalArgumentException odd) {
            // The same complaint as for the rest.
        }
        throw new Unfit("must be base64");
    }
}
