// What a function of AWS Lambda returned.
namespace Udfgen
{
    // The body of a reply, and AWS's id of the request, empty where there is none.
    internal sealed class Answer
    {
        // JSON, or what should be; `null` where AWS sends no body (async and dry_run).
        public readonly byte[] body;
        private readonly string requestId;
        private readonly Keys keys;

        // Takes the keys that the request was signed with.
        public Answer(byte[] body, string requestId, Keys keys)
        {
            this.body = body;
            this.requestId = requestId;
            this.keys = keys;
        }

        // Returns a failure to read the body with the id of the request, and without the keys in its texts.
        public Failure Blame(Failure failure)
        {
            failure.RequestId = requestId;
            return keys.Hide(failure);
        }
    }
}
