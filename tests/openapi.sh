#!/usr/bin/env bash
# openapi.yaml from outside: it is valid, it breaks no caller of the last tagged version, and the local stack does what it
# says, whatever schemathesis makes up. Installs what it needs from PyPI into target/openapi-venv.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=target/openapi-venv
work=$(mktemp -d)
stack=

finish() {
    status=$?
    if [ -n "$stack" ]; then
        kill -- -"$stack" 2>/dev/null || true
        wait "$stack" 2>/dev/null || true
    fi
    if [ "$status" -ne 0 ] && [ -s "$work/stack.log" ]; then
        echo "The last lines of the stack:"
        tail -20 "$work/stack.log"
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

if ! "$venv/bin/python" -c 'import schemathesis, openapi_spec_validator, yaml' 2>/dev/null; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check openapi-spec-validator==0.9.0 schemathesis==4.32.5 PyYAML==6.0.4
fi

"$venv/bin/openapi-spec-validator" openapi.yaml

"$venv/bin/python" tests/openapi_compatible.py --self-test
if tag=$(git describe --tags --abbrev=0 2>/dev/null) && git show "$tag:openapi.yaml" > "$work/before.yaml" 2>/dev/null; then
    "$venv/bin/python" tests/openapi_compatible.py "$work/before.yaml" openapi.yaml
    echo "openapi.yaml is compatible with $tag"
else
    echo "No tagged version has an openapi.yaml: nothing to be compatible with"
fi

cargo build --quiet --locked
read -r gateway dynamodb s3 cms < <(python3 - <<'PORTS'
import socket

sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(each.getsockname()[1] for each in sockets))
PORTS
)
# A process group of its own, so that cargo and the stack end together.
set -m
cargo run --quiet --locked -- --ephemeral --tick-seconds 0 --listen "127.0.0.1:$gateway" --dynamodb "127.0.0.1:$dynamodb" \
    --s3 "127.0.0.1:$s3" --cms "127.0.0.1:$cms" > "$work/stack.log" 2>&1 < /dev/null &
stack=$!
set +m
for second in $(seq 60); do
    kill -0 "$stack" 2>/dev/null || { echo "The stack did not start"; exit 1; }
    curl --silent --fail --max-time 2 "http://127.0.0.1:$gateway/health" > /dev/null && break
    [ "$second" -lt 60 ] || { echo "The stack does not answer"; exit 1; }
    sleep 1
done

# No 5xx, no answer outside the document, no invalid body taken. What a schema cannot say (tests/openapi/agreement.rs lists
# it) is refused too, so that not every body that is valid by the document is taken.
# Without --authorize the header tenant alone decides, so that no call needs the credential.
sed '/^security:$/,+1d' openapi.yaml > "$work/openapi.yaml"
schemathesis="$PWD/$venv/bin/st"
cd "$work"
run() {
    timeout 400 "$schemathesis" run openapi.yaml --url "http://127.0.0.1:$gateway/v1" --no-color --header 'tenant: ACME_BANK' \
        --mode all --seed 15 --max-examples 30 --generation-database none --request-timeout 30 --suppress-health-check all \
        --warnings off "$@" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method
}
run --phases examples,coverage,fuzzing,stateful
# It starts chains of calls at what looks sure to succeed, which is the uploads. From orders alone it starts at orders.
run --phases stateful --include-tag orders
