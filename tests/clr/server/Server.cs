// Calls the methods of an assembly as SQL Server does for the routines of an install.sql.

namespace Udfgen.Tests
{
    using System;
    using System.Collections;
    using System.Collections.Generic;
    using System.Data.SqlTypes;
    using System.Reflection;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    /// <summary>A database with the routines of one install.sql in it.</summary>
    internal sealed class Server
    {
        private const string Thrown =
            "A .NET Framework error occurred during execution of user-defined routine or aggregate \"{0}\": {1}: {2}";

        private readonly Dictionary<string, Routine> routines = new Dictionary<string, Routine>();
        private readonly Dictionary<string, Wrapper> wrappers = new Dictionary<string, Wrapper>();
        private readonly Linker linker;

        internal Server(Script install, Linker linker)
        {
            this.linker = linker;
            foreach (Routine each in Routine.Of(install))
            {
                routines[each.Name.BaseIdentifier.Value] = each;
            }
            foreach (Wrapper each in Wrapper.Of(install, routines.Values))
            {
                WrapperRules.Check(each, routines[each.Called]);
                wrappers[each.Declared.Name.BaseIdentifier.Value] = each;
            }
        }

        /// <summary>
        /// Calls a routine; returns its rows, of texts and null: one row of one for a scalar, of null for a procedure.
        /// What is not given is the default of T-SQL. `modes` is what the switch says. SqlRefused, also for what the method threw (6522).
        /// </summary>
        internal List<string[]> Call(string name, IDictionary<string, object> given, string modes)
        {
            if (!wrappers.ContainsKey(name))
            {
                return Run(routines[name], Arguments(routines[name], given));
            }
            Routine declared = wrappers[name].Declared;
            object[] arguments = Arguments(declared, given);
            if (declared.IsNullOnNull && Array.Exists(arguments, IsNull))
            {
                return new List<string[]> { new string[] { null } };
            }
            Routine called = routines[wrappers[name].Called];
            object[] passed = new object[called.Parameters.Count];
            passed[0] = Cast.In(called.Parameters[0].DataType, modes);
            arguments.CopyTo(passed, 1);
            for (int index = arguments.Length + 1; index < passed.Length; index++)
            {
                string constant = ((Literal)wrappers[name].Passed[index]).Value;
                passed[index] = Cast.In(called.Parameters[index].DataType, constant);
            }
            return Run(called, passed);
        }

        private List<string[]> Run(Routine routine, object[] arguments)
        {
            string name = routine.Name.BaseIdentifier.Value;
            MethodInfo method = linker.Link(routine);
            try
            {
                return Rows(routine, method, method.Invoke(null, arguments));
            }
            catch (TargetInvocationException wrapped)
            {
                Exception thrown = wrapped.InnerException;
                throw new SqlRefused(6522, Thrown, name, thrown.GetType().FullName, thrown.Message);
            }
        }

        private static object[] Arguments(Routine routine, IDictionary<string, object> given)
        {
            object[] arguments = new object[routine.Parameters.Count];
            for (int index = 0; index < arguments.Length; index++)
            {
                ProcedureParameter declared = routine.Parameters[index];
                string name = declared.VariableName.Value.Substring(1);
                string text = given.ContainsKey(name) ? (string)given[name] : Constant.Default(declared);
                arguments[index] = Cast.In(declared.DataType, text);
            }
            return arguments;
        }

        private static bool IsNull(object value)
        {
            INullable nullable = value as INullable;
            return value == null || (nullable != null && nullable.IsNull);
        }

        private List<string[]> Rows(Routine routine, MethodInfo method, object result)
        {
            if (routine.Columns == null)
            {
                string text = routine.Returns == null ? null : Cast.Out(routine.Returns, result);
                return new List<string[]> { new[] { text } };
            }
            MethodInfo fill = linker.FillRow(routine, method);
            List<string[]> rows = new List<string[]>();
            foreach (object row in (IEnumerable)result)
            {
                rows.Add(Filled(routine, fill, row));
            }
            return rows;
        }

        private static string[] Filled(Routine routine, MethodInfo fill, object row)
        {
            object[] cells = new object[routine.Columns.Count + 1];
            cells[0] = row;
            fill.Invoke(null, cells);
            string[] texts = new string[routine.Columns.Count];
            for (int index = 0; index < texts.Length; index++)
            {
                texts[index] = Cast.Out(routine.Columns[index].DataType, cells[index + 1]);
            }
            return texts;
        }
    }
}
