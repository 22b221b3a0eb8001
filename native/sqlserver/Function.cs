// A wrapper: typed arguments in, one payload out, one typed result back.
namespace Udfgen
{
    // The table's entry of one function.
    internal sealed class Function
    {
        public readonly string name;
        public readonly Binding binding;
        public readonly Parameter[] parameters;
        public readonly Payload payload;

        // At most one of these is there; without both the function returns nothing.
        public readonly Result result;
        public readonly TableFacts table;

        // Whether a NULL argument is answered with NULL, without a call.
        public readonly bool nullOnNull;

        // Whether NULL stands for an error.
        public readonly bool nullOnError;

        private Function(Facts facts)
        {
            name = facts.Text("name");
            binding = new Binding(facts.Below("binding"));
            Facts[] each = facts.Each("parameters");
            parameters = new Parameter[each.Length];
            for (int at = 0; at < each.Length; at++)
            {
                parameters[at] = new Parameter(each[at]);
            }
            payload = new Payload(facts.Pieces("payload"));
            Facts returns = facts.Below("returns");
            string kind = returns.Text("kind");
            result = kind == "scalar" ? new Result(returns) : null;
            table = kind == "table" ? new TableFacts(returns) : null;
            nullOnNull = facts.Flag("null_on_null");
            nullOnError = facts.Flag("null_on_error");
        }

        // Reads what the compiler wrote. Throws InvalidOperationException when it is no JSON.
        public static Function Read(string json)
        {
            return new Function(Facts.Read(json));
        }
    }
}
