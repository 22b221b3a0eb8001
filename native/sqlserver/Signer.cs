// Signature version 4 of Invoke requests
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
namespace Udfgen
{
    using System;
    using System.Text;

    // Signs requests for one endpoint and region, on behalf of any number of threads. What stays the same for a day is
    // kept.
    internal sealed class Signer
    {
        // The base64 of a client context may be this long
        // (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
        private const int MaxContext = 3583;

        private readonly string region;
        private readonly Url endpoint;
        private readonly Day[] days = new Day[1];

        // Takes the region and the endpoint that all requests go to.
        public Signer(string region, Url endpoint)
        {
            this.region = region;
            this.endpoint = endpoint;
        }

        // Returns the whole request, head and body, that invokes a function at a time in seconds since 1970. `context`
        // is the JSON of a client context, or empty. What is signed is the host and every x-amz-* header, nothing that
        // a proxy may change. `isAbsolute`: the first line names the endpoint, as a proxy for http wants it.
        public byte[] Sign(Binding binding, byte[] body, string context, Keys keys, long seconds, bool isAbsolute)
        {
            string moment = Utc.ShowCompact(seconds);
            Day day = Turn(moment.Substring(0, 8), keys);
            string path = endpoint.path.TrimEnd('/') + "/2015-03-31/functions/" + Url.Encode(binding.target)
                + "/invocations";
            string query = binding.qualifier == null ? "" : "Qualifier=" + Url.Encode(binding.qualifier);
            string[] headers = Headers(binding, context, keys, moment);
            string names = Names(headers);
            // Every service but S3 wants the path encoded once more than it is sent.
            string canonical = "POST\n" + EncodePath(path) + "\n" + query + "\n" + Lines(headers, ":", "\n") + "\n"
                + names + "\n" + Sha256.Hex(Sha256.Hash(body));
            string toSign = "AWS4-HMAC-SHA256\n" + moment + "\n" + day.scope + "\n"
                + Sha256.Hex(Sha256.Hash(Bytes(canonical)));
            string head = "POST " + (isAbsolute ? "http://" + endpoint.authority : "") + path
                + (query.Length == 0 ? "" : "?" + query) + " HTTP/1.1\r\n" + Lines(headers, ": ", "\r\n")
                + "content-type: application/json\r\nauthorization: AWS4-HMAC-SHA256 Credential=" + keys.accessKey + "/"
                + day.scope + ", SignedHeaders=" + names + ", Signature="
                + Sha256.Hex(Sha256.Hmac(day.key, Bytes(toSign))) + "\r\ncontent-length: " + Text.Show(body.Length)
                + "\r\n\r\n";
            return Join(Bytes(head), body);
        }

        // Returns the key of a day and a secret, made anew where another one is kept. Two threads may both make it.
        private Day Turn(string date, Keys keys)
        {
            Day known = days[0];
            if (known != null && known.date == date && known.secretOf == keys.secretKey)
            {
                return known;
            }
            byte[] key = Bytes("AWS4" + keys.secretKey);
            foreach (string part in new[] { date, region, "lambda", "aws4_request" })
            {
                key = Sha256.Hmac(key, Bytes(part));
            }
            Day made = new Day(date, keys.secretKey, date + "/" + region + "/lambda/aws4_request", key);
            days[0] = made;
            return made;
        }

        // Returns names and values by turns, in the order of the names that signing wants; empty values are not sent.
        private string[] Headers(Binding binding, string context, Keys keys, string moment)
        {
            bool isSync = binding.invoke == "sync";
            return new[]
            {
                "host", endpoint.authority,
                "x-amz-client-context", isSync ? EncodeContext(context) : "",
                "x-amz-date", moment,
                "x-amz-invocation-type", isSync ? "" : binding.invoke == "async" ? "Event" : "DryRun",
                "x-amz-log-type", isSync && binding.logTail ? "Tail" : "",
                "x-amz-security-token", keys.token
            };
        }

        // A context that is too long would fail the call, for a thing that only informs: it is left out.
        private static string EncodeContext(string context)
        {
            string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(context));
            return encoded.Length > MaxContext ? "" : encoded;
        }

        private static string Lines(string[] headers, string between, string end)
        {
            StringBuilder lines = new StringBuilder();
            for (int at = 0; at < headers.Length; at += 2)
            {
                if (headers[at + 1].Length > 0)
                {
                    lines.Append(headers[at]).Append(between).Append(headers[at + 1]).Append(end);
                }
            }
            return lines.ToString();
        }

        private static string Names(string[] headers)
        {
            StringBuilder names = new StringBuilder();
            for (int at = 0; at < headers.Length; at += 2)
            {
                if (headers[at + 1].Length > 0)
                {
                    names.Append(names.Length == 0 ? "" : ";").Append(headers[at]);
                }
            }
            return names.ToString();
        }

        // Returns each part of a path percent-encoded, its slashes as they are.
        private static string EncodePath(string path)
        {
            string[] parts = path.Split('/');
            for (int at = 0; at < parts.Length; at++)
            {
                parts[at] = Url.Encode(parts[at]);
            }
            return string.Join("/", parts);
        }

        // Url and Keys let ASCII through only, and the rest is encoded.
        private static byte[] Bytes(string text)
        {
            return Encoding.ASCII.GetBytes(text);
        }

        private static byte[] Join(byte[] head, byte[] body)
        {
            byte[] request = new byte[head.Length + body.Length];
            Buffer.BlockCopy(head, 0, request, 0, head.Length);
            Buffer.BlockCopy(body, 0, request, head.Length, body.Length);
            return request;
        }

        // The signing key of a day, which never changes.
        private sealed class Day
        {
            public readonly string date;
            public readonly string secretOf;
            public readonly string scope;
            public readonly byte[] key;

            public Day(string date, string secretOf, string scope, byte[] key)
            {
                this.date = date;
                this.secretOf = secretOf;
                this.scope = scope;
                this.key = key;
            }
        }
    }
}
