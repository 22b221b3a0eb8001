// What .NET Framework itself says of its types and members: whether they are there, and who may use them.
//
// The reference assemblies of 4.8 that Mono brings have Microsoft's attributes. EXTERNAL_ACCESS is partial trust, so:
// HostProtection with any of its flags: https://learn.microsoft.com/en-us/sql/relational-databases/clr-integration-security-host-protection-attributes/host-protection-attributes-and-clr-integration-programming
// SecurityCritical: https://learn.microsoft.com/en-us/previous-versions/dotnet/framework/code-access-security/security-transparent-code-level-2
// Demand and LinkDemand of what EXTERNAL_ACCESS does not grant; InheritanceDemand for what is derived or overridden.

namespace Udfgen.Rules
{
    using System;
    using System.Collections.Generic;
    using System.IO;
    using System.Linq;
    using Mono.Cecil;
    using SecurityPermissionFlag = System.Security.Permissions.SecurityPermissionFlag;

    /// <summary>Finds types and members in the reference assemblies of a folder, and what forbids their use.</summary>
    internal sealed class Framework : IAssemblyResolver
    {
        private const string Critical = "System.Security.SecurityCriticalAttribute";

        private readonly string folder;
        private readonly Hosting hosting;
        private readonly Dictionary<string, AssemblyDefinition> read = new Dictionary<string, AssemblyDefinition>();

        public Framework(string folder, Hosting hosting)
        {
            this.folder = folder;
            this.hosting = hosting;
        }

        /// <summary>Returns what is wrong with a use of .NET; nothing for what the assembly itself has.</summary>
        public IEnumerable<Finding> Check(Use use)
        {
            var type = use.Member as TypeReference ?? use.Member.DeclaringType;
            if (use.Member is TypeSpecification || type.IsArray || type.IsGenericParameter || !IsListed(type))
            {
                return new Finding[0];
            }
            var found = Resolve(use.Member);
            if (found == null)
            {
                string what = use.Member.FullName + " is not in .NET Framework 4.8";
                return new[] { new Finding(Rule.Missing, use.Place, what) };
            }
            var objections = found is TypeDefinition ? Objections(found) : Objections(found).Concat(Listed(found));
            return objections.Select(each => new Finding(each.Item1, use.Place, Finding.At(found) + ": " + each.Item2));
        }

        /// <summary>Returns what forbids to derive from a type of .NET, or to override its methods.</summary>
        public IEnumerable<Finding> CheckInheritance(TypeDefinition type)
        {
            if (type.BaseType == null)
            {
                return new Finding[0];
            }
            var bases = Bases(type).ToArray();
            var overridden = type.Methods.Where(each => each.IsVirtual && !each.IsNewSlot)
                .SelectMany(each => bases.SelectMany(one => one.Methods).Where(one => IsSame(one, each)).Take(1));
            return bases.Take(1).Cast<IMemberDefinition>().Concat(overridden.Cast<IMemberDefinition>())
                .SelectMany(each => Demands(each, SecurityAction.InheritDemand).Concat(Criticality(each))
                    .Select(one => new Finding(Rule.Inheritance, type.FullName, Finding.At(each) + ": " + one.Item2)));
        }

        private bool IsListed(TypeReference type)
        {
            var scope = type.GetElementType().Scope as AssemblyNameReference;
            return scope != null && hosting.Has("reference", scope.Name);
        }

        private static IMemberDefinition Resolve(MemberReference member)
        {
            var method = member as MethodReference;
            var field = member as FieldReference;
            return method != null ? method.Resolve()
                : field != null ? field.Resolve() : (IMemberDefinition)((TypeReference)member).Resolve();
        }

        private IEnumerable<Tuple<Rule, string>> Objections(IMemberDefinition member)
        {
            return Demands(member, SecurityAction.Demand).Concat(Demands(member, SecurityAction.LinkDemand))
                .Concat(Criticality(member)).Concat(OfList(Rule.HostProtection, Finding.At(member)));
        }

        private IEnumerable<Tuple<Rule, string>> Listed(IMemberDefinition member)
        {
            return OfList(Rule.Permission, Finding.At(member)).Concat(OfList(Rule.AssemblyLoad, Finding.At(member)));
        }

        private IEnumerable<Tuple<Rule, string>> OfList(Rule rule, string name)
        {
            string[] found = hosting.About(Finding.Name(rule), name);
            return found == null ? new Tuple<Rule, string>[0] : new[] { Tuple.Create(rule, string.Join(" ", found)) };
        }

        private static IEnumerable<Tuple<Rule, string>> Criticality(IMemberDefinition member)
        {
            return member.CustomAttributes.Where(each => each.AttributeType.FullName == Critical)
                .Select(each => Tuple.Create(Rule.SecurityCritical, "SecurityCritical"));
        }

        private IEnumerable<Tuple<Rule, string>> Demands(IMemberDefinition member, SecurityAction action)
        {
            var guarded = member as ISecurityDeclarationProvider;
            return guarded == null ? new Tuple<Rule, string>[0] : guarded.SecurityDeclarations
                .Where(each => each.Action == action)
                .SelectMany(each => each.SecurityAttributes)
                .SelectMany(Refused);
        }

        /// <summary>Returns the flags of a demand that are not granted.</summary>
        private IEnumerable<Tuple<Rule, string>> Refused(SecurityAttribute demand)
        {
            string name = demand.AttributeType.Name.Replace("Attribute", "");
            var flags = demand.Properties.SelectMany(Flags);
            if (name == "HostProtection")
            {
                return flags.Select(each => Tuple.Create(Rule.HostProtection, each));
            }
            string[] granted = hosting.About("grant", name) ?? new string[0];
            return flags.Where(each => !granted.Contains("*") && !granted.Contains(each))
                .Select(each => Tuple.Create(Rule.Permission, name + " " + each));
        }

        private static IEnumerable<string> Flags(CustomAttributeNamedArgument property)
        {
            object value = property.Argument.Value;
            if (property.Name == "Flags")
            {
                return ((SecurityPermissionFlag)value).ToString().Replace(",", "").Split(' ');
            }
            return value is bool ? Enumerable.Repeat(property.Name, (bool)value ? 1 : 0) : new[] { value.ToString() };
        }

        private static IEnumerable<TypeDefinition> Bases(TypeDefinition type)
        {
            for (var each = type.BaseType; each != null;)
            {
                var found = each.Resolve();
                if (found == null)
                {
                    yield break;
                }
                yield return found;
                each = found.BaseType;
            }
        }

        private static bool IsSame(MethodDefinition one, MethodDefinition other)
        {
            return one.IsVirtual && one.Name == other.Name && one.Parameters.Select(each => each.ParameterType.FullName)
                .SequenceEqual(other.Parameters.Select(each => each.ParameterType.FullName));
        }

        public AssemblyDefinition Resolve(AssemblyNameReference name)
        {
            return Resolve(name.Name);
        }

        public AssemblyDefinition Resolve(string name)
        {
            AssemblyDefinition found;
            if (!read.TryGetValue(name, out found))
            {
                string path = Path.Combine(folder, name + ".dll");
                var parameters = new ReaderParameters { AssemblyResolver = this };
                found = File.Exists(path) ? AssemblyDefinition.ReadAssembly(path, parameters) : null;
                read[name] = found;
            }
            return found;
        }

        public AssemblyDefinition Resolve(AssemblyNameReference name, ReaderParameters parameters)
        {
            return Resolve(name.Name);
        }

        public AssemblyDefinition Resolve(string name, ReaderParameters parameters)
        {
            return Resolve(name);
        }
    }
}
