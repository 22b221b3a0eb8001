// The shape of our own assembly: one public class of static methods that SQL Server can make routines of.
//
// https://learn.microsoft.com/en-us/sql/t-sql/statements/create-function-transact-sql#method-specifier
// https://learn.microsoft.com/en-us/sql/relational-databases/clr-integration-database-objects-user-defined-functions/clr-table-valued-functions

namespace Udfgen.Rules
{
    using System.Collections.Generic;
    using System.Linq;
    using Mono.Cecil;

    /// <summary>Checks the public class, its methods and their types.</summary>
    internal sealed class EntryRules
    {
        private const string Entries = "Udfgen.Functions";
        private const string Rows = "System.Collections.IEnumerable";

        private static readonly string[] Attributes = { "SqlFunction", "SqlProcedure" };

        private readonly Hosting hosting;

        public EntryRules(Hosting hosting)
        {
            this.hosting = hosting;
        }

        public IEnumerable<Finding> Check(TypeDefinition type)
        {
            if (!type.IsPublic && !type.IsNestedPublic)
            {
                return new Finding[0];
            }
            if (type.FullName != Entries)
            {
                bool isInside = type.IsNestedPublic && !type.DeclaringType.IsPublic;
                return Say(!isInside, Rule.PublicType, type.FullName, "only " + Entries + " is public");
            }
            bool isStatic = type.IsAbstract && type.IsSealed && !type.HasGenericParameters;
            var methods = type.Methods.Where(each => each.IsPublic).ToArray();
            return Say(!isStatic, Rule.EntryClass, type.FullName, "not a static class without generic parameters")
                .Concat(Overloads(methods)).Concat(methods.SelectMany(each => Entry(each, methods)));
        }

        private static IEnumerable<Finding> Overloads(MethodDefinition[] methods)
        {
            return methods.GroupBy(Finding.At).Where(each => each.Count() > 1)
                .Select(each => new Finding(Rule.EntryOverload, each.Key, "more than one method of the name"));
        }

        private IEnumerable<Finding> Entry(MethodDefinition method, MethodDefinition[] methods)
        {
            string place = Finding.At(method);
            bool fills = methods.Any(each => FillRow(each) == method.Name);
            bool isEntry = fills || Attributes.Any(each => Attribute(method, each) != null);
            bool isPlain = method.IsStatic && !method.HasGenericParameters;
            return Say(!isPlain, Rule.EntryMethod, place, "not a static method without generic parameters")
                .Concat(Say(!isEntry, Rule.EntryMethod, place, "neither SqlFunction nor SqlProcedure, nor fills rows"))
                .Concat(fills ? Filler(method) : Types(method)).Concat(Table(method, methods));
        }

        /// <summary>Returns the findings on a method that fills rows: an object, then each column `out`.</summary>
        private IEnumerable<Finding> Filler(MethodDefinition method)
        {
            string place = Finding.At(method);
            bool takesRow = method.HasParameters && method.Parameters[0].ParameterType.FullName == "System.Object";
            var columns = method.Parameters.Skip(1).ToArray();
            return Say(!takesRow, Rule.FillRow, place, "the first parameter is no object")
                .Concat(Say(method.ReturnType.FullName != "System.Void", Rule.FillRow, place, "returns something"))
                .Concat(columns.Where(each => !each.IsOut || !each.ParameterType.IsByReference)
                    .Select(each => new Finding(Rule.FillRow, place, each.Name + " is not `out`")))
                .Concat(columns.Where(each => each.ParameterType.IsByReference)
                    .SelectMany(each => Mapped(place, ((ByReferenceType)each.ParameterType).ElementType)));
        }

        private IEnumerable<Finding> Types(MethodDefinition method)
        {
            string place = Finding.At(method);
            bool isVoid = method.ReturnType.FullName == "System.Void" && Attribute(method, "SqlProcedure") != null;
            bool isTable = method.ReturnType.FullName == Rows;
            return method.Parameters.SelectMany(each => Mapped(place, each.ParameterType))
                .Concat(isVoid || isTable ? new Finding[0] : Mapped(place, method.ReturnType));
        }

        private IEnumerable<Finding> Mapped(string place, TypeReference type)
        {
            return Say(!hosting.Has("type", type.FullName), Rule.EntryType, place, type.FullName + " is no SQL type");
        }

        /// <summary>Returns the findings on a table: that its rows are filled, and by a method that is there.</summary>
        private static IEnumerable<Finding> Table(MethodDefinition method, MethodDefinition[] methods)
        {
            string filler = FillRow(method);
            bool isTable = method.ReturnType.FullName == Rows;
            bool isThere = filler != null && methods.Any(each => each.Name == filler);
            return Say(isTable && filler == null, Rule.FillRow, Finding.At(method), "no FillRowMethodName")
                .Concat(Say(!isTable && filler != null, Rule.FillRow, Finding.At(method), "returns no " + Rows))
                .Concat(Say(filler != null && !isThere, Rule.FillRow, Finding.At(method), filler + " is not there"));
        }

        private static string FillRow(MethodDefinition method)
        {
            var attribute = Attribute(method, "SqlFunction");
            return attribute == null ? null : attribute.Properties.Where(each => each.Name == "FillRowMethodName")
                .Select(each => (string)each.Argument.Value).FirstOrDefault();
        }

        private static CustomAttribute Attribute(MethodDefinition method, string name)
        {
            string full = "Microsoft.SqlServer.Server." + name + "Attribute";
            return method.CustomAttributes.FirstOrDefault(each => each.AttributeType.FullName == full);
        }

        private static IEnumerable<Finding> Say(bool isBroken, Rule rule, string place, string what)
        {
            return isBroken ? new[] { new Finding(rule, place, what) } : new Finding[0];
        }
    }
}
