// A batch function with the binding that it reaches, ready to run.
namespace Udfgen
{
    // Rows in, a value for each of them out.
    internal sealed class BatchCall
    {
        private readonly Function function;
        private readonly Gateway gateway;

        // Takes the table's entry of a function, and the way to AWS.
        public BatchCall(Function function, Gateway gateway)
        {
            this.function = function;
            this.gateway = gateway;
        }

        // Returns a value for each row of a JSON text. All rows are checked before the first one is sent. `known` is
        // who calls; null: the session is asked, where that is to be told. Throws Failure or whatever stands in the
        // way.
        public object[] Run(Switch modes, string text, bool isNative, Caller known)
        {
            bool isDry = modes.IsDry(function.binding.name);
            EncodedRows rows = new EncodedRows(function, new GivenRows(function.parameters, text, isNative));
            Binding binding = isDry ? function.binding.DryRun() : function.binding;
            object[] values = rows.texts.Count == 0 ? new object[0] : Send(binding, rows, known);
            return rows.Spread(values);
        }

        private object[] Send(Binding binding, EncodedRows rows, Caller known)
        {
            Batch batch = function.batch;
            Caller caller = batch.tellsCaller || binding.clientContext ? known ?? Caller.Ask() : null;
            string context = binding.clientContext ? caller.Context() : "";
            Envelope envelope = new Envelope(batch, gateway.NextQuery(), batch.tellsCaller ? caller : null);
            return new BatchQuery(function, binding, gateway.Invoker(), envelope, context, rows).Send();
        }
    }
}
