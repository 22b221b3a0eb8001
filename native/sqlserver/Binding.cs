// A Lambda function that the database may reach.
namespace Udfgen
{
    // The target is the FunctionName of the Invoke API, without the qualifier
    // (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
    internal sealed class Binding
    {
        public readonly string name;
        public readonly string target;

        // A version or an alias; null: the function's own default.
        public readonly string qualifier;

        // sync, async or dry_run.
        public readonly string invoke;

        // Milliseconds, of the whole call and of making a connection.
        public readonly long timeoutMs;
        public readonly long connectTimeoutMs;
        public readonly bool idempotent;

        // How often an idempotent call is tried again.
        public readonly int retries;
        public readonly bool logTail;
        public readonly bool clientContext;
        private readonly Facts facts;

        // Reads an entry of the table.
        public Binding(Facts facts)
        {
            this.facts = facts;
            name = facts.Text("name");
            target = facts.Text("target");
            qualifier = facts.Text("qualifier");
            invoke = facts.Text("invoke");
            timeoutMs = facts.Count("timeout_ms");
            connectTimeoutMs = facts.Count("connect_timeout_ms");
            idempotent = facts.Flag("idempotent");
            retries = facts.Count("retries");
            logTail = facts.Flag("log_tail");
            clientContext = facts.Flag("client_context");
        }

        // Returns the same binding as one that only asks whether it may call.
        public Binding DryRun()
        {
            return new Binding(facts.With("invoke", "dry_run").With("log_tail", false));
        }
    }
}
