// exported-type: System.Xml.XmlNode
// options: -r:System.Xml.dll

[assembly: System.Runtime.CompilerServices.TypeForwardedTo(typeof(System.Xml.XmlNode))]
