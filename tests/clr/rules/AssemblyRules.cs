// Rules about the assembly as a whole: what it refers to, what it carries.

namespace Udfgen.Rules
{
    using System;
    using System.Collections.Generic;
    using System.Linq;
    using Mono.Cecil;

    /// <summary>Checks references, modules, resources, attributes and declared permissions.</summary>
    internal sealed class AssemblyRules
    {
        private readonly Hosting hosting;

        public AssemblyRules(Hosting hosting)
        {
            this.hosting = hosting;
        }

        public IEnumerable<Finding> Check(AssemblyDefinition assembly)
        {
            var module = assembly.MainModule;
            var types = module.GetTypes().ToArray();
            return References(module).Concat(Modules(module, types)).Concat(Carried(module))
                .Concat(Attributes("the assembly", assembly)).Concat(Attributes("the module", module))
                .Concat(Declared("the assembly", assembly)).Concat(types.SelectMany(OfType));
        }

        private IEnumerable<Finding> References(ModuleDefinition module)
        {
            return module.AssemblyReferences.Where(each => !IsSupported(each))
                .Select(each => new Finding(Rule.Reference, each.FullName, "not on SQL Server's list of libraries"));
        }

        private bool IsSupported(AssemblyNameReference reference)
        {
            string[] known = hosting.About("reference", reference.Name);
            string token = string.Concat(reference.PublicKeyToken.Select(each => each.ToString("x2")).ToArray());
            return known != null && known[0] == reference.Version.ToString() && known[1] == token;
        }

        /// <summary>Returns references to modules of other files; a DllImport's are findings of its own.</summary>
        private static IEnumerable<Finding> Modules(ModuleDefinition module, TypeDefinition[] types)
        {
            var imported = types.SelectMany(each => each.Methods).Where(each => each.HasPInvokeInfo)
                .Select(each => each.PInvokeInfo.Module);
            return module.ModuleReferences.Except(imported)
                .Select(each => new Finding(Rule.ModuleReference, each.Name, "a module in another file"));
        }

        private static IEnumerable<Finding> Carried(ModuleDefinition module)
        {
            var exported = module.ExportedTypes
                .Select(each => new Finding(Rule.ExportedType, each.FullName, "a type that stands elsewhere"));
            var resources = module.Resources.Select(each => new Finding(Rule.Resource, each.Name, "a resource"));
            return exported.Concat(resources);
        }

        private IEnumerable<Finding> OfType(TypeDefinition type)
        {
            return Attributes(type.FullName, type).Concat(Declared(type.FullName, type))
                .Concat(Generic(type.FullName, type))
                .Concat(type.Fields.SelectMany(each => Attributes(Finding.At(each), each)))
                .Concat(type.Properties.SelectMany(each => Attributes(Finding.At(each), each)))
                .Concat(type.Events.SelectMany(each => Attributes(Finding.At(each), each)))
                .Concat(type.Methods.SelectMany(OfMethod));
        }

        private IEnumerable<Finding> OfMethod(MethodDefinition method)
        {
            string place = Finding.At(method);
            return Attributes(place, method).Concat(Attributes(place, method.MethodReturnType))
                .Concat(method.Parameters.SelectMany(each => Attributes(place + "(" + each.Name + ")", each)))
                .Concat(Generic(place, method)).Concat(Declared(place, method));
        }

        private IEnumerable<Finding> Generic(string place, IGenericParameterProvider provider)
        {
            return provider.GenericParameters.SelectMany(each => Attributes(place + "<" + each.Name + ">", each));
        }

        private IEnumerable<Finding> Attributes(string place, ICustomAttributeProvider provider)
        {
            return provider.CustomAttributes.Select(each => each.AttributeType.FullName)
                .Where(each => hosting.Has("attribute", each))
                .Select(each => new Finding(Rule.Attribute, place, each + " is not allowed"));
        }

        /// <summary>Returns demands and assertions: attributes that derive from CodeAccessSecurityAttribute.</summary>
        private static IEnumerable<Finding> Declared(string place, ISecurityDeclarationProvider provider)
        {
            return provider.SecurityDeclarations
                .SelectMany(each => each.SecurityAttributes, (each, one) => each.Action + " " + one.AttributeType.Name)
                .Select(each => new Finding(Rule.DeclarativeSecurity, place, each));
        }
    }
}
