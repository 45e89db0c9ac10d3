// The parts of a Windows server that our scripts for the SMTP service use: feature, service, and the metabase through ADSI
// with its lists as objects. What it does is that of iis.py beside it; a test holds the two together.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lab.Windows
{
    public class Access
    {
        [JsonPropertyName("all")] public bool All { get; set; }
        [JsonPropertyName("addresses")] public List<string> Addresses { get; set; }
        [JsonPropertyName("domains")] public List<string> Domains { get; set; }
    }

    public class VirtualServer
    {
        [JsonPropertyName("name")] public string Name { get; set; }
        [JsonPropertyName("smart_host")] public string SmartHost { get; set; }
        [JsonPropertyName("smart_host_type")] public int SmartHostType { get; set; }
        [JsonPropertyName("port")] public int Port { get; set; }
        [JsonPropertyName("fqdn")] public string Fqdn { get; set; }
        [JsonPropertyName("anonymous")] public bool Anonymous { get; set; }
        [JsonPropertyName("relay")] public Access Relay { get; set; }
        [JsonPropertyName("connection")] public Access Connection { get; set; }
        [JsonPropertyName("broken")] public bool Broken { get; set; }
    }

    public class Machine
    {
        [JsonPropertyName("feature")] public string Feature { get; set; }
        [JsonPropertyName("start_mode")] public string StartMode { get; set; }
        [JsonPropertyName("state")] public string State { get; set; }
        [JsonPropertyName("servers")] public List<VirtualServer> Servers { get; set; }
        [JsonPropertyName("trouble")] public List<string> Trouble { get; set; }
    }

    public static class Lab
    {
        public static Machine Machine;
    }

    // as the COM object has it: the pair of lists that the default does not ask for is not looked at
    public class IPSecurity
    {
        public bool GrantByDefault { get; set; }
        public object[] IPGrant { get; set; } = new object[0];
        public object[] IPDeny { get; set; } = new object[0];
        public object[] DomainGrant { get; set; } = new object[0];
        public object[] DomainDeny { get; set; } = new object[0];

        public static IPSecurity Of(Access access)
        {
            if (access == null) return null;
            var found = new IPSecurity { GrantByDefault = access.All };
            if (access.All) { found.IPDeny = access.Addresses.ToArray(); found.DomainDeny = access.Domains.ToArray(); }
            else { found.IPGrant = access.Addresses.ToArray(); found.DomainGrant = access.Domains.ToArray(); }
            return found;
        }

        public Access Kept()
        {
            return new Access
            {
                All = GrantByDefault,
                Addresses = (GrantByDefault ? IPDeny : IPGrant).Select(one => one.ToString()).ToList(),
                Domains = (GrantByDefault ? DomainDeny : DomainGrant).Select(one => one.ToString()).ToList(),
            };
        }
    }

    public class WindowsFeature { public string Name { get; set; } public string InstallState { get; set; } }

    public class Win32Service { public string Name { get; set; } public string StartMode { get; set; } public string State { get; set; } }

    [Cmdlet("Get", "WindowsFeature")]
    public class GetWindowsFeature : PSCmdlet
    {
        [Parameter(Mandatory = true)] public string Name { get; set; }

        protected override void ProcessRecord()
        {
            if (Lab.Machine.Feature != "absent") WriteObject(new WindowsFeature { Name = Name, InstallState = Lab.Machine.Feature });
        }
    }

    [Cmdlet("Get", "CimInstance")]
    public class GetCimInstance : PSCmdlet
    {
        [Parameter(Mandatory = true)] public string ClassName { get; set; }
        [Parameter] public string Filter { get; set; }

        protected override void ProcessRecord() { WriteObject(new Win32Service { Name = "SMTPSVC", StartMode = Lab.Machine.StartMode, State = Lab.Machine.State }); }
    }

    public abstract class ServiceCmdlet : PSCmdlet
    {
        [Parameter(Mandatory = true)] public string Name { get; set; }

        protected void Allowed()
        {
            if (Lab.Machine.Trouble.Contains("access denied")) ThrowTerminatingError(new ErrorRecord(new UnauthorizedAccessException("Zugriff verweigert."), "CouldNotSetService", ErrorCategory.PermissionDenied, Name));
        }
    }

    [Cmdlet("Set", "Service", SupportsShouldProcess = true)]
    public class SetService : ServiceCmdlet
    {
        [Parameter] public string StartupType { get; set; }

        protected override void ProcessRecord() { Allowed(); Lab.Machine.StartMode = StartupType == "Automatic" ? "Auto" : StartupType; }
    }

    [Cmdlet("Start", "Service", SupportsShouldProcess = true)]
    public class StartService : ServiceCmdlet
    {
        protected override void ProcessRecord()
        {
            Allowed();
            if (Lab.Machine.StartMode == "Disabled") ThrowTerminatingError(new ErrorRecord(new InvalidOperationException("disabled"), "CouldNotStartService", ErrorCategory.OpenError, Name));
            Lab.Machine.State = "Running";
        }
    }

    [Cmdlet("Stop", "Service", SupportsShouldProcess = true)]
    public class StopService : ServiceCmdlet
    {
        protected override void ProcessRecord() { Allowed(); Lab.Machine.State = "Stopped"; }
    }

    [Cmdlet("Set", "LabMachine")]
    public class SetLabMachine : PSCmdlet
    {
        [Parameter(Mandatory = true)] public string Json { get; set; }

        protected override void ProcessRecord() { Lab.Machine = JsonSerializer.Deserialize<Machine>(Json); }
    }

    [Cmdlet("Get", "LabMachine")]
    public class GetLabMachine : PSCmdlet
    {
        protected override void ProcessRecord() { WriteObject(JsonSerializer.Serialize(Lab.Machine)); }
    }
}

namespace System.DirectoryServices
{
    using Lab.Windows;

    public class PropertyValue { public object Value { get; set; } }

    public class DirectoryEntry
    {
        private readonly VirtualServer server;
        private readonly Dictionary<string, object> put = new Dictionary<string, object>();

        public DirectoryEntry(string path) { if (path != "IIS://localhost/SmtpSvc") throw new ArgumentException("no such path"); }
        private DirectoryEntry(VirtualServer one) { server = one; }

        public string Name { get { return server == null ? "SmtpSvc" : server.Name; } }
        public string SchemaClassName { get { return server == null ? "IIsSmtpService" : server.Name == "Info" ? "IIsSmtpInfo" : "IIsSmtpServer"; } }
        public DirectoryEntry[] Children { get { return Lab.Machine.Servers.Select(one => new DirectoryEntry(one)).Append(new DirectoryEntry(new VirtualServer { Name = "Info" })).ToArray(); } }

        public Dictionary<string, PropertyValue> Properties
        {
            get
            {
                object relay = server.Broken ? (object)new byte[0] : IPSecurity.Of(server.Relay);
                var values = new Dictionary<string, object>
                {
                    { "SmartHost", server.SmartHost }, { "RemoteSmtpPort", server.Port }, { "FullyQualifiedDomainName", server.Fqdn },
                    { "AuthAnonymous", server.Anonymous }, { "RelayIpList", relay }, { "IPSecurity", IPSecurity.Of(server.Connection) },
                };
                return values.ToDictionary(one => one.Key, one => new PropertyValue { Value = one.Value });
            }
        }

        public void Put(string name, object value) { put[name] = value is PSObject wrapped ? wrapped.BaseObject : value; }

        public void SetInfo()
        {
            if (Lab.Machine.Trouble.Contains("access denied")) throw new UnauthorizedAccessException("Zugriff verweigert.");
            foreach (var one in put)
            {
                switch (one.Key)
                {
                    case "SmartHost": server.SmartHost = (string)one.Value; break;
                    case "SmartHostType": server.SmartHostType = (int)one.Value; break;
                    case "RemoteSmtpPort": server.Port = (int)one.Value; break;
                    case "FullyQualifiedDomainName": server.Fqdn = (string)one.Value; break;
                    case "AuthAnonymous": server.Anonymous = (bool)one.Value; break;
                    case "RelayIpList": server.Relay = ((IPSecurity)one.Value).Kept(); break;
                    case "IPSecurity": server.Connection = ((IPSecurity)one.Value).Kept(); break;
                }
            }
        }
    }
}
