// A wrapper: typed arguments in, one payload out, one typed result back.
namespace Udfgen
{
    using System.Collections.Generic;

    // The table's entry of one function, or of a drop-in name.
    internal sealed class Function
    {
        public readonly string name;

        // The one that it reaches; null where the first argument chooses one by a spelling of its Lambda function.
        public readonly Binding binding;
        public readonly Dictionary<string, Binding> choices = new Dictionary<string, Binding>();
        public readonly Parameter[] parameters;
        public readonly Payload payload;

        // At most one of these is there; without both the function returns nothing.
        public readonly Result result;
        public readonly TableFacts table;

        // How pages of the table follow each other; null: there is one.
        public readonly Follow follow;

        // How rows of arguments travel together, each with a result of its own; null: a call has one.
        public readonly Batch batch;

        // Whether a NULL argument is answered with NULL, without a call.
        public readonly bool nullOnNull;

        private readonly bool nullOnError;

        private Function(Facts facts)
        {
            name = facts.Text("name");
            binding = facts.Has("binding") ? new Binding(facts.Below("binding")) : null;
            foreach (string spelling in binding == null ? facts.Below("choices").Names() : new string[0])
            {
                choices[spelling] = new Binding(facts.Below("choices").Below(spelling));
            }
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
            follow = facts.Has("follow") ? new Follow(facts.Below("follow")) : null;
            batch = facts.Has("batch") ? new Batch(facts.Below("batch")) : null;
            nullOnNull = facts.Flag("null_on_null");
            nullOnError = facts.Flag("null_on_error");
        }

        // Returns the bindings that it may reach.
        public List<Binding> Reached()
        {
            List<Binding> reached = new List<Binding>(choices.Values);
            if (binding != null)
            {
                reached.Add(binding);
            }
            return reached;
        }

        // Tells whether NULL stands for a failure: not where the caller made a mistake, or an administrator said no.
        public bool Hides(Failure failure)
        {
            return nullOnError && failure.Code != "bad_argument" && failure.Code != "disabled";
        }

        // Reads what the compiler wrote. Throws InvalidOperationException when it is no JSON.
        public static Function Read(string json)
        {
            return new Function(Facts.Read(json));
        }
    }
}
