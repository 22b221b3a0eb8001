// The assembly that a script carries in hexadecimal digits.

namespace Udfgen.Tests
{
    using System;
    using System.Collections.Generic;
    using System.Globalization;
    using System.Reflection;
    using System.Security.Cryptography;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    /// <summary>An assembly.sql: what it creates, from what bytes, and which bytes it trusts.</summary>
    internal sealed class Package
    {
        private const int HashBytes = 64;

        private readonly Script script;
        private readonly Finder found = new Finder();

        internal Package(Script script)
        {
            this.script = script;
            script.Tree.Accept(found);
        }

        /// <summary>The name of the assembly in the database.</summary>
        internal string Name
        {
            get { return found.Created[0].Name.Value; }
        }

        /// <summary>Loads the assembly from the bytes in the script. BadImageFormatException.</summary>
        internal Assembly Load()
        {
            return Assembly.Load(Bytes(found.Assemblies[0]));
        }

        /// <summary>Returns what SQL Server refuses of the script, before it looks into the assembly.</summary>
        internal List<string> Mistakes()
        {
            if (found.Created.Count != 1 || found.Assemblies.Count != 1 || found.Hashes.Count == 0)
            {
                return new List<string> { script.At(script.Tree, "there is not one assembly, and the trust in it") };
            }
            List<string> mistakes = new List<string>();
            byte[] assembly = Bytes(found.Assemblies[0]);
            foreach (BinaryLiteral each in found.Hashes)
            {
                if (!Equal(Bytes(each), Hash(assembly)))
                {
                    mistakes.Add(script.At(each, "Msg 10343: the assembly is not trusted: this is not its SHA-512"));
                }
            }
            if (!found.IsExternalAccess)
            {
                mistakes.Add(script.At(found.Created[0], "the permission set is not EXTERNAL_ACCESS"));
            }
            return mistakes;
        }

        /// <summary>Returns what is wrong with the names: SQL Server wants one for both.</summary>
        internal List<string> Misnamed(Assembly assembly)
        {
            string inside = assembly.GetName().Name;
            string message = "Msg 6554: SQL assembly name '" + Name + "', and .NET Framework assembly name '" + inside
                + "' do not match. Assembly names must match.";
            List<string> mistakes = new List<string>();
            if (inside != Name)
            {
                mistakes.Add(script.At(found.Created[0], message));
            }
            return mistakes;
        }

        private static byte[] Hash(byte[] bytes)
        {
            using (SHA512 algorithm = SHA512.Create())
            {
                return algorithm.ComputeHash(bytes);
            }
        }

        private static bool Equal(byte[] one, byte[] other)
        {
            return Convert.ToBase64String(one) == Convert.ToBase64String(other);
        }

        /// <summary>Returns the bytes of a literal of pairs of digits behind 0x.</summary>
        internal static byte[] Bytes(BinaryLiteral literal)
        {
            byte[] bytes = new byte[literal.Value.Length / 2 - 1];
            for (int index = 0; index < bytes.Length; index++)
            {
                string digits = literal.Value.Substring(2 * index + 2, 2);
                bytes[index] = byte.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            }
            return bytes;
        }

        /// <summary>Tells assemblies (they begin with MZ) and hashes apart.</summary>
        private sealed class Finder : TSqlFragmentVisitor
        {
            internal readonly List<CreateAssemblyStatement> Created = new List<CreateAssemblyStatement>();
            internal readonly List<BinaryLiteral> Assemblies = new List<BinaryLiteral>();
            internal readonly List<BinaryLiteral> Hashes = new List<BinaryLiteral>();
            internal bool IsExternalAccess = true;

            public override void Visit(CreateAssemblyStatement statement)
            {
                Created.Add(statement);
            }

            public override void Visit(PermissionSetAssemblyOption option)
            {
                IsExternalAccess &= option.PermissionSetOption == PermissionSetOption.ExternalAccess;
            }

            public override void Visit(BinaryLiteral literal)
            {
                if (literal.Value.StartsWith("0x4D5A", StringComparison.OrdinalIgnoreCase))
                {
                    Assemblies.Add(literal);
                }
                else if (literal.Value.Length == 2 * HashBytes + 2)
                {
                    Hashes.Add(literal);
                }
            }
        }
    }
}
