// What a reply means that is not the answer, in words that people can read and logs can hold.
namespace Udfgen
{
    using System;
    using System.Text;

    // Error types and messages of AWS and of functions, made clean, and what may be tried again.
    internal static class Refusal
    {
        private const int MaxForeign = 4000;
        private const int MaxRequestId = 100;
        private const int MaxName = 200;
        private const int MaxWaitDigits = 6;

        // Of the conflicts and the bad gateways, the types that a retry can or cannot mend.
        private const string RetriedConflicts =
            " CodeArtifactUserPendingException ResourceConflictException SnapStartNotReadyException ";

        private const string Permanent =
            " EC2AccessDeniedException ENILimitReachedException InvalidRuntimeException InvalidSecurityGroupIDException"
            + " InvalidSubnetIDException InvalidZipFileException KMSAccessDeniedException KMSDisabledException"
            + " KMSInvalidStateException KMSNotFoundException SubnetIPAddressLimitReachedException ";

        private const string RetriedStatuses = " 408 410 429 500 502 503 504 ";

        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        // Throws the Failure that a reply means, unless it is the answer that was asked for: the status of that kind of
        // call, from a function that did not fail (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
        public static void RequireAnswer(Binding binding, Reply reply)
        {
            int expected = binding.invoke == "sync" ? 200 : binding.invoke == "async" ? 202 : 204;
            Failure failure = null;
            if (reply.status != expected)
            {
                failure = RefuseStatus(binding, reply);
            }
            else if (reply.Has("x-amz-function-error"))
            {
                failure = RefuseFunctionError(reply);
            }
            if (failure != null)
            {
                failure.RequestId = RequestId(reply);
                throw failure;
            }
        }

        // Returns the request's id, for AWS's support; empty where the reply has none.
        public static string RequestId(Reply reply)
        {
            string id = Clean(reply.Header("x-amzn-requestid"));
            return id.Length > MaxRequestId ? id.Substring(0, MaxRequestId) : id;
        }

        // Returns a text member of the JSON object in a body, as it is; empty where there is none.
        public static string ReadText(byte[] body, string member)
        {
            try
            {
                return Json.TextMember(Grammar.Parse(Strict.GetString(body)), member) ?? "";
            }
            catch (DecoderFallbackException)
            {
                return "";
            }
            catch (Unfit)
            {
                return "";
            }
        }

        // Returns foreign text fit for an error: one line of at most 4000 characters, no control characters, none that
        // turns the direction of text, and no `[udfgen` of its own, because an error holds `[udfgen <code>]` once.
        public static string Clean(string text)
        {
            StringBuilder shown = new StringBuilder(Math.Min(text.Length, MaxForeign));
            bool isGap = false;
            int at = 0;
            for (int seen = 0; seen < MaxForeign && at < text.Length; seen++)
            {
                int length = char.IsSurrogatePair(text, at) ? 2 : 1;
                bool isShown = length == 2 || IsShown(text[at]);
                if (isShown)
                {
                    shown.Append(isGap && shown.Length > 0 ? " " : "").Append(text, at, length);
                }
                isGap = !isShown;
                at += length;
            }
            return shown.Replace("[udfgen", "(udfgen").ToString();
        }

        // Returns a foreign name in quotes, fit for an error.
        public static string ShowName(string name)
        {
            return "\"" + Text.Cut(Clean(name), MaxName) + "\"";
        }

        // Tells whether a character may show: no control, no separator of lines, no mark that turns the direction of
        // text, no half of a surrogate pair.
        private static bool IsShown(char code)
        {
            bool isControl = code <= 0x20 || (code >= 0x7f && code <= 0x9f);
            bool isTurn = (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
            return !isControl && !isTurn && !char.IsSurrogate(code);
        }

        // Returns the failure of a function that raised: its own type and message.
        private static Failure RefuseFunctionError(Reply reply)
        {
            string said = FirstSet(CleanText(reply, "errorType"), Clean(reply.Header("x-amz-function-error")));
            return new Failure("function_error", Join(FirstSet(said, "Unhandled"), CleanText(reply, "errorMessage")));
        }

        // Returns the failure that a status other than the expected one means.
        private static Failure RefuseStatus(Binding binding, Reply reply)
        {
            string shown = "HTTP " + Text.Show(reply.status);
            if (reply.status < 300)
            {
                return new Failure("bad_response", shown + " does not answer a call that is " + binding.invoke);
            }
            string type = ReadType(reply);
            string what = Join(FirstSet(type, shown), ReadMessage(reply));
            Failure failure = new Failure(CodeOf(reply.status, type), what);
            failure.Expired = reply.status == 403 && type.StartsWith("ExpiredToken", StringComparison.Ordinal);
            failure.Retry = failure.Expired || IsBusy(reply.status, type);
            failure.Wait = ReadWait(reply);
            return failure;
        }

        private static bool IsBusy(int status, string type)
        {
            bool isRetried = IsIn(RetriedStatuses, Text.Show(status)) && !IsIn(Permanent, type);
            return isRetried || (status == 409 && IsIn(RetriedConflicts, type));
        }

        private static bool IsIn(string words, string word)
        {
            return words.IndexOf(" " + word + " ", StringComparison.Ordinal) >= 0;
        }

        private static string CodeOf(int status, string type)
        {
            // A request older than AWS allows: its status is 400, where all others that say who may not call are 403
            // (https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html).
            if (type == "RequestExpired")
            {
                return "not_authorized";
            }
            switch (status)
            {
                case 400:
                case 415:
                    return "bad_argument";
                case 403:
                    return "not_authorized";
                case 404:
                    return "not_found";
                case 413:
                    return "too_large";
                case 429:
                    return "throttled";
                default:
                    return "unavailable";
            }
        }

        // Returns AWS's error type without the URI behind it and the name space before it; empty where the reply has
        // none.
        private static string ReadType(Reply reply)
        {
            string side = CleanText(reply, "Type");
            // `Type` in a body mostly names the guilty side, not the error.
            bool isSide = side == "User" || side == "Service";
            string named = FirstSet(Clean(reply.Header("x-amzn-errortype")), CleanText(reply, "__type"));
            string said = FirstSet(named, isSide ? "" : side);
            int colon = said.IndexOf(':');
            string type = colon < 0 ? said : said.Substring(0, colon);
            return type.Substring(type.LastIndexOf('#') + 1);
        }

        private static string ReadMessage(Reply reply)
        {
            string message = FirstSet(CleanText(reply, "message"), CleanText(reply, "Message"));
            // AWS answers a wrong signature with the request that it would have signed, session token included.
            int secret = message.IndexOf("The Canonical String", StringComparison.Ordinal);
            return secret < 0 ? message : message.Substring(0, secret).TrimEnd(' ');
        }

        // Returns the seconds that AWS asks to wait when it throttles, else 0.
        private static double ReadWait(Reply reply)
        {
            string after = reply.Header("retry-after");
            bool isNumber = after.Length <= MaxWaitDigits && Ascii.IsDigits(after);
            return reply.status == 429 && isNumber ? Text.Number(after, 0, after.Length) : 0;
        }

        private static string CleanText(Reply reply, string member)
        {
            return Clean(ReadText(reply.body, member));
        }

        // Returns an error's type and its message, or the one that there is.
        public static string Join(string type, string message)
        {
            return message.Length == 0 ? type : type.Length == 0 ? message : type + ": " + message;
        }

        private static string FirstSet(string text, string other)
        {
            return text.Length == 0 ? other : text;
        }
    }
}
