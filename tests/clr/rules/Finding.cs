// One thing that breaks a rule: which rule, where, and what is wrong there.

namespace Udfgen.Rules
{
    using System.Text.RegularExpressions;
    using Mono.Cecil;

    /// <summary>Says what breaks a rule: `static-field: Udfgen.Bad.count: a static field can be written`.</summary>
    internal sealed class Finding
    {
        private readonly Rule rule;
        private readonly string place;
        private readonly string what;

        public Finding(Rule rule, string place, string what)
        {
            this.rule = rule;
            this.place = place;
            this.what = what;
        }

        public override string ToString()
        {
            return Name(rule) + ": " + place + ": " + what;
        }

        /// <summary>Returns a rule's name as it is printed: words in lower case with hyphens.</summary>
        public static string Name(Rule rule)
        {
            return Regex.Replace(rule.ToString(), "(?<=.)([A-Z])", "-$1").ToLowerInvariant();
        }

        /// <summary>Returns the place of a field or a method: its type and its name.</summary>
        public static string At(IMemberDefinition member)
        {
            return member.DeclaringType == null ? member.FullName : member.DeclaringType.FullName + "." + member.Name;
        }
    }
}
