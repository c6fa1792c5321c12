# Dovecot and Postfix: a real mailbox, and a real way to it.
#   install FOLDER          from Debian, with apt; as root only, for both need users of their own
#   run FOLDER PORT DATA    serves IMAP at PORT, with STARTTLS; DATA/ports names the ports of IMAP with TLS, of the server
#                           that takes mail from outside, and of submission, plain and with TLS; DATA/cert.pem is the
#                           authority. Mailboxes: support@brand.test and joe@cust.test, password pw. No mail leaves.
#                           Postfix takes mail for gone@cust.test too, and finds out only then that nobody is there.
#                           Where DATA/tokeninfo names an address, tokens are asked about there (XOAUTH2).
set -eu
command=$1; folder=$2

if [ "$command" = install ]; then
  command -v dovecot > /dev/null && command -v postfix > /dev/null && exit 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "Dovecot and Postfix can only be installed by root on Debian: the tests of e-mail against them are skipped."
    exit 0
  fi
  echo "Installing dovecot-imapd, dovecot-lmtpd, postfix and openssl from Debian ..."
  echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
  apt-get update -qq
  # Nothing is to be started for the whole machine.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends dovecot-imapd dovecot-lmtpd postfix openssl > /dev/null
  exit 0
fi

port=$3; data=$4
ports=$(python3 -c '
import socket
taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*[one.getsockname()[1] for one in taken])')
set -- $ports
imaps=$1; mx=$2; submission=$3; submissions=$4
echo "$ports" > "$data/ports"

getent group vmail > /dev/null || groupadd --system vmail
id vmail > /dev/null 2>&1 || useradd --system -g vmail -M -s /usr/sbin/nologin vmail
mkdir -p "$data/run" "$data/state" "$data/mail" "$data/postfix" "$data/postfix/data" "$data/queue"
chown vmail:vmail "$data/mail"
chown postfix "$data/postfix/data"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
  -addext "subjectAltName=DNS:localhost" -keyout "$data/key.pem" -out "$data/cert.pem" 2> /dev/null
printf 'support@brand.test:{PLAIN}pw\njoe@cust.test:{PLAIN}pw\n' > "$data/users"

tokens=
if [ -f "$data/tokeninfo" ]; then
  printf 'tokeninfo_url = %s\nusername_attribute = email\n' "$(cat "$data/tokeninfo")" > "$data/oauth.conf"
  tokens="passdb {
    driver = oauth2
    mechanisms = xoauth2
    args = $data/oauth.conf
  }"
fi

cat > "$data/dovecot.conf" <<CONF
base_dir = $data/run
state_dir = $data/state
log_path = $data/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$data/cert.pem
ssl_key = <$data/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login ${tokens:+xoauth2}
first_valid_uid = 1
auth_failure_delay = 0
mail_location = maildir:~/Maildir
$tokens
passdb {
  driver = passwd-file
  mechanisms = plain login none
  args = scheme=PLAIN username_format=%u $data/users
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=$data/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = $port
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = $imaps
    ssl = yes
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service lmtp {
  unix_listener $data/queue/lmtp {
    mode = 0666
  }
}
service auth {
  unix_listener $data/queue/auth {
    mode = 0666
  }
}
protocol lmtp {
  postmaster_address = postmaster@brand.test
}
CONF

cat > "$data/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $data/queue
data_directory = $data/postfix/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.brand.test
mydestination =
mynetworks =
virtual_mailbox_domains = brand.test, cust.test
virtual_mailbox_maps = inline:{ support@brand.test=1, joe@cust.test=1, gone@cust.test=1 }
virtual_transport = lmtp:unix:lmtp
recipient_delimiter = +
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = auth
smtpd_tls_cert_file = $data/cert.pem
smtpd_tls_key_file = $data/key.pem
smtpd_tls_security_level = may
alias_maps =
alias_database =
default_transport = error:5.4.4 outside mail is off
bounce_queue_lifetime = 0
maillog_file = $data/queue/mail.log
maillog_file_prefixes = $data
message_size_limit = 26214400
CONF

cat > "$data/postfix/master.cf" <<CONF
127.0.0.1:$mx inet n - n - - smtpd
127.0.0.1:$submission inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=no
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
127.0.0.1:$submissions inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CONF

stop() {
  postfix -c "$data/postfix" stop > /dev/null 2>&1 || true
  doveadm -c "$data/dovecot.conf" stop > /dev/null 2>&1 || true
}
trap 'stop; exit 0' TERM INT
postfix -c "$data/postfix" start
dovecot -F -c "$data/dovecot.conf" &
wait
stop
