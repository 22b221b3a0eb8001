// One call of AWS Lambda, from a payload to the body of the reply
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
namespace Udfgen
{
    using System;
    using System.Text;

    // Invokes the functions of one spec, for all sessions of a database at once. It holds the credentials and the open
    // connections.
    internal sealed class Invoker
    {
        private const int MaxSync = 6291456;
        private const int MaxAsync = 1048576;
        // For how long a search for credentials is not repeated.
        private const long RestMs = 5000;
        private static readonly byte[] Nothing = Encoding.ASCII.GetBytes("null");

        private readonly Signer signer;
        private readonly Credentials credentials;
        private readonly Pool pool;

        // Reads the addresses. Throws Failure `unavailable` when one is no http or https URL.
        public Invoker(ProgramFacts program)
            : this(program, new Credentials(program, RestMs))
        {
        }

        // Takes over credentials that somebody has made.
        public Invoker(ProgramFacts program, Credentials credentials)
        {
            Url endpoint = new Url(FindEndpoint(program));
            this.credentials = credentials;
            signer = new Signer(program.region, endpoint);
            pool = new Pool(endpoint, program.proxy == null ? null : new Url(program.proxy));
        }

        // Returns the address to call: the environment of the server counts before the spec.
        public static string FindEndpoint(ProgramFacts program)
        {
            string said = Credentials.Environment("AWS_ENDPOINT_URL_LAMBDA");
            return said.Length > 0 ? said : program.endpoint;
        }

        // Calls a function within the binding's timeout.
        public Answer Call(Binding binding, string payload, string context)
        {
            return Call(binding, payload, context, new Deadline(binding.timeoutMs));
        }

        // Calls a function, with the retries that an idempotent binding allows, within a deadline. `context` is the
        // JSON of a client context, or empty. Throws Failure, its texts free of credentials, or SecurityException.
        public Answer Call(Binding binding, string payload, string context, Deadline deadline)
        {
            byte[] body = Encoding.UTF8.GetBytes(payload);
            RequireSize(binding, body.Length);
            for (int attempt = 0; ; attempt++)
            {
                long wait;
                try
                {
                    return Try(binding, body, context, deadline);
                }
                catch (Failure failure)
                {
                    wait = PlanRetry(binding, failure, attempt, deadline);
                    if (wait < 0)
                    {
                        throw;
                    }
                }
                deadline.Enter("waiting to retry");
                Deadline.Sleep(wait);
                deadline.Check();
            }
        }

        // Throws Failure `too_large` for what AWS Lambda would refuse.
        private static void RequireSize(Binding binding, int size)
        {
            int limit = binding.invoke == "async" ? MaxAsync : MaxSync;
            if (size > limit)
            {
                string what = "the payload has " + Text.Show(size) + " bytes, AWS Lambda takes " + Text.Show(limit);
                throw new Failure("too_large", what);
            }
        }

        private Answer Try(Binding binding, byte[] body, string context, Deadline deadline)
        {
            Keys keys = credentials.Current(deadline);
            deadline.Enter("waiting for the reply");
            try
            {
                byte[] request = signer.Sign(binding, body, context, keys, Utc.Now(), pool.IsAbsolute());
                Reply reply = pool.Exchange(request, deadline, binding.connectTimeoutMs);
                Refusal.RequireAnswer(binding, reply);
                bool isSilent = reply.body.Length == 0 && binding.invoke != "sync";
                return new Answer(isSilent ? Nothing : reply.body, Refusal.RequestId(reply), keys);
            }
            catch (Failure failure)
            {
                if (failure.Expired)
                {
                    credentials.Drop(keys);
                }
                throw keys.Hide(failure);
            }
        }

        // Returns the milliseconds to wait before the next attempt, or -1 when there is none.
        private static long PlanRetry(Binding binding, Failure failure, int attempt, Deadline deadline)
        {
            long wait = failure.Expired ? 0 : Math.Max((long)(failure.Wait * 1000), BackOff(attempt));
            int retries = binding.idempotent ? binding.retries : 0;
            return failure.Retry && attempt < retries && wait < deadline.Left() ? wait : -1;
        }

        // Returns the milliseconds to wait before a retry: full jitter over 100 ms, doubled each time
        // (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
        private static long BackOff(int attempt)
        {
            // Seeded anew each time: Random itself, and its own seed of the clock, do not suit many threads.
            double share = new Random(Guid.NewGuid().GetHashCode()).NextDouble();
            return (long)(share * 100 * Math.Pow(2, attempt));
        }
    }
}
