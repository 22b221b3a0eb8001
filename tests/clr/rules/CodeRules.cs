// Rules about instructions: what no declaration tells.

namespace Udfgen.Rules
{
    using System.Collections.Generic;
    using System.Linq;
    using Mono.Cecil;
    using Mono.Cecil.Cil;

    /// <summary>Checks what methods do.</summary>
    internal static class CodeRules
    {
        private static readonly Code[] Raw = { Code.Calli, Code.Cpblk, Code.Initblk, Code.Jmp, Code.Localloc };

        public static IEnumerable<Finding> Check(MethodDefinition method)
        {
            return method.HasBody ? method.Body.Instructions.SelectMany(each => Check(method, each)) : new Finding[0];
        }

        private static IEnumerable<Finding> Check(MethodDefinition method, Instruction instruction)
        {
            string place = Finding.At(method);
            var field = instruction.Operand as FieldReference;
            if (Raw.Contains(instruction.OpCode.Code))
            {
                yield return new Finding(Rule.Pointer, place, "the instruction " + instruction.OpCode.Name);
            }
            if (field == null || !IsReadOnly(field) || IsOwnConstructor(method, field))
            {
                yield break;
            }
            if (instruction.OpCode.Code == Code.Stsfld)
            {
                yield return new Finding(Rule.StaticWrite, place, "writes " + field.FullName);
            }
            else if (instruction.OpCode.Code == Code.Ldsflda)
            {
                yield return new Finding(Rule.StaticAddress, place, "takes the address of " + field.FullName);
            }
        }

        /// <summary>Tells of a field that the rule on static fields lets pass.</summary>
        private static bool IsReadOnly(FieldReference field)
        {
            var found = field.Resolve();
            return found == null || found.IsInitOnly || found.RVA != 0;
        }

        private static bool IsOwnConstructor(MethodDefinition method, FieldReference field)
        {
            return method.Name == ".cctor" && method.DeclaringType.FullName == field.DeclaringType.FullName;
        }
    }
}
