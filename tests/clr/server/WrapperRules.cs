// What a wrapper must pass to the routine that it calls, where SQL Server would refuse it, or convert in silence.

namespace Udfgen.Tests
{
    using System.Collections.Generic;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    internal static class WrapperRules
    {
        private const string Modes = "$modes";
        private const string Native = "@udfgen$native";

        /// <summary>Checks a wrapper: the switch comes first, then its own parameters, of the same types, and for what
        /// only this install says a constant. SqlRefused.</summary>
        internal static void Check(Wrapper wrapper, Routine called)
        {
            IList<ProcedureParameter> own = wrapper.Declared.Parameters;
            if (wrapper.Passed.Count != called.Parameters.Count || own.Count != Given(called) - 1)
            {
                throw new SqlRefused(wrapper.Passed.Count < called.Parameters.Count ? 313 : 8144,
                    "Procedure or function {0} has too few or too many arguments specified.", wrapper.Called);
            }
            for (int index = 0; index < called.Parameters.Count; index++)
            {
                string name = called.Parameters[index].VariableName.Value;
                if (wrapper.Named.Count > 0 && wrapper.Named[index] != name)
                {
                    throw new SqlRefused(8145, "{0} is not a parameter for procedure {1}.", name, wrapper.Called);
                }
                if (index >= Given(called))
                {
                    CheckConstant(wrapper, index);
                }
                else if (index > 0)
                {
                    CheckArgument(wrapper, index, own[index - 1], called.Parameters[index]);
                }
            }
            CheckSwitch(wrapper);
            if (Text(wrapper.Declared.Returns) != Text(called.Returns) && called.Columns == null)
            {
                throw new SqlRefused(0, "{0} returns another type than it is given.", wrapper.Called);
            }
        }

        /// <summary>Returns how many of a method's parameters are the switch and what callers give.</summary>
        private static int Given(Routine called)
        {
            int last = called.Parameters.Count - 1;
            return called.Parameters[last].VariableName.Value == Native ? last : last + 1;
        }

        private static void CheckConstant(Wrapper wrapper, int index)
        {
            Literal given = wrapper.Passed[index] as Literal;
            if (given == null || given.Value != "0")
            {
                throw new SqlRefused(0, "{0} is told that a trigger calls it.", wrapper.Called);
            }
        }

        private static void CheckArgument(
            Wrapper wrapper, int index, ProcedureParameter own, ProcedureParameter called)
        {
            if (wrapper.Variable(index) != own.VariableName.Value || Text(own.DataType) != Text(called.DataType))
            {
                throw new SqlRefused(0, "{0} is given something else than {1} for {2}.",
                    wrapper.Called, own.VariableName.Value, called.VariableName.Value);
            }
        }

        /// <summary>Checks that what comes first is what the function for it says, or a variable that was set to it.
        /// </summary>
        private static void CheckSwitch(Wrapper wrapper)
        {
            ModesCall found = new ModesCall();
            wrapper.Declared.Declared.Accept(found);
            FunctionCall direct = wrapper.Passed[0] as FunctionCall;
            bool isDirect = direct != null && direct.FunctionName.Value.EndsWith(Modes);
            if (found.Count != 1 || (!isDirect && wrapper.Variable(0) != found.Variable))
            {
                throw new SqlRefused(0, "{0} is not given what the switch says.", wrapper.Called);
            }
        }

        private static string Text(TSqlFragment fragment)
        {
            if (fragment == null)
            {
                return "";
            }
            List<string> tokens = new List<string>();
            for (int at = fragment.FirstTokenIndex; at <= fragment.LastTokenIndex; at++)
            {
                tokens.Add(fragment.ScriptTokenStream[at].Text);
            }
            return string.Join("", tokens.ToArray());
        }

        private sealed class ModesCall : TSqlFragmentVisitor
        {
            internal int Count;
            internal string Variable;

            public override void Visit(FunctionCall call)
            {
                Count += call.FunctionName.Value.EndsWith(Modes) ? 1 : 0;
            }

            public override void Visit(DeclareVariableElement element)
            {
                FunctionCall call = element.Value as FunctionCall;
                if (call != null && call.FunctionName.Value.EndsWith(Modes))
                {
                    Variable = element.VariableName.Value;
                }
            }
        }
    }
}
