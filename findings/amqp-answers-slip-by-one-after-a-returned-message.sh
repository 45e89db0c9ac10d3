#!/bin/sh
# amqp 5.4.2 (py-amqp, below kombu and Celery), with RabbitMQ 3.10 from Debian 12: a message that is published with mandatory=True and finds no queue
# comes back (basic.return). Without a listener amqp raises that as a ChannelError out of whatever the channel is waiting for just then, and leaves the
# channel open. The answer that was waited for comes all the same, and from then on every call of that channel gets the answer to the
# call before it: queue_declare("two") says that it has declared "one". AMQP 0-9-1 closes a channel on errors; a returned message is none.
# Seen on 2026-11-29. No report known; the same was one of rust-amqp, https://github.com/Antti/rust-amqp/issues/40.
set -eu
if [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
  echo 'needs RabbitMQ from Debian: apt-get install rabbitmq-server' >&2
  exit 2
fi
folder=$(mktemp -d)
trap 'kill $server $names 2>/dev/null; wait 2>/dev/null; rm -rf "$folder"' EXIT
server='' names=''
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'amqp==5.4.2' >&2

# a node of its own on loopback, in this folder
python3 - >ports <<'END'
import socket
free = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(one.getsockname()[1] for one in free))
END
read -r port epmd dist <ports
echo '[].' >plugins
: >rabbitmq.conf
export HOME="$folder" ERL_EPMD_PORT="$epmd" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODENAME="finding-$epmd@localhost" \
  RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port" RABBITMQ_DIST_PORT="$dist" \
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' RABBITMQ_MNESIA_BASE="$folder/data" \
  RABBITMQ_LOG_BASE="$folder" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins" \
  RABBITMQ_CONF_ENV_FILE="$folder/none" PORT="$port" PYTHONPATH="$folder/lib" PYTHONWARNINGS=ignore
epmd -address 127.0.0.1 -port "$epmd" >epmd.log 2>&1 &
names=$!
sleep 1
detached=1 /usr/lib/rabbitmq/bin/rabbitmq-server >server.log 2>&1 &
server=$!
until python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null; do
  kill -0 "$server" # ends the script if the server has ended
  sleep 0.5
done

cat >seen <<'END'
declare one -> ChannelError: Basic.return: (312) NO_ROUTE, channel open: True
declare two -> one
declare three -> two
END

cat >run.py <<'END'
import os

import amqp

with amqp.Connection(f"127.0.0.1:{os.environ['PORT']}", userid="guest", password="guest") as connection:
    channel = connection.channel()
    channel.basic_publish(amqp.Message("x"), exchange="", routing_key="nowhere", mandatory=True)
    for name in ("one", "two", "three"):
        try:
            said = channel.queue_declare(name, exclusive=True).queue
        except amqp.AMQPError as error:
            said = f"{type(error).__name__}: {error}, channel open: {channel.is_open}"
        print(f"declare {name} -> {said}")
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
