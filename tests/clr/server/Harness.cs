// Calls routines for the tests: `Harness.exe ASSEMBLY.SQL INSTALL.SQL SESSION` reads lines of JSON
// {"name": routine, "given": {parameter: text or null}, "modes": text or null} and answers each with
// {"rows": [[text or null]]} or {"error": text}. `modes` is what the switch says. SESSION says how to connect to the
// session that calls: only within SQL Server is there a context connection.

namespace Udfgen.Tests
{
    using System;
    using System.Collections.Generic;
    using System.IO;
    using System.Reflection;
    using System.Text;

    internal static class Harness
    {
        private const int Version = 150;

        public static void Main(string[] arguments)
        {
            Package package = new Package(new Script(Version, arguments[0]));
            Assembly assembly = package.Load();
            FieldInfo session = assembly.GetType("Udfgen.Caller", true).GetField("Connection");
            ((string[])session.GetValue(null))[0] = arguments[2];
            Serve(new Server(new Script(Version, arguments[1]), new Linker(package.Name, assembly)));
        }

        private static void Serve(Server server)
        {
            using (TextReader requests = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)))
            using (TextWriter replies = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)))
            {
                for (string line = requests.ReadLine(); line != null; line = requests.ReadLine())
                {
                    replies.WriteLine(JsonLine.Write(Answer(server, JsonLine.Read<Dictionary<string, object>>(line))));
                    replies.Flush();
                }
            }
        }

        private static Dictionary<string, object> Answer(Server server, Dictionary<string, object> request)
        {
            Dictionary<string, object> answer = new Dictionary<string, object>();
            try
            {
                answer["rows"] = server.Call((string)request["name"], (IDictionary<string, object>)request["given"],
                    (string)request["modes"]);
            }
            catch (SqlRefused refused)
            {
                answer["error"] = refused.Message;
            }
            return answer;
        }
    }
}
