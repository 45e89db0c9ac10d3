# Sends one mail with the mail gem over net-smtp, as ActionMailer calls it: stdin has the settings, stdout what the caller sees.
# `mechanism` is what the application's own key says: plain for Rails, login for GitLab.
require 'json'
given = JSON.parse($stdin.read)
ENV['SSL_CERT_FILE'] = given['ca_file']
require 'mail'
require 'net/smtp'

settings = { address: given['host'], port: given['port'] }
settings[:domain] = given['ehlo_name'] if given['ehlo_name']
settings.merge!(open_timeout: 5, read_timeout: 5) # ActionMailer's own defaults
case given['encryption']
when 'tls' then settings.merge!(tls: true, enable_starttls_auto: false, enable_starttls: false)
when 'starttls'
  # GitLab's template has `enable_starttls_auto` alone, Rails' preset requires it
  settings.merge!(given['starttls'] == 'if offered' ? { enable_starttls_auto: true } : { enable_starttls: true, enable_starttls_auto: false })
else settings.merge!(enable_starttls_auto: false, enable_starttls: false)
end
settings.merge!(user_name: given['user'], password: given['password'], authentication: given['mechanism'].to_sym) if given['auth'] == 'basic'
settings.merge!(user_name: given['user'], password: given['password'], authentication: :xoauth2) if given['auth'] == 'oauth2'
settings[:openssl_verify_mode] = 'peer'
puts 'ready'
$stdout.flush
said = { version: "mail #{Mail::VERSION.version}, net-smtp #{Net::SMTP::VERSION}", sent: false, words: nil }
begin
  message = Mail.new(from: given['sender'], to: given['recipients'], subject: 'probe', body: 'probe')
  message.delivery_method(:smtp, settings)
  message.deliver!
  said[:sent] = true
rescue StandardError, Timeout::Error => e
  said[:words] = "#{e.class}: #{e.message}".strip
end
puts JSON.generate(said)
