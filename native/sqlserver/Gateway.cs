// The way to AWS of all functions of one spec.
namespace Udfgen
{
    using System;
    using System.Data.SqlTypes;
    using System.Threading;

    // One for an assembly, and so for all sessions of a database: it holds the credentials and the open connections.
    // They are made at the first use: what failed in a static field would fail for good.
    internal sealed class Gateway
    {
        private readonly string json;
        private readonly Invoker[] invokers = new Invoker[1];
        private readonly long[] queries = new long[1];

        // Takes the JSON of the generated class that says how AWS is reached.
        public Gateway(string json)
        {
            this.json = json;
        }

        // Returns what calls AWS Lambda. Throws Failure when an address is none.
        public Invoker Invoker()
        {
            Invoker known = invokers[0];
            if (known != null)
            {
                return known;
            }
            Invoker made = new Invoker(ProgramFacts.Read(json));
            // The first one that was made serves all.
            return Interlocked.CompareExchange(ref invokers[0], made, null) ?? made;
        }

        // Returns the number of an SQL call of a batch function, counted from 1 for all sessions: nothing here is one's
        // own.
        public long NextQuery()
        {
            return Interlocked.Increment(ref queries[0]);
        }

        // Answers what an installer asks: see Probe. `functions` are the JSON of all functions of the spec. Throws
        // Exception with `[udfgen <code>]` in its text, and nothing else.
        public SqlChars Probe(string[] functions, SqlChars what)
        {
            string owner = Wrapper.Unknown;
            try
            {
                ProgramFacts program = ProgramFacts.Read(json);
                owner = program.name;
                string question = what == null || what.IsNull ? "" : new string(what.Value);
                return new SqlChars(new Probe(program, Invoker()).Answer(question, functions).ToCharArray());
            }
            catch (ThreadAbortException)
            {
                throw;
            }
            catch (Exception thrown)
            {
                throw new Exception(Mishap.Of(thrown).Describe(owner));
            }
        }
    }
}
