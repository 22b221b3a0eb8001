// Rules about types, fields and methods: no state that can be written, no code that is not managed.

namespace Udfgen.Rules
{
    using System;
    using System.Collections.Generic;
    using System.Linq;
    using Mono.Cecil;

    /// <summary>Checks what types declare.</summary>
    internal static class TypeRules
    {
        // What a synchronized method or code that is not IL has is a finding of its own.
        private const MethodImplAttributes Hints =
            MethodImplAttributes.NoInlining | MethodImplAttributes.NoOptimization
            | MethodImplAttributes.PreserveSig | (MethodImplAttributes)256;

        private const MethodImplAttributes Native = MethodImplAttributes.Native | MethodImplAttributes.OPTIL
            | MethodImplAttributes.Unmanaged | MethodImplAttributes.InternalCall;

        public static IEnumerable<Finding> Check(TypeDefinition type)
        {
            return type.Fields.SelectMany(Field).Concat(type.Methods.SelectMany(Method)).Concat(Machine(type));
        }

        private static IEnumerable<Finding> Field(FieldDefinition field)
        {
            string place = Finding.At(field);
            if (IsPointer(field.FieldType))
            {
                yield return new Finding(Rule.Pointer, place, field.FieldType.FullName);
            }
            if (!field.IsStatic || field.IsLiteral || field.IsInitOnly || field.RVA != 0)
            {
                yield break;
            }
            if (field.Name.Contains("$cache") || field.Name.Contains("CachedAnonymousMethodDelegate"))
            {
                yield return new Finding(Rule.LambdaCache, place, "a lambda's cache, a static field that is written");
            }
            else if (field.Name.Contains("__switch$map"))
            {
                yield return new Finding(Rule.SwitchCache, place, "a switch over strings caches here, and writes");
            }
            else
            {
                yield return new Finding(Rule.StaticField, place, "a static field that can be written");
            }
        }

        private static IEnumerable<Finding> Method(MethodDefinition method)
        {
            string place = Finding.At(method);
            if (method.Name == "Finalize" && method.IsVirtual && !method.HasParameters)
            {
                yield return new Finding(Rule.Finalizer, place, "a finalizer");
            }
            if (method.HasPInvokeInfo)
            {
                yield return new Finding(Rule.PlatformInvoke, place, "calls " + method.PInvokeInfo.Module.Name);
                yield break;
            }
            if ((method.ImplAttributes & Native) != 0 || IsRuntime(method))
            {
                yield return new Finding(Rule.NativeCode, place, "code that is not IL");
            }
            if (method.IsSynchronized)
            {
                yield return new Finding(Rule.Synchronized, place, "a synchronized method");
            }
            if ((method.ImplAttributes & Hints) != 0)
            {
                yield return new Finding(Rule.MethodImpl, place, "MethodImpl " + (method.ImplAttributes & Hints));
            }
            foreach (var type in Signature(method).Where(IsPointer))
            {
                yield return new Finding(Rule.Pointer, place, type.FullName);
            }
        }

        /// <summary>Tells of a method that the runtime fills in, which only delegates have.</summary>
        private static bool IsRuntime(MethodDefinition method)
        {
            var parent = method.DeclaringType.BaseType;
            return method.IsRuntime && (parent == null || parent.FullName != "System.MulticastDelegate");
        }

        private static IEnumerable<TypeReference> Signature(MethodDefinition method)
        {
            var types = method.Parameters.Select(each => each.ParameterType).Concat(new[] { method.ReturnType });
            return method.HasBody ? types.Concat(method.Body.Variables.Select(each => each.VariableType)) : types;
        }

        private static bool IsPointer(TypeReference type)
        {
            var specification = type as TypeSpecification;
            return type.IsPointer || type.IsFunctionPointer || type.IsPinned
                || (specification != null && IsPointer(specification.ElementType));
        }

        /// <summary>Returns the class that a compiler makes of an iterator or an async method.</summary>
        private static IEnumerable<Finding> Machine(TypeDefinition type)
        {
            bool isMade = type.CustomAttributes.Any(each => each.AttributeType.Name == "CompilerGeneratedAttribute");
            var machines = type.Interfaces.Select(each => each.Name)
                .Where(each => each == "IEnumerator" || each == "IAsyncStateMachine");
            return isMade && machines.Any()
                ? new[] { new Finding(Rule.StateMachine, type.FullName, "made of an iterator or an async method") }
                : new Finding[0];
        }
    }
}
