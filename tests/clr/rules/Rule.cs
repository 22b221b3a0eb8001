// The rules of SQL Server for assemblies with permission set EXTERNAL_ACCESS, and of our own assembly's shape.
//
// https://learn.microsoft.com/en-us/sql/relational-databases/clr-integration/database-objects/clr-integration-programming-model-restrictions

namespace Udfgen.Rules
{
    /// <summary>Names what a finding is about, printed as `static-field`; bad/ has what breaks each.</summary>
    internal enum Rule
    {
        // The assembly as a whole.
        Reference,
        ModuleReference,
        ExportedType,
        Resource,
        Attribute,
        DeclarativeSecurity,

        // Types, fields and methods.
        StaticField,
        LambdaCache,
        SwitchCache,
        Finalizer,
        PlatformInvoke,
        NativeCode,
        Synchronized,
        MethodImpl,
        StateMachine,
        Pointer,

        // Instructions.
        StaticWrite,
        StaticAddress,

        // What is used of .NET.
        Missing,
        HostProtection,
        SecurityCritical,
        Permission,
        AssemblyLoad,
        Inheritance,

        // The entry points.
        PublicType,
        EntryClass,
        EntryMethod,
        EntryOverload,
        EntryType,
        FillRow,
    }
}
