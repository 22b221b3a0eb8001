// JSON between the tests and their programs, one value a line, in ASCII: half surrogates pass too.

namespace Udfgen.Tests
{
    using System.Globalization;
    using System.Text;
    using System.Web.Script.Serialization;

    internal static class JsonLine
    {
        /// <summary>Returns a value of dictionaries, lists, texts, numbers and null as one line.</summary>
        internal static string Write(object value)
        {
            StringBuilder line = new StringBuilder();
            foreach (char each in Serializer().Serialize(value))
            {
                string escaped = "\\u" + ((int)each).ToString("x4", CultureInfo.InvariantCulture);
                line.Append(each < 127 ? each.ToString() : escaped);
            }
            return line.ToString();
        }

        /// <summary>Reads a line.</summary>
        internal static T Read<T>(string line)
        {
            return Serializer().Deserialize<T>(line);
        }

        private static JavaScriptSerializer Serializer()
        {
            JavaScriptSerializer serializer = new JavaScriptSerializer();
            serializer.MaxJsonLength = int.MaxValue;
            return serializer;
        }
    }
}
