// Where an assembly uses what: every type and member that its metadata and its instructions name.

namespace Udfgen.Rules
{
    using System.Collections.Generic;
    using System.Linq;
    using Mono.Cecil;
    using Mono.Cecil.Cil;

    /// <summary>Ties a member or a type to a place that uses it.</summary>
    internal sealed class Use
    {
        public readonly string Place;
        public readonly MemberReference Member;

        private Use(string place, MemberReference member)
        {
            Place = place;
            Member = member;
        }

        /// <summary>Returns every use in a type's own lines, fields and methods.</summary>
        public static IEnumerable<Use> In(TypeDefinition type)
        {
            var own = new[] { type.BaseType }.Where(each => each != null).Concat(type.Interfaces);
            return own.SelectMany(each => Of(type.FullName, each))
                .Concat(type.Fields.SelectMany(field => Of(Finding.At(field), field.FieldType)))
                .Concat(type.Methods.SelectMany(In));
        }

        private static IEnumerable<Use> In(MethodDefinition method)
        {
            var types = method.Parameters.Select(each => each.ParameterType).Concat(new[] { method.ReturnType });
            IEnumerable<MemberReference> named = types;
            if (method.HasBody)
            {
                named = types.Concat(method.Body.Variables.Select(each => each.VariableType))
                    .Concat(method.Body.ExceptionHandlers.Select(each => each.CatchType).Where(each => each != null))
                    .Concat(method.Body.Instructions.Select(each => each.Operand).OfType<MemberReference>());
            }
            return named.SelectMany(each => Of(Finding.At(method), each));
        }

        /// <summary>Returns what naming a member uses: itself, its type, what fills generic parameters.</summary>
        private static IEnumerable<Use> Of(string place, MemberReference member)
        {
            return Parts(member).Select(each => new Use(place, each));
        }

        private static IEnumerable<MemberReference> Parts(MemberReference member)
        {
            var instance = member as IGenericInstance;
            var filled = instance == null ? Enumerable.Empty<TypeReference>() : instance.GenericArguments;
            return new[] { member }.Concat(filled.SelectMany(Parts)).Concat(Inner(member).SelectMany(Parts));
        }

        /// <summary>Returns what a reference is built on: the element of an array, the type of a method.</summary>
        private static IEnumerable<MemberReference> Inner(MemberReference member)
        {
            var specification = member as TypeSpecification;
            if (specification != null)
            {
                return new[] { specification.ElementType };
            }
            var inner = member is TypeReference ? null : member.DeclaringType;
            return inner == null ? new MemberReference[0] : new MemberReference[] { inner };
        }
    }
}
