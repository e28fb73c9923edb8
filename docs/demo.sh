#!/bin/sh
# One message by LMTP, from our client to our server, on this machine: builds the two programs,
# serves Maildirs in a temporary folder, and delivers to two recipients who exist and one who does
# not. Needs a JDK from 17 on and Maven.
set -eu
cd "$(dirname "$0")/.."

echo "== building (the first time Maven fetches its plugins)"
mvn -q -pl lmtp-client,lmtp-server -am -DskipUnitTests -Dmaven.javadoc.skip=true package
server=$(ls lmtp-server/target/lmtp-server-*-standalone.jar)
client=$(ls lmtp-client/target/lmtp-client-*-standalone.jar)

folder=$(mktemp -d)
serverpid=
finish() {
  if [ -n "$serverpid" ]; then
    kill "$serverpid" 2>/dev/null || true
    wait "$serverpid" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT

echo "== serving"
mkdir -p "$folder/mail/ada" "$folder/mail/grace"
java -jar "$server" --listen "unix:$folder/lmtp.sock" --maildir "$folder/mail/%n" \
  --hostname demo.example >"$folder/ready" &
serverpid=$!
tries=0
until grep -q '^listening on ' "$folder/ready"; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$serverpid" 2>/dev/null; then
    echo "the server did not start" >&2
    exit 1
  fi
  sleep 0.1
done
cat "$folder/ready"

echo "== delivering to ada, grace and nobody"
status=0
java -jar "$client" --to "unix:$folder/lmtp.sock" --from charles@example.org --verbose \
  ada@example.org grace@example.org nobody@example.org <<'MESSAGE' || status=$?
From: Charles <charles@example.org>
To: Ada <ada@example.org>
Subject: Engine

It works.
. Even with a dot at the start of a line.
MESSAGE
echo "== the client's exit status is $status: 69 says that some were rejected, none to be retried"
[ "$status" -eq 69 ]

echo "== what is on disk"
find "$folder/mail" -type f | sort | while read -r file; do
  echo "$file"
  sed 's/^/    /' "$file"
done
[ "$(find "$folder/mail" -type f -path '*/new/*' | wc -l)" -eq 2 ]
