#!/bin/sh
# Celery 5.7.0, with RabbitMQ 3.10 from Debian 12: "worker_detect_quorum_queues" (on by default) is documented to detect quorum queues, which take
# no global QoS. It looks at the arguments that the worker's own settings give the queue, and not at the broker. Where an administrator has made the
# queue, and the worker only names it (no_declare), the worker sets a global QoS, is refused with 540, and connects anew at once, for ever: it says that
# it is connected, runs no task, and does not end. With x-queue-type among arguments that are never sent, it works.
# Seen on 2026-11-29. Told in a comment on the change that brought it, https://github.com/celery/celery/pull/9121.
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
no arguments: refused 10 times: True, task done: False
x-queue-type: refused 10 times: False, task done: True
END

cat >app.py <<'END'
import os

from celery import Celery
from kombu import Exchange, Queue

arguments = {"x-queue-type": "quorum"} if os.environ["TOLD"] == "x-queue-type" else None
queue = Queue("work", Exchange("", no_declare=True), routing_key="work", no_declare=True, queue_arguments=arguments)
app = Celery("app", broker=f"amqp://guest:guest@127.0.0.1:{os.environ['PORT']}//")
app.conf.update(task_queues=[queue], task_default_queue="work", broker_connection_retry_on_startup=True)


@app.task(name="mark")
def mark(path):
    open(path, "w").close()
END
cat >run.py <<'END'
import os, pathlib, subprocess, sys, time

import amqp

REFUSED = "AMQPNotImplementedError(540, "
with amqp.Connection(f"127.0.0.1:{os.environ['PORT']}", userid="guest", password="guest") as connection:
    connection.channel().queue_declare("work", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
for told in ("no arguments", "x-queue-type"):
    environ = {**os.environ, "TOLD": told}
    done, log = pathlib.Path(f"done-{told[:2]}"), pathlib.Path(f"log-{told[:2]}")
    send = f"from app import mark; mark.apply_async(({str(done)!r},), queue='work')"
    subprocess.run([sys.executable, "-c", send], env=environ, check=True)
    words = ["-A", "app", "worker", "-P", "threads", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with log.open("w") as out:
        worker = subprocess.Popen([sys.executable, "-m", "celery", *words], env=environ, stdout=out, stderr=out)
        until = time.monotonic() + 60
        while time.monotonic() < until and not done.exists() and log.read_text().count(REFUSED) < 10:
            time.sleep(0.1)
        worker.kill()
        worker.wait()
    print(f"{told}: refused 10 times: {log.read_text().count(REFUSED) >= 10}, task done: {done.exists()}")
    with amqp.Connection(f"127.0.0.1:{os.environ['PORT']}", userid="guest", password="guest") as connection:
        connection.channel().queue_purge("work")
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
