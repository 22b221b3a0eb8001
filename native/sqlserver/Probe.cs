// The probe: what an installer cannot see from outside, told by the process that makes the calls.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.Text;

    // Asks for credentials, and by DryRun for each binding whether it may be called, which runs nothing.
    internal sealed class Probe
    {
        private const long TimeToSearchMs = 10000;
        private const string Advice = "they are looked for by the server process, not by this client";

        private readonly ProgramFacts program;
        private readonly Invoker invoker;

        // Takes what to look at, and what calls AWS Lambda.
        public Probe(ProgramFacts program, Invoker invoker)
        {
            this.program = program;
            this.invoker = invoker;
        }

        // Answers `endpoint` with the URL of AWS Lambda, and `checks` with a JSON array of checks: [what, whether it
        // is fine, what was found, advice]. `functions` are JSON each. Throws Failure `bad_argument` when asked for
        // anything else.
        public string Answer(string what, string[] functions)
        {
            string endpoint = Invoker.FindEndpoint(program);
            if (what == "endpoint")
            {
                return endpoint;
            }
            if (what != "checks")
            {
                throw new Failure("bad_argument", "ask for endpoint or checks");
            }
            StringBuilder checks = new StringBuilder("[").Append(Show("endpoint", true, endpoint, ""));
            checks.Append(',').Append(Show("runtime", true, ".NET " + Environment.Version, ""));
            checks.Append(',').Append(CheckCredentials());
            foreach (Binding binding in DryRuns(functions))
            {
                checks.Append(',').Append(CheckBinding(binding));
            }
            return checks.Append(']').ToString();
        }

        private string CheckCredentials()
        {
            try
            {
                Credentials credentials = new Credentials(program, TimeToSearchMs);
                string source = credentials.Current(new Deadline(TimeToSearchMs)).source;
                return Show("credentials", true, "found in: " + source, "");
            }
            catch (Exception thrown)
            {
                return Show("credentials", false, Mishap.Of(thrown).Describe(program.name), Advice);
            }
        }

        // Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-InvocationType
        private string CheckBinding(Binding binding)
        {
            string what = "binding " + binding.name;
            try
            {
                invoker.Call(binding, "{}", "");
                return Show(what, true, "DryRun says that it may be called", "");
            }
            catch (Exception thrown)
            {
                return Show(what, false, Mishap.Of(thrown).Describe(binding.name), "");
            }
        }

        // Returns the bindings that functions and drop-in names reach, each once and as a dry run.
        private static List<Binding> DryRuns(string[] functions)
        {
            List<Binding> bindings = new List<Binding>();
            Dictionary<string, bool> known = new Dictionary<string, bool>();
            foreach (string function in functions)
            {
                foreach (Binding binding in Function.Read(function).Reached())
                {
                    if (!known.ContainsKey(binding.name))
                    {
                        known.Add(binding.name, true);
                        bindings.Add(binding.DryRun());
                    }
                }
            }
            return bindings;
        }

        private static string Show(string what, bool isFine, string found, string advice)
        {
            string fine = isFine ? "true" : "false";
            return "[" + Json.Quote(what) + "," + fine + "," + Json.Quote(found) + "," + Json.Quote(advice) + "]";
        }
    }
}
