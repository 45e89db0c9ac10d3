#!/bin/sh
# Celery 5.7.0 with the result backend rpc://, and RabbitMQ 3.10 from Debian 12: AsyncResult.get(timeout=300) is documented to wait for the result, and to
# raise celery.exceptions.TimeoutError when it does not come within these seconds. When the broker goes away meanwhile, it raises kombu's OperationalError
# after some seconds instead, long before its timeout, even though the broker might come back and the worker answer. Who catches TimeoutError
# alone, as the documentation has it, loses the task there.
# Seen on 2026-11-29. No report known.
set -eu
if [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
  echo 'needs RabbitMQ from Debian: apt-get install rabbitmq-server' >&2
  exit 2
fi
folder=$(mktemp -d)
trap 'kill $server $names 2>/dev/null; wait 2>/dev/null; rm -rf "$folder"' EXIT
server='' names=''
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'celery==5.7.0' >&2

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
kombu.exceptions.OperationalError, in less than half of the time: True
END

cat >run.py <<'END'
import os, subprocess, threading, time

from celery import Celery

app = Celery("app", broker=f"amqp://guest:guest@127.0.0.1:{os.environ['PORT']}//", backend="rpc://")
result = app.send_task("nobody.does.it")
began = time.monotonic()


def stop():
    subprocess.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", "stop_app"], check=True)


threading.Timer(2, stop).start()
try:
    result.get(timeout=300)
except Exception as error:
    kind = type(error)
    print(f"{kind.__module__}.{kind.__name__}, in less than half of the time: {time.monotonic() - began < 150}")
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
