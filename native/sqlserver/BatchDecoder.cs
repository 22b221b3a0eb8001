// The results of a batch in the body of a reply.
namespace Udfgen
{
    using System.Collections.Generic;

    // Finds them, and reads each one.
    internal sealed class BatchDecoder
    {
        private static readonly Path Whole = new Path(new object[0]);
        private static readonly Path Records = new Path(new object[] { "num_records" });
        private static readonly Path Results = new Path(new object[] { "results" });

        private readonly Batch batch;
        private readonly bool isVoid;
        private readonly Decoder decoder;

        // Takes the table's entry of a function.
        public BatchDecoder(Function function)
        {
            batch = function.batch;
            isVoid = function.result == null;
            decoder = new Decoder(function);
        }

        // Returns the texts of as many results as rows were sent; none for a function that returns nothing. Throws
        // Failure `bad_response`, and `function_error` where the reply says so.
        public string[] Find(byte[] body, int sent)
        {
            string reply = Decoder.Read(body);
            if (isVoid)
            {
                CheckSuccess(Inside(reply) ?? reply);
                return new string[0];
            }
            string document = Json.IsString(reply) ? Unwrap(reply) : reply;
            return Count(batch.isRedshift ? FindRedshift(document, sent) : RequireArray(document, Whole), sent);
        }

        // Returns the value in the text of a result. Throws Failure, also where the text is the error of its row.
        public object Value(string result)
        {
            string message = Json.TextMember(result, "errorMessage");
            if (message != null)
            {
                string type = Refusal.Clean(Json.TextMember(result, "errorType") ?? "");
                string said = Refusal.Join(type, Refusal.Clean(message));
                throw new Failure("function_error", said.Length == 0 ? "the row failed" : said);
            }
            return decoder.Value(result);
        }

        // Returns the document in a string: handlers for Amazon Redshift return one.
        private static string Unwrap(string reply)
        {
            try
            {
                string text = Json.Unquote(reply);
                if (!Text.IsUnicode(text))
                {
                    throw new Unfit("is not valid JSON");
                }
                return Grammar.Parse(text);
            }
            catch (Unfit unfit)
            {
                throw new Failure("bad_response", "the text of the reply " + unfit.What);
            }
        }

        // Returns the document in a string; null where there is none, and of what is no string.
        private static string Inside(string reply)
        {
            try
            {
                return Json.IsString(reply) ? Grammar.Parse(Json.Unquote(reply)) : null;
            }
            catch (Unfit)
            {
                return null;
            }
        }

        private string FindRedshift(string document, int sent)
        {
            if (document[0] != '{')
            {
                throw Decoder.UnfitResult(Whole, new Unfit("must be an object"));
            }
            CheckSuccess(document);
            string records = Records.Find(document);
            if (records != null && !IsCount(records, sent))
            {
                throw Decoder.UnfitResult(Records, new Unfit("must be " + Text.Show(sent)));
            }
            string results = Results.Find(document);
            if (results == null)
            {
                throw Decoder.UnfitResult(Results, new Unfit("is missing"));
            }
            return RequireArray(results, Results);
        }

        private void CheckSuccess(string document)
        {
            string success = batch.isRedshift ? Json.Member(document, "success") : null;
            if (success != null && success != "true")
            {
                string said = Refusal.Clean(Json.TextMember(document, "error_msg") ?? "");
                throw new Failure("function_error", said.Length == 0 ? "the batch failed" : said);
            }
        }

        private static bool IsCount(string value, int count)
        {
            try
            {
                return Fit.ToDigits(value).CompareTo(Digits.Of(count)) == 0;
            }
            catch (Unfit)
            {
                return false;
            }
        }

        private static string RequireArray(string value, Path path)
        {
            if (value[0] != '[')
            {
                throw Decoder.UnfitResult(path, new Unfit("must be an array"));
            }
            return value;
        }

        private static string[] Count(string results, int sent)
        {
            List<string> found = new List<string>(sent);
            Children each = new Children(results);
            while (each.Next())
            {
                found.Add(each.Value());
            }
            if (found.Count != sent)
            {
                string expected = Text.Count(sent, "result");
                throw new Failure("bad_response", "expected " + expected + ", got " + Text.Show(found.Count));
            }
            return found.ToArray();
        }
    }
}
