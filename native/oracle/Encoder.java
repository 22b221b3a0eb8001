// Arguments become the body of a request, or the first of several.
package udfgen;

// Encodes the arguments of one function.
final class Encoder {
    private final Parameter[] parameters;
    private final Payload payload;

    Encoder(Function function) {
        parameters = function.parameters;
        payload = function.payload;
    }

    // Returns the JSON of arguments of the classes Boolean, BigDecimal (also for real and double), String and byte[];
    // null is NULL, dates and times are ISO 8601, a timestamptz with `Z`. Checks parameters in their order, used in the
    // payload or not. Throws Failure `bad_argument` that names the first one that fails, and never shows a value.
    String[] encode(Object[] arguments) throws Failure {
        if (arguments.length != parameters.length) {
            String noun = parameters.length == 1 ? " argument" : " arguments";
            throw new Failure("bad_argument", "takes " + parameters.length + noun);
        }
        String[] texts = new String[arguments.length];
        for (int at = 0; at < texts.length; at++) {
            texts[at] = encode(parameters[at], arguments[at]);
        }
        return texts;
    }

    // Returns the body for the JSON of every argument. Throws Failure `bad_argument` when it is not valid Unicode.
    String fill(String[] texts) throws Failure {
        String body = payload.fill(texts);
        if (!Text.isUnicode(body)) {
            throw unfitText(texts);
        }
        return body;
    }

    // Returns the JSON of an argument.
    private static String encode(Parameter parameter, Object value) throws Failure {
        try {
            if (value == null && parameter.required) {
                throw new Unfit("must not be null");
            }
            if (value == null) {
                return "null";
            }
            String text = Plain.of(parameter, value);
            parameter.limits.check(text);
            return isVerbatim(parameter) ? text : Json.quote(text);
        } catch (Unfit unfit) {
            throw unfitArgument(parameter, unfit.what);
        }
    }

    // Tells whether the plain text of a parameter is JSON as it is.
    private static boolean isVerbatim(Parameter parameter) {
        String kind = parameter.type.kind;
        return !parameter.asString && (parameter.type.isNumeric() || kind.equals("boolean") || kind.equals("json"));
    }

    private Failure unfitText(String[] texts) {
        int at = 0;
        while (Text.isUnicode(texts[at])) {
            at++;
        }
        return unfitArgument(parameters[at], "must be valid Unicode");
    }

    private static Failure unfitArgument(Parameter parameter, String what) {
        return new Failure("bad_argument", "argument \"" + parameter.name + "\": " + what);
    }
}
