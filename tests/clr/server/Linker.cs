// What CREATE FUNCTION and CREATE PROCEDURE check of an assembly, in SQL Server's order and words.
// https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/
// database-engine-events-and-errors-6000-to-6999

namespace Udfgen.Tests
{
    using System;
    using System.Collections;
    using System.Collections.Generic;
    using System.Data.SqlTypes;
    using System.Globalization;
    using System.Reflection;
    using Microsoft.SqlServer.Server;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    internal sealed class Linker
    {
        private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
            | BindingFlags.Instance | BindingFlags.DeclaredOnly;

        private readonly string name;
        private readonly Assembly assembly;

        /// <summary>Links against an assembly that is known under a name.</summary>
        internal Linker(string name, Assembly assembly)
        {
            this.name = name;
            this.assembly = assembly;
        }

        /// <summary>Returns the method of a routine. SqlRefused, with what does not fit.</summary>
        internal MethodInfo Link(Routine routine)
        {
            if (routine.External.AssemblyName.Value != name)
            {
                throw new SqlRefused(6528, "Assembly '{0}' was not found in the SQL catalog of the database.",
                    routine.External.AssemblyName.Value);
            }
            MethodInfo method = Method(Class(routine.External.ClassName.Value), routine.External.MethodName.Value);
            CheckParameters(routine, method);
            CheckResult(routine, method);
            return method;
        }

        /// <summary>Returns the method that takes a row of a table function apart. SqlRefused.</summary>
        internal MethodInfo FillRow(Routine routine, MethodInfo method)
        {
            SqlFunctionAttribute attribute =
                (SqlFunctionAttribute)Attribute.GetCustomAttribute(method, typeof(SqlFunctionAttribute));
            MethodInfo fill = Method(method.DeclaringType, attribute == null ? "" : attribute.FillRowMethodName);
            ParameterInfo[] parameters = fill.GetParameters();
            if (parameters.Length != routine.Columns.Count + 1)
            {
                throw new SqlRefused(6208, "{0} failed because the parameter count for the FillRow method should be "
                    + "one more than the SQL declaration for the table valued CLR function.", routine.Statement);
            }
            if (parameters[0].ParameterType != typeof(object))
            {
                throw new SqlRefused(6591, "{0} for \"{1}\" failed because first parameter of \"{2}\" method must "
                    + "be of type System.Object.", routine.Statement, Called(routine), fill.Name);
            }
            CheckColumns(routine, parameters);
            return fill;
        }

        private Type Class(string full)
        {
            Type type = assembly.GetType(full);
            if (type == null)
            {
                throw new SqlRefused(6505, "Could not find Type '{0}' in assembly '{1}'.", full, name);
            }
            if (!type.IsPublic)
            {
                throw new SqlRefused(6576, "Type '{0}' in assembly '{1}' is not public.", full, name);
            }
            return type;
        }

        private MethodInfo Method(Type type, string wanted)
        {
            MemberInfo[] found = string.IsNullOrEmpty(wanted)
                ? new MemberInfo[0] : type.GetMember(wanted, MemberTypes.Method, Any);
            if (found.Length == 0)
            {
                throw new SqlRefused(6506, "Could not find method '{0}' for type '{1}' in assembly '{2}'",
                    wanted, type.FullName, name);
            }
            MethodInfo method = (MethodInfo)found[0];
            Refuse(found.Length > 1, 6572, "More than one method, property or field was found with name '{0}' in class "
                + "'{1}' in assembly '{2}'. Overloaded methods, properties or fields are not supported.", method);
            Refuse(method.IsGenericMethod, 6570, "Method '{0}' of class '{1}' in assembly '{2}' is generic. Generic "
                + "methods are not supported.", method);
            Refuse(!method.IsPublic, 6574,
                "Method, property or field '{0}' of class '{1}' in assembly '{2}' is not public.", method);
            Refuse(!method.IsStatic, 6573,
                "Method, property or field '{0}' of class '{1}' in assembly '{2}' is not static.", method);
            return method;
        }

        private void Refuse(bool isWrong, int number, string message, MethodInfo method)
        {
            if (isWrong)
            {
                throw new SqlRefused(number, message, method.Name, method.DeclaringType.FullName, name);
            }
        }

        private static void CheckParameters(Routine routine, MethodInfo method)
        {
            ParameterInfo[] parameters = method.GetParameters();
            if (parameters.Length != routine.Parameters.Count)
            {
                throw new SqlRefused(6550, "{0} failed because parameter counts do not match.", routine.Statement);
            }
            for (int index = 0; index < parameters.Length; index++)
            {
                ProcedureParameter declared = routine.Parameters[index];
                if (!Mapping.Fits(declared.DataType, parameters[index].ParameterType))
                {
                    throw new SqlRefused(6552, "{0} for \"{1}\" failed because T-SQL and CLR types for parameter "
                        + "\"{2}\" do not match.", routine.Statement, Called(routine), declared.VariableName.Value);
                }
            }
        }

        private void CheckResult(Routine routine, MethodInfo method)
        {
            Type type = method.ReturnType;
            if (routine.Declared is ProcedureStatementBody)
            {
                if (Array.IndexOf(new[] { typeof(void), typeof(int), typeof(int?), typeof(SqlInt32) }, type) < 0)
                {
                    throw new SqlRefused(6567, "{0} failed because a CLR Procedure may only be defined on CLR methods "
                        + "that return either SqlInt32, System.Int32, System.Nullable<System.Int32>, void.",
                        routine.Statement);
                }
                return;
            }
            bool isTable = type == typeof(IEnumerable) || type == typeof(IEnumerator);
            if (routine.Columns != null ? !isTable : !Mapping.Fits(routine.Returns, type))
            {
                throw new SqlRefused(6551, "{0} for \"{1}\" failed because T-SQL and CLR types for return value do not "
                    + "match.", routine.Statement, Called(routine));
            }
            if (isTable)
            {
                FillRow(routine, method);
            }
        }

        private static void CheckColumns(Routine routine, ParameterInfo[] parameters)
        {
            for (int index = 1; index < parameters.Length; index++)
            {
                DataTypeReference declared = routine.Columns[index - 1].DataType;
                ParameterInfo filled = parameters[index];
                if (!filled.IsOut || !Mapping.Fits(declared, filled.ParameterType.GetElementType()))
                {
                    throw new SqlRefused(6258, "Function signature of \"FillRow\" method (as designated by "
                        + "SqlFunctionAttribute.FillRowMethodName) does not match SQL declaration for table valued CLR "
                        + "function'{0}' due to column {1}.", Called(routine), index);
                }
            }
        }

        private static string Called(Routine routine)
        {
            return routine.Name.BaseIdentifier.Value;
        }
    }
}
