// Sends one mail with JavaMail: stdin has the settings, stdout what the caller sees. `as` is spring-boot or keycloak: each
// sets its own properties and makes its own calls. The JSON is as plain as the harness writes it: no escapes but \\ \" \n.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.*;
import java.util.regex.*;
import javax.mail.*;
import javax.mail.internet.*;
import javax.net.ssl.*;

public class MailSend {
    static String given;

    public static void main(String[] args) throws Exception {
        given = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        SSLContext.getDefault();
        System.out.println("ready");
        boolean sent = false;
        String words = null;
        try {
            trust(text("ca_file"));
            send();
            sent = true;
        } catch (Throwable error) {
            StringBuilder all = new StringBuilder();
            for (Throwable one = error; one != null; one = one instanceof MessagingException ? ((MessagingException) one).getNextException() : null) {
                all.append(all.length() > 0 ? "; " : "").append(one.getClass().getName()).append(": ").append(one.getMessage());
            }
            words = all.toString();
        }
        String version = "JavaMail " + com.sun.mail.smtp.SMTPTransport.class.getPackage().getImplementationVersion() + ", Java " + Runtime.version().feature();
        new PrintStream(System.out, true, "UTF-8").println("{\"version\": " + quoted(version) + ", \"sent\": " + sent + ", \"words\": " + quoted(words) + "}");
        System.exit(0);
    }

    static void send() throws Exception {
        boolean keycloak = text("as").equals("keycloak");
        boolean basic = !text("auth").equals("none");
        String encryption = text("encryption");
        String protocol = keycloak && encryption.equals("tls") ? "smtps" : "smtp";
        Properties set = new Properties();
        set.setProperty("mail.smtp.host", text("host"));
        set.setProperty("mail.smtp.port", text("port"));
        set.setProperty("mail.smtp.auth", String.valueOf(basic));
        if (text("auth").equals("oauth2")) set.setProperty("mail.smtp.auth.mechanisms", "XOAUTH2");
        if (keycloak) {
            // DefaultEmailSenderProvider: STARTTLS if offered; 10 s for each step; the name is checked
            set.setProperty("mail.transport.protocol", "smtp");
            if (encryption.equals("tls")) set.setProperty("mail.smtp.ssl.enable", "true");
            if (encryption.equals("starttls")) set.setProperty("mail.smtp.starttls.enable", "true");
            if (!encryption.equals("none")) {
                set.setProperty("mail.smtp.ssl.protocols", "TLSv1.3 TLSv1.2");
                set.setProperty("mail.smtp.ssl.checkserveridentity", "true");
            }
            for (String step : new String[] {"timeout", "connectiontimeout", "writetimeout"}) set.setProperty("mail.smtp." + step, "10000");
        } else {
            // JavaMailSenderImpl with the properties that our preset writes
            set.setProperty("mail.smtp.ssl.enable", String.valueOf(encryption.equals("tls")));
            set.setProperty("mail.smtp.starttls.enable", String.valueOf(encryption.equals("starttls")));
            set.setProperty("mail.smtp.starttls.required", String.valueOf(encryption.equals("starttls")));
            set.setProperty("mail.smtp.ssl.checkserveridentity", "true");
        }
        Session session = Session.getInstance(set);
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(text("sender")));
        for (String one : list("recipients")) message.addRecipient(Message.RecipientType.TO, new InternetAddress(one));
        message.setSubject("probe");
        message.setText("probe");
        message.saveChanges();
        Transport transport = session.getTransport("smtp");
        try {
            if (!basic && keycloak) transport.connect();
            else transport.connect(text("host"), Integer.parseInt(text("port")), basic ? text("user") : null, basic ? text("password") : null);
            transport.sendMessage(message, message.getAllRecipients());
        } finally {
            transport.close();
        }
    }

    static void trust(String file) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(Paths.get(file))) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        SSLContext.setDefault(context);
    }

    static String text(String key) {
        Matcher found = Pattern.compile("\"" + key + "\": (?:\"([^\"]*)\"|(\\d+))").matcher(given);
        if (!found.find()) throw new IllegalArgumentException("no " + key);
        return found.group(1) != null ? found.group(1) : found.group(2);
    }

    static List<String> list(String key) {
        Matcher found = Pattern.compile("\"" + key + "\": \\[([^\\]]*)\\]").matcher(given);
        if (!found.find()) throw new IllegalArgumentException("no " + key);
        List<String> all = new ArrayList<>();
        for (String one : found.group(1).split(",")) all.add(one.trim().replace("\"", ""));
        return all;
    }

    static String quoted(String text) {
        if (text == null) return "null";
        StringBuilder all = new StringBuilder("\"");
        for (char one : text.toCharArray()) {
            if (one == '"' || one == '\\') all.append('\\').append(one);
            else if (one < ' ') all.append(String.format("\\u%04x", (int) one));
            else all.append(one);
        }
        return all.append('"').toString();
    }
}
