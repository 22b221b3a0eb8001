// Arguments become the body of a request.
namespace Udfgen
{
    // Encodes the arguments of one function.
    internal sealed class Encoder
    {
        private readonly Parameter[] parameters;
        private readonly Payload payload;

        // Takes the table's entry of a function.
        public Encoder(Function function)
        {
            parameters = function.parameters;
            payload = function.payload;
        }

        // Returns the body for arguments of the classes bool, long, Digits (for whole numbers and decimals), float,
        // double, string and byte[]; null is NULL, dates and times are ISO 8601, a timestamptz with `Z`. Checks
        // parameters in their order, used in the payload or not, and last that the text to be sent is valid Unicode.
        // Throws Failure `bad_argument` that names the first parameter that fails, and never shows a value.
        public string Encode(object[] arguments)
        {
            return Fill(Texts(arguments));
        }

        // Returns the JSON of every argument, for Fill.
        public string[] Texts(object[] arguments)
        {
            if (arguments.Length != parameters.Length)
            {
                throw new Failure("bad_argument", "takes " + Text.Count(parameters.Length, "argument"));
            }
            string[] texts = new string[arguments.Length];
            for (int at = 0; at < texts.Length; at++)
            {
                texts[at] = Encode(parameters[at], arguments[at]);
            }
            return texts;
        }

        // Returns the body for the JSON of every argument.
        public string Fill(string[] texts)
        {
            string body = payload.Fill(texts);
            if (!Text.IsUnicode(body))
            {
                throw UnfitText(texts);
            }
            return body;
        }

        // Returns the failure of an argument: what it must be.
        public static Failure UnfitArgument(Parameter parameter, string what)
        {
            return new Failure("bad_argument", "argument \"" + parameter.name + "\": " + what);
        }

        // Returns the JSON of an argument.
        private static string Encode(Parameter parameter, object value)
        {
            try
            {
                if (value == null && parameter.required)
                {
                    throw new Unfit("must not be null");
                }
                if (value == null)
                {
                    return "null";
                }
                string text = Plain.Of(parameter, value);
                parameter.limits.Check(text);
                return IsVerbatim(parameter) ? text : Json.Quote(text);
            }
            catch (Unfit unfit)
            {
                throw UnfitArgument(parameter, unfit.What);
            }
        }

        // Tells whether the plain text of a parameter is JSON as it is.
        private static bool IsVerbatim(Parameter parameter)
        {
            Kind kind = parameter.type.kind;
            return !parameter.asString && (parameter.type.IsNumeric() || kind == Kind.Boolean || kind == Kind.Json);
        }

        private Failure UnfitText(string[] texts)
        {
            int at = 0;
            while (Text.IsUnicode(texts[at]))
            {
                at++;
            }
            return UnfitArgument(parameters[at], "must be valid Unicode");
        }
    }
}
