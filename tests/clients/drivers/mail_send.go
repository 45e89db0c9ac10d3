// Sends one mail with Go: stdin has the settings, stdout what the caller sees. `as` is go-smtp (net/smtp alone) or grafana
// (gopkg.in/mail.v2 with the options of Grafana's smtp.go). Trust: SSL_CERT_FILE.
//
// What a module of this version would have, which a build without one has not:
//
//go:debug tlsrsakex=0
//go:debug tls3des=0
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"runtime"

	mail "gopkg.in/mail.v2"
)

type settings struct {
	As, Host, Encryption, Auth, User, Password, Sender, Message string
	EhloName                                                    string `json:"ehlo_name"`
	Port                                                        int
	Recipients                                                  []string
}

func main() {
	var given settings
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	fmt.Println("ready")
	send := plain
	version := runtime.Version()
	if given.As == "grafana" {
		send, version = grafana, "mail.v2 2.3.1, "+version
	}
	said := map[string]any{"version": version, "sent": true, "words": nil}
	if err := send(given); err != nil {
		said["sent"], said["words"] = false, err.Error()
	}
	_ = json.NewEncoder(os.Stdout).Encode(said)
}

// as Grafana's createDialer and sendEmail, for startTLS_policy MandatoryStartTLS or NoStartTLS
func grafana(given settings) error {
	user, password := "", ""
	if given.Auth == "basic" {
		user, password = given.User, given.Password
	}
	dialer := mail.NewDialer(given.Host, given.Port, user, password)
	dialer.TLSConfig = &tls.Config{ServerName: given.Host}
	dialer.StartTLSPolicy = mail.NoStartTLS
	if given.Encryption == "starttls" {
		dialer.StartTLSPolicy = mail.MandatoryStartTLS
	}
	dialer.LocalName = given.EhloName
	if given.EhloName == "" {
		dialer.LocalName, _ = os.Hostname() // ehlo_identity is empty: instance_name
	}
	message := mail.NewMessage()
	message.SetHeader("From", given.Sender)
	message.SetHeader("To", given.Recipients...)
	message.SetHeader("Subject", "probe")
	message.SetBody("text/plain", "probe")
	return dialer.DialAndSend(message)
}

// the package as it is, which has no implicit TLS
func plain(given settings) error {
	var auth smtp.Auth
	if given.Auth == "basic" {
		auth = smtp.PlainAuth("", given.User, given.Password, given.Host)
	}
	address := net.JoinHostPort(given.Host, fmt.Sprint(given.Port))
	return smtp.SendMail(address, auth, given.Sender, given.Recipients, []byte(given.Message))
}
