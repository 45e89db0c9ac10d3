// The cmdlets of SharePoint's shell that our scripts call, with the parameter matrix and defaults that Microsoft documents for
// each version. Compiled, as the real ones are: a script function would bind null, switches and errors in other ways.
// What it does is that of farm.py beside it; a test holds the two together.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Security;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.SharePoint.Administration
{
    public class SPUpdatedConcurrencyException : Exception
    {
        public SPUpdatedConcurrencyException() : base(Lab.Say("conflict")) { }
    }

    public enum SPServerRole { Application, Invalid, WebFrontEnd }

    public class SPServer { public string Address { get; set; } public string Name { get { return Address; } } public SPServerRole Role { get; set; } }

    public class SPOutboundMailServiceInstance { public SPServer Server { get; set; } }

    public class SPFarm { public Version BuildVersion { get; set; } }

    public class SPServerCertificate { public string Thumbprint { get; set; } }

    public class SPWebApplication
    {
        internal int Seen;
        internal Row Row;
        public Guid Id { get; internal set; }
        public string Url { get; internal set; }
        public bool IsAdministrationWebApplication { get; internal set; }
        public SPOutboundMailServiceInstance OutboundMailServiceInstance { get; internal set; }
        public string OutboundMailSenderAddress { get; internal set; }
        public string OutboundMailReplyToAddress { get; internal set; }
        public int OutboundMailCodePage { get; set; }
#if V2016
        public int OutboundMailPort { get; set; }
        public bool? OutboundMailEnableSsl { get; set; }
        public bool OutboundMailOverrideEnvelopeSender { get; set; }
#endif
#if V2019
        public string OutboundMailUserName { get; internal set; }
        public SecureString OutboundMailPassword { get; internal set; }
#endif
        public void Update()
        {
            // once: somebody was faster than this second step of a write
            if (Lab.State.Trouble.Remove("conflict on update")) throw new SPUpdatedConcurrencyException();
            var next = Row.Copy();
            next.CodePage = OutboundMailCodePage;
#if V2016
            next.OverrideEnvelopeSender = OutboundMailOverrideEnvelopeSender;
#endif
            Lab.Save(this, next);
        }

        internal static SPWebApplication Of(Row row)
        {
            return new SPWebApplication
            {
                Seen = Lab.Stamp, Row = row.Copy(), Id = row.Id, Url = row.Url, IsAdministrationWebApplication = row.Central,
                OutboundMailServiceInstance = row.Host == null ? null : new SPOutboundMailServiceInstance { Server = new SPServer { Address = row.Host, Role = SPServerRole.Invalid } },
                OutboundMailSenderAddress = row.From, OutboundMailReplyToAddress = row.ReplyTo, OutboundMailCodePage = row.CodePage,
#if V2016
                OutboundMailPort = row.Port, OutboundMailEnableSsl = row.Tls, OutboundMailOverrideEnvelopeSender = row.OverrideEnvelopeSender,
#endif
#if V2019
                OutboundMailUserName = row.User, OutboundMailPassword = row.Password == null ? null : new System.Net.NetworkCredential("", row.Password).SecurePassword,
#endif
            };
        }
    }

    public class Row
    {
        [JsonPropertyName("id")] public Guid Id { get; set; }
        [JsonPropertyName("url")] public string Url { get; set; }
        [JsonPropertyName("central")] public bool Central { get; set; }
        [JsonPropertyName("host")] public string Host { get; set; }
        [JsonPropertyName("from")] public string From { get; set; }
        [JsonPropertyName("reply_to")] public string ReplyTo { get; set; }
        [JsonPropertyName("code_page")] public int CodePage { get; set; }
        [JsonPropertyName("port")] public int Port { get; set; }
        [JsonPropertyName("tls")] public bool? Tls { get; set; }
        [JsonPropertyName("user")] public string User { get; set; }
        [JsonPropertyName("password")] public string Password { get; set; }
        [JsonPropertyName("override_envelope_sender")] public bool OverrideEnvelopeSender { get; set; }
        [JsonPropertyName("certificate")] public string Certificate { get; set; }
        internal Row Copy() { return (Row)MemberwiseClone(); }
    }

    public class Member
    {
        [JsonPropertyName("address")] public string Address { get; set; }
        [JsonPropertyName("role")] public string Role { get; set; }
        [JsonPropertyName("key")] public string Key { get; set; }
    }

    public class State
    {
        [JsonPropertyName("build")] public string Build { get; set; }
        [JsonPropertyName("server")] public string Server { get; set; }
        [JsonPropertyName("servers")] public List<Member> Servers { get; set; }
        [JsonPropertyName("certificates")] public List<string> Certificates { get; set; }
        [JsonPropertyName("applications")] public List<Row> Applications { get; set; }
        [JsonPropertyName("conflicts")] public int Conflicts { get; set; }
        [JsonPropertyName("language")] public string Language { get; set; }
        [JsonPropertyName("trouble")] public List<string> Trouble { get; set; }
    }

    public static class Lab
    {
        public static State State = new State { Trouble = new List<string>(), Servers = new List<Member>(), Applications = new List<Row>(), Certificates = new List<string>() };
        public static int Stamp;

        public static bool Has(string word) { return State.Trouble.Contains(word); }
        public static Dictionary<string, Dictionary<string, string>> Texts; // languages.json
        public static void Speak(string json) { Texts = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(json); }
        public static string Say(string key) { return Texts[key][State.Language]; }

        internal static void Save(SPWebApplication seen, Row next)
        {
            if (State.Conflicts > 0) { State.Conflicts--; Stamp++; throw new SPUpdatedConcurrencyException(); }
            if (seen.Seen != Stamp) throw new SPUpdatedConcurrencyException();
            Stamp++;
            State.Applications[State.Applications.FindIndex(one => one.Id == next.Id)] = next;
        }

        internal static string Plain(SecureString text) { return new System.Net.NetworkCredential("", text).Password; }
    }
}

namespace Microsoft.SharePoint.PowerShell
{
    using Microsoft.SharePoint.Administration;

    public abstract class SPCmdlet : PSCmdlet
    {
        protected override void BeginProcessing()
        {
            if (Lab.Has("notices")) { WriteWarning("Support of this version ends soon."); WriteVerbose("verbose"); WriteInformation(new HostInformationMessage { Message = "host" }, new[] { "PSHOST" }); }
            if (Lab.Has("no second hop")) Fail(new InvalidOperationException(Lab.Say("no second hop")));
            if (Lab.Has("out of memory")) Fail(new OutOfMemoryException(Lab.Say("out of memory")));
        }

        protected void Fail(Exception error) { ThrowTerminatingError(new ErrorRecord(error, GetType().FullName, ErrorCategory.InvalidData, null)); }
    }

    [Cmdlet("Get", "SPFarm")]
    public class SPCmdletGetFarm : SPCmdlet
    {
        protected override void ProcessRecord() { WriteObject(new SPFarm { BuildVersion = Version.Parse(Lab.State.Build) }); }
    }

    [Cmdlet("Get", "SPServer")]
    public class SPCmdletGetServer : SPCmdlet
    {
        protected override void ProcessRecord()
        {
            foreach (var one in Lab.State.Servers) WriteObject(new SPServer { Address = one.Address, Role = (SPServerRole)Enum.Parse(typeof(SPServerRole), one.Role) });
        }
    }

    [Cmdlet("Get", "SPWebApplication")]
    public class SPCmdletGetWebApplication : SPCmdlet
    {
        [Parameter(Position = 0, ValueFromPipeline = true)] public object Identity { get; set; }
        [Parameter] public SwitchParameter IncludeCentralAdministration { get; set; }

        protected override void ProcessRecord()
        {
            foreach (var row in Lab.State.Applications.Where(one => IncludeCentralAdministration || !one.Central).ToArray())
            {
                if (Lab.Has("one cannot be read") && !row.Central) { WriteError(new ErrorRecord(new InvalidOperationException("The web application cannot be read."), "HalfRead", ErrorCategory.ReadError, row.Url)); }
                else WriteObject(SPWebApplication.Of(row));
            }
        }
    }

    [Cmdlet("Set", "SPWebApplication", SupportsShouldProcess = true, DefaultParameterSetName = "UpdateGeneralSettings")]
    public class SPCmdletSetWebApplication : SPCmdlet
    {
        [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)] public SPWebApplication Identity { get; set; }
        [Parameter(ParameterSetName = "UpdateGeneralSettings")] public string DefaultTimeZone { get; set; }
        [Parameter(Mandatory = true, ParameterSetName = "UpdateMailSettings")]
#if SE
        [AllowNull]
#endif
        public string SMTPServer { get; set; }
        [Parameter(ParameterSetName = "UpdateMailSettings")] public string OutgoingEmailAddress { get; set; }
        [Parameter(ParameterSetName = "UpdateMailSettings")] public string ReplyToEmailAddress { get; set; }
#if V2016
        [Parameter(ParameterSetName = "UpdateMailSettings")] public int SMTPServerPort { get; set; }
        [Parameter(ParameterSetName = "UpdateMailSettings")] public SwitchParameter DisableSMTPEncryption { get; set; }
        [Parameter(ParameterSetName = "UpdateMailSettings")] public SwitchParameter NotProvisionGlobally { get; set; }
#endif
#if V2019
        [Parameter(ParameterSetName = "UpdateMailSettings")] public PSCredential SMTPCredentials { get; set; }
#endif
#if SE
        [Parameter(ParameterSetName = "UpdateMailSettings", ValueFromPipeline = true)] public SPServerCertificate Certificate { get; set; }
#else
        [Parameter] public SwitchParameter Force { get; set; }
#endif

        private bool Bound(string name) { return MyInvocation.BoundParameters.ContainsKey(name); }

        protected override void ProcessRecord()
        {
            if (Lab.Has("not written")) { WriteError(new ErrorRecord(new InvalidOperationException("The property could not be written."), "NotWritten", ErrorCategory.WriteError, Identity.Url)); return; }
            if (Lab.Has("access denied")) Fail(new UnauthorizedAccessException(Lab.Say("access denied")));
            if (ParameterSetName != "UpdateMailSettings" || !ShouldProcess(Identity.Url)) return;
            var next = Identity.Row.Copy();
            next.Host = string.IsNullOrEmpty(SMTPServer) ? null : SMTPServer;
            if (Bound("OutgoingEmailAddress")) next.From = OutgoingEmailAddress;
            if (Bound("ReplyToEmailAddress")) next.ReplyTo = ReplyToEmailAddress;
#if V2016
            next.Port = Bound("SMTPServerPort") ? SMTPServerPort : 25; // documented: what is left out is 25
            next.Tls = !DisableSMTPEncryption; // documented: what is left out turns TLS on
#endif
#if V2019
            if (Bound("SMTPCredentials"))
            {
                if (SMTPCredentials != null && Lab.State.Servers.First(one => one.Address == Lab.State.Server).Key == null) Fail(new InvalidOperationException(Lab.Say("no key")));
                next.User = SMTPCredentials == null ? null : SMTPCredentials.UserName;
                next.Password = SMTPCredentials == null ? null : Lab.Plain(SMTPCredentials.Password);
            }
#endif
#if SE
            if (Bound("Certificate")) next.Certificate = Certificate == null ? null : Certificate.Thumbprint;
#endif
            try { Lab.Save(Identity, next); } catch (SPUpdatedConcurrencyException error) { Fail(error); }
        }
    }
#if V2019

    [Cmdlet("Set", "SPApplicationCredentialKey", SupportsShouldProcess = true)]
    public class SPCmdletSetApplicationCredentialKey : SPCmdlet
    {
        [Parameter(Mandatory = true)] public SecureString Password { get; set; }

        protected override void ProcessRecord() { Lab.State.Servers.First(one => one.Address == Lab.State.Server).Key = Lab.Plain(Password); }
    }
#endif
#if SE

    [Cmdlet("Get", "SPCertificate")]
    public class SPCmdletGetCertificate : SPCmdlet
    {
        [Parameter] public string Thumbprint { get; set; }

        protected override void ProcessRecord()
        {
            if (Lab.State.Certificates.Contains(Thumbprint)) WriteObject(new SPServerCertificate { Thumbprint = Thumbprint });
            else WriteError(new ErrorRecord(new ItemNotFoundException("No such certificate."), "NotFound", ErrorCategory.ObjectNotFound, Thumbprint));
        }
    }
#endif

    [Cmdlet("Set", "LabFarm")]
    public class SetLabFarm : PSCmdlet
    {
        [Parameter(Mandatory = true)] public string Json { get; set; }

        protected override void ProcessRecord() { Lab.State = JsonSerializer.Deserialize<State>(Json); Lab.Stamp = 0; }
    }

    [Cmdlet("Get", "LabFarm")]
    public class GetLabFarm : PSCmdlet
    {
        protected override void ProcessRecord() { WriteObject(JsonSerializer.Serialize(Lab.State)); }
    }
}
