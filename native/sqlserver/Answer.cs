// What a function of AWS Lambda returned.
namespace Udfgen
{
    // The body of a reply, and AWS's id of the request, empty where there is none.
    internal sealed class Answer
    {
        // JSON, or what should be; `null` where AWS sends no body (async and dry_run).
        public readonly byte[] body;
        public readonly string requestId;

        public Answer(byte[] body, string requestId)
        {
            this.body = body;
            this.requestId = requestId;
        }
    }
}
