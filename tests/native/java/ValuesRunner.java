// Runs the core's encoder and decoder for a test: one request a line in, one answer a line out, both JSON.
//
//   {"op": "encode", "function": {...}, "arguments": ["text", true, null, {"number": "1e23"}, {"hex": "00ff"}]}
//   {"op": "decode", "function": {...}, "body": "6e756c6c"}
//
// The answer is {"value": ...}, {"rows": [[...], ...]} or {"error": "[udfgen bad_argument]: ..."}. In a value, numbers
// are text and bytes are hexadecimal digits.
package udfgen;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

final class ValuesRunner {
    private ValuesRunner() {
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line));
        }
    }

    private static String answer(String request) {
        Function function = Function.read(Json.member(request, "function"));
        try {
            switch (Json.textMember(request, "op")) {
                case "encode":
                    return "{\"value\":" + Json.quote(encode(function, toArguments(request))) + "}";
                case "decode":
                    return decode(function, toBytes(Json.textMember(request, "body")));
                default:
                    throw new IllegalArgumentException(request);
            }
        } catch (Failure failure) {
            return "{\"error\":" + Json.quote(failure.describe(function.binding.name)) + "}";
        }
    }

    private static String encode(Function function, Object[] arguments) throws Failure {
        Encoder encoder = new Encoder(function);
        return encoder.fill(encoder.encode(arguments));
    }

    private static String decode(Function function, byte[] body) throws Failure {
        Decoder decoder = new Decoder(function);
        if (function.table == null) {
            Object value = decoder.decode(body);
            return "{\"value\":" + (value == null ? "null" : show(function.result, value)) + "}";
        }
        StringBuilder rows = new StringBuilder();
        for (Object[] row : decoder.rows(Decoder.read(body))) {
            rows.append(rows.length() == 0 ? "" : ",").append(show(function.table.columns, row));
        }
        return "{\"rows\":[" + rows + "]}";
    }

    private static String show(Result[] columns, Object[] row) {
        StringBuilder cells = new StringBuilder();
        for (int at = 0; at < columns.length; at++) {
            cells.append(at == 0 ? "[" : ",").append(row[at] == null ? "null" : show(columns[at], row[at]));
        }
        return cells.append(']').toString();
    }

    private static String show(Result result, Object value) {
        if (value instanceof Boolean) {
            return value.toString();
        }
        if (value instanceof BigDecimal) {
            boolean isFloat = result.type.kind.equals("real") || result.type.kind.equals("double");
            BigDecimal number = (BigDecimal) value;
            return Json.quote(isFloat ? Numbers.layOut(number) : number.toPlainString());
        }
        return Json.quote(value instanceof byte[] ? toHex((byte[]) value) : (String) value);
    }

    // Returns the arguments of a request as the core takes them.
    static Object[] toArguments(String request) {
        List<?> given;
        try {
            given = (List<?>) Json.read(Json.member(request, "arguments"));
        } catch (Unfit unfit) {
            throw new IllegalArgumentException(unfit);
        }
        Object[] arguments = given.toArray();
        for (int at = 0; at < arguments.length; at++) {
            arguments[at] = toArgument(arguments[at]);
        }
        return arguments;
    }

    private static Object toArgument(Object given) {
        if (!(given instanceof Map)) {
            return given;
        }
        Facts facts = new Facts(given);
        String number = facts.text("number");
        if (number == null) {
            return toBytes(facts.text("hex"));
        }
        // What no BigDecimal can be: NaN and the infinities.
        boolean isFinite = !number.endsWith("N") && !number.endsWith("y");
        return isFinite ? (Object) new BigDecimal(number) : Double.valueOf(number);
    }

    private static byte[] toBytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] = (byte) Integer.parseInt(hex.substring(2 * at, 2 * at + 2), 16);
        }
        return bytes;
    }

    private static String toHex(byte[] bytes) {
        StringBuilder hex = new StringBuilder();
        for (byte each : bytes) {
            hex.append(Character.forDigit(each >> 4 & 15, 16)).append(Character.forDigit(each & 15, 16));
        }
        return hex.toString();
    }
}
