// A function or procedure of T-SQL that people call: its body is one call of a routine with an external name.

namespace Udfgen.Tests
{
    using System.Collections.Generic;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    /// <summary>What one CREATE statement declares, which routine it calls, and with what.</summary>
    internal sealed class Wrapper
    {
        internal readonly Routine Declared;
        internal readonly string Called;

        /// <summary>What is passed: expressions, and in EXEC the names of the parameters that take them.</summary>
        internal readonly List<ScalarExpression> Passed = new List<ScalarExpression>();
        internal readonly List<string> Named = new List<string>();

        private Wrapper(Routine declared, Call call)
        {
            Declared = declared;
            Called = call.Name;
            Passed = call.Passed;
            Named = call.Named;
        }

        /// <summary>Returns what a script declares around the routines that it declares with external names.</summary>
        internal static List<Wrapper> Of(Script script, IEnumerable<Routine> routines)
        {
            HashSet<string> known = new HashSet<string>();
            foreach (Routine each in routines)
            {
                known.Add(each.Name.BaseIdentifier.Value);
            }
            List<Wrapper> found = new List<Wrapper>();
            foreach (Routine each in Routine.Written(script))
            {
                Call call = new Call(known);
                each.Declared.Accept(call);
                if (call.Name != null)
                {
                    found.Add(new Wrapper(each, call));
                }
            }
            return found;
        }

        /// <summary>Returns the parameter that is passed at a place; null for another expression.</summary>
        internal string Variable(int index)
        {
            VariableReference variable = Passed[index] as VariableReference;
            return variable == null ? null : variable.Name;
        }

        /// <summary>Finds the one call in a body, in any of its three forms.</summary>
        private sealed class Call : TSqlFragmentVisitor
        {
            internal readonly List<ScalarExpression> Passed = new List<ScalarExpression>();
            internal readonly List<string> Named = new List<string>();
            internal string Name;
            private readonly HashSet<string> known;

            internal Call(HashSet<string> known)
            {
                this.known = known;
            }

            public override void Visit(FunctionCall call)
            {
                Take(call.FunctionName.Value, call.Parameters);
            }

            public override void Visit(SchemaObjectFunctionTableReference call)
            {
                Take(call.SchemaObject.BaseIdentifier.Value, call.Parameters);
            }

            public override void Visit(ExecutableProcedureReference call)
            {
                string name = call.ProcedureReference.ProcedureReference.Name.BaseIdentifier.Value;
                List<ScalarExpression> values = new List<ScalarExpression>();
                foreach (ExecuteParameter each in call.Parameters)
                {
                    values.Add(each.ParameterValue);
                    Named.Add(each.Variable.Name);
                }
                Take(name, values);
            }

            private void Take(string name, IList<ScalarExpression> values)
            {
                if (known.Contains(name))
                {
                    Name = name;
                    Passed.AddRange(values);
                }
            }
        }
    }
}
