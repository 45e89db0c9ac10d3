// Sends one mail with Go: stdin has the settings, stdout what the caller sees. `as` is go-smtp (net/smtp alone) or grafana
// (gopkg.in/mail.v2 with the options of Grafana's smtp.go). Trust: SSL_CERT_FILE.
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

// the package as it is: smtp.SendMail, and its steps over an implicit TLS
func plain(given settings) error {
	address := net.JoinHostPort(given.Host, fmt.Sprint(given.Port))
	var auth smtp.Auth
	if given.Auth == "basic" {
		auth = smtp.PlainAuth("", given.User, given.Password, given.Host)
	}
	if given.Encryption != "tls" {
		return smtp.SendMail(address, auth, given.Sender, given.Recipients, []byte(given.Message))
	}
	connection, err := tls.Dial("tcp", address, &tls.Config{ServerName: given.Host})
	if err != nil {
		return err
	}
	client, err := smtp.NewClient(connection, given.Host)
	if err != nil {
		return err
	}
	defer client.Close()
	if auth != nil {
		if err := client.Auth(auth); err != nil {
			return err
		}
	}
	if err := client.Mail(given.Sender); err != nil {
		return err
	}
	for _, one := range given.Recipients {
		if err := client.Rcpt(one); err != nil {
			return err
		}
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := body.Write([]byte(given.Message)); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	return client.Quit()
}
