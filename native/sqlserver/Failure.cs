// Why a call failed: a code that callers can act on, and words for a person.
namespace Udfgen
{
    using System;

    // The codes are those of every engine: throttled, timeout, not_authorized, not_found, too_large, function_error,
    // bad_response, bad_argument, unavailable, disabled.
    internal sealed class Failure : Exception
    {
        private const int MaxWhat = 500;

        public readonly string Code;

        // Without the name of the binding and the request id.
        public readonly string What;

        // The id that AWS gave the request; null where there was no reply.
        public string RequestId;

        // Whether an idempotent binding may try again.
        public bool Retry;

        // Seconds that AWS asks to wait before that.
        public double Wait;

        // Whether the credentials were too old.
        public bool Expired;

        // Takes a code and what follows the name of the binding.
        public Failure(string code, string what) : base(what)
        {
            Code = code;
            What = what;
        }

        // Returns the same failure of a row of a batch, by its number from 1.
        public Failure At(int row)
        {
            Failure placed = new Failure(Code, "row " + Text.Show(row) + ": " + What);
            placed.RequestId = RequestId;
            return placed;
        }

        // Returns `[udfgen <code>]: <binding>: <what> (request id <id>)`, the bracket only with an id.
        public string Describe(string binding)
        {
            string text = "[udfgen " + Code + "]: " + binding + ": " + Text.Shorten(What, MaxWhat);
            return string.IsNullOrEmpty(RequestId) ? text : text + " (request id " + RequestId + ")";
        }
    }
}
