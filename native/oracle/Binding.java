// A Lambda function that the database may reach.
package udfgen;

// The target is the FunctionName of the Invoke API, without the qualifier
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
final class Binding {
    final String name;
    final String target;
    // A version or an alias; null: the function's own default.
    final String qualifier;
    // sync, async or dry_run.
    final String invoke;
    // Milliseconds, of the whole call and of making a connection.
    final long timeoutMs;
    final long connectTimeoutMs;
    final boolean idempotent;
    // How often an idempotent call is tried again.
    final int retries;
    final boolean logTail;
    final boolean clientContext;

    // Reads an entry of the table.
    Binding(Facts facts) {
        name = facts.text("name");
        target = facts.text("target");
        qualifier = facts.text("qualifier");
        invoke = facts.text("invoke");
        timeoutMs = facts.count("timeout_ms");
        connectTimeoutMs = facts.count("connect_timeout_ms");
        idempotent = facts.flag("idempotent");
        retries = facts.count("retries");
        logTail = facts.flag("log_tail");
        clientContext = facts.flag("client_context");
    }

    private Binding(Binding other, String invoke, boolean logTail) {
        name = other.name;
        target = other.target;
        qualifier = other.qualifier;
        this.invoke = invoke;
        timeoutMs = other.timeoutMs;
        connectTimeoutMs = other.connectTimeoutMs;
        idempotent = other.idempotent;
        retries = other.retries;
        this.logTail = logTail;
        clientContext = other.clientContext;
    }

    // Returns the same binding as a question whether it may be called: nothing runs, and there is no log to ask for.
    Binding asDryRun() {
        return new Binding(this, "dry_run", false);
    }
}
