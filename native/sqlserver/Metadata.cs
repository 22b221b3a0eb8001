// Metadata services: temporary credentials from the container or the instance that the server runs on.
namespace Udfgen
{
    using System;
    using System.Globalization;
    using System.Text;

    // Asks them without a proxy and with little patience. Throws Failure `not_authorized`, that of the deadline, or
    // SecurityException.
    internal sealed class Metadata
    {
        private const long ContainerMs = 2000;
        private const string Relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
        private const string Full = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
        private const string TokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
        private const string Roles = "/latest/meta-data/iam/security-credentials/";

        // The hosts of Amazon's agents, and this machine by name
        // (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
        private static readonly string[] Trusted =
        {
            "localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"
        };

        private readonly string place;
        private readonly Deadline deadline;

        // Takes the URL that stands for the addresses of both services, or null, and the deadline of the call.
        public Metadata(string place, Deadline deadline)
        {
            this.place = place;
            this.deadline = deadline;
        }

        // Returns the credentials of the container (ECS, EKS Pod Identity), or null when its variables are not set.
        public Keys FindInContainer()
        {
            string relative = Credentials.Environment(Relative);
            string full = Credentials.Environment(Full);
            if (relative.Length > 0 && relative[0] != '/')
            {
                throw Refuse(Relative + " must begin with a slash");
            }
            if (relative.Length == 0 && full.Length == 0)
            {
                return null;
            }
            if (relative.Length == 0)
            {
                RequireTrusted(new Url(full));
            }
            string address = relative.Length == 0 ? full : (place ?? "http://169.254.170.2") + relative;
            string token = ContainerToken();
            string header = token.Length == 0 ? "" : "Authorization: " + token + "\r\n";
            return ReadKeys("container", Fetch("GET", address, header, ContainerMs));
        }

        // Returns the credentials of the EC2 instance by IMDSv2, or null when that is switched off
        // (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html).
        public Keys FindInImds()
        {
            if (Is("AWS_EC2_METADATA_DISABLED", "true"))
            {
                return null;
            }
            for (int left = ReadCount("AWS_METADATA_SERVICE_NUM_ATTEMPTS");; left--)
            {
                try
                {
                    return AskImds(1000L * ReadCount("AWS_METADATA_SERVICE_TIMEOUT"));
                }
                catch (Failure failure)
                {
                    if (failure.Code != "not_authorized" || left <= 1)
                    {
                        throw;
                    }
                }
            }
        }

        private static Failure Refuse(string what)
        {
            return new Failure("not_authorized", what);
        }

        // Others must not get the token of the container over plain http.
        private static void RequireTrusted(Url url)
        {
            if (!url.IsTls() && Array.IndexOf(Trusted, url.host) < 0 && !IsLoopback(url.host))
            {
                throw Refuse(Full + " must be https, or a host that AWS names");
            }
        }

        // Tells whether a host is an address that begins with 127; a name may begin so too.
        private static bool IsLoopback(string host)
        {
            string[] parts = host.Split('.');
            foreach (string part in parts)
            {
                if (!Ascii.IsDigits(part))
                {
                    return false;
                }
            }
            return parts.Length == 4 && parts[0] == "127";
        }

        // Returns the token for the container's credentials; the file counts before the variable.
        private static string ContainerToken()
        {
            string path = Credentials.Environment(TokenFile);
            string token = path.Length == 0 ? Credentials.Environment("AWS_CONTAINER_AUTHORIZATION_TOKEN")
                : Files.Read(path);
            if (token == null)
            {
                throw Refuse("cannot read the file in " + TokenFile);
            }
            if (!Ascii.IsPrintable(token))
            {
                throw Refuse("the container's authorization token holds a line break");
            }
            return token;
        }

        private static bool Is(string variable, string value)
        {
            return Credentials.Environment(variable).Equals(value, StringComparison.OrdinalIgnoreCase);
        }

        // Returns a number from the environment, from 1 to 9999, or 1
        // (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ec2-instance-metadata.html).
        private static int ReadCount(string variable)
        {
            string text = Credentials.Environment(variable);
            bool isCount = Ascii.IsDigits(text) && text.Length <= 4;
            return isCount ? Math.Max(1, int.Parse(text, CultureInfo.InvariantCulture)) : 1;
        }

        private string ImdsPlace()
        {
            string said = place ?? Credentials.Environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
            if (said.Length > 0)
            {
                return said.TrimEnd('/');
            }
            bool isSix = Is("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv6");
            return isSix ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
        }

        private Keys AskImds(long ms)
        {
            string imds = ImdsPlace();
            string lifetime = "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";
            Reply reply = Fetch("PUT", imds + "/latest/api/token", lifetime, ms);
            string said = TextOf(reply);
            if (reply.status != 200 || said.Length == 0 || said.IndexOf(' ') >= 0 || !Ascii.IsPrintable(said))
            {
                throw Refuse("imds answered HTTP " + Text.Show(reply.status) + " without a token");
            }
            string token = "X-aws-ec2-metadata-token: " + said + "\r\n";
            string role = ReadRole(Fetch("GET", imds + Roles, token, ms));
            return ReadKeys("imds", Fetch("GET", imds + Roles + role, token, ms));
        }

        // Returns the first of the roles, which stand in lines.
        private static string ReadRole(Reply reply)
        {
            string roles = TextOf(reply).Trim(' ', '\t', '\r', '\n');
            int end = roles.IndexOfAny(new[] { ' ', '\t', '\r', '\n' });
            string role = end < 0 ? roles : roles.Substring(0, end);
            if (reply.status != 200 || !Ascii.IsMadeOf(role, "+=,.@_-"))
            {
                throw Refuse("the instance has no role");
            }
            return role;
        }

        // Every byte is taken for a code point: what is not ASCII is then seen to be odd.
        private static string TextOf(Reply reply)
        {
            return Encoding.GetEncoding("iso-8859-1").GetString(reply.body);
        }

        // Returns the reply of a service that answers in time. `headers` are lines with their ends.
        private Reply Fetch(string method, string address, string headers, long ms)
        {
            Url url = new Url(address);
            Failure silent = Refuse(url.authority + " does not answer");
            string request = method + " " + (url.path.Length == 0 ? "/" : url.path) + " HTTP/1.1\r\nHost: "
                + url.authority + "\r\n" + headers + "Content-Length: 0\r\n\r\n";
            Wire wire = new Wire(url, null);
            try
            {
                return wire.Exchange(Encoding.ASCII.GetBytes(request), deadline.Narrow(ms, silent), ms);
            }
            catch (Failure failure)
            {
                throw failure.Code == "timeout" ? failure : silent;
            }
            finally
            {
                wire.Close();
            }
        }

        // Returns the credentials in a reply, which may be an error with status 200.
        private static Keys ReadKeys(string source, Reply reply)
        {
            string accessKey = Refusal.ReadText(reply.body, "AccessKeyId");
            string secretKey = Refusal.ReadText(reply.body, "SecretAccessKey");
            string token = Refusal.ReadText(reply.body, "Token");
            string expiration = Refusal.ReadText(reply.body, "Expiration");
            bool isWhole = accessKey.Length > 0 && secretKey.Length > 0 && token.Length > 0 && expiration.Length > 0;
            if (reply.status != 200 || !isWhole)
            {
                throw Refuse(source + " answered HTTP " + Text.Show(reply.status) + " without credentials");
            }
            return new Keys(source, accessKey, secretKey, token, ReadExpiry(expiration));
        }

        private static long ReadExpiry(string text)
        {
            try
            {
                return Utc.Read(text);
            }
            catch (Unfit)
            {
                throw Refuse("they have no valid expiry");
            }
        }
    }
}
