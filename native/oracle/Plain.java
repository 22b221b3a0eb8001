// Arguments as plain text: what is sent, but for JSON's quotes.
package udfgen;

import java.math.BigDecimal;
import java.util.Base64;

// Each kind of type has a method that checks a value and returns its text. Throws Unfit for what the type refuses.
final class Plain {
    private Plain() {
    }

    // Returns the text of a value that is not NULL: Boolean, BigDecimal, String or byte[].
    static String of(Parameter parameter, Object value) throws Unfit {
        Type type = parameter.type;
        switch (type.kind) {
            case "boolean":
                return value.toString();
            case "smallint":
            case "integer":
            case "bigint":
                return ofInteger(type, toNumber(value));
            case "decimal":
                return ofDecimal(type, toNumber(value));
            case "real":
            case "double":
                return ofFloat(type, toNumber(value));
            case "bytes":
                return ofBytes(parameter.limits, (byte[]) value);
            default:
                return ofText(type, (String) value);
        }
    }

    private static String ofText(Type type, String text) throws Unfit {
        switch (type.kind) {
            case "varchar":
                Text.checkLength(text, type.length);
                return text;
            case "json":
                Json.require(text);
                return text;
            case "uuid":
                return Text.uuid(text);
            case "date":
                return Moment.require(Moment.date(text), "must be a date from 0001-01-01 to 9999-12-31");
            case "time":
                return Moment.require(Moment.time(text), "must be a time from 00:00:00 to 23:59:59.999999");
            case "timestamp":
                return Moment.require(Moment.timestamp(text), "must be a real date in the years 1 to 9999");
            case "timestamptz":
                return Moment.require(Moment.instant(text), "must be a real date in the years 1 to 9999");
            default:
                return text;
        }
    }

    // BigDecimal has neither NaN nor infinities: these come as another class of numbers.
    private static BigDecimal toNumber(Object value) throws Unfit {
        if (!(value instanceof BigDecimal)) {
            throw new Unfit("must be a finite number");
        }
        return (BigDecimal) value;
    }

    private static String ofInteger(Type type, BigDecimal number) throws Unfit {
        BigDecimal whole = Numbers.round(number, Type.INTEGER_DIGITS, 0);
        if (whole == null || whole.compareTo(number) != 0 || !type.isInRange(whole)) {
            throw new Unfit("must fit " + type.show());
        }
        return whole.toString();
    }

    private static String ofDecimal(Type type, BigDecimal number) throws Unfit {
        BigDecimal rounded = Numbers.round(number, type.precision, type.scale);
        if (rounded == null) {
            throw new Unfit("must fit " + type.show());
        }
        return rounded.toPlainString();
    }

    private static String ofFloat(Type type, BigDecimal number) throws Unfit {
        boolean isReal = type.kind.equals("real");
        double nearest = isReal ? number.floatValue() : number.doubleValue();
        if (Double.isInfinite(nearest)) {
            throw new Unfit("must fit " + type.show());
        }
        return Numbers.layOut(Numbers.shortest(nearest, isReal));
    }

    private static String ofBytes(Limits limits, byte[] bytes) throws Unfit {
        if (limits.maxLength > 0 && bytes.length > limits.maxLength) {
            throw new Unfit("must be at most " + limits.maxLength + " bytes long");
        }
        return Base64.getEncoder().encodeToString(bytes);
    }
}
