#!/usr/bin/env bash
# Runs the functions in containers against the local stack: each of them by `sam local invoke`, then the README's walk
# through `sam local start-api`. For machines with a container engine; it is no part of .ci/run. Where no registry can be
# reached it makes the base image itself (as root, by debootstrap). Exit code 2: no container engine, nothing was checked.
set -euo pipefail
cd "$(dirname "$0")/.."

BASE=public.ecr.aws/lambda/provided:al2023-x86_64
# Ports of its own, beside a stack that runs already.
DYNAMODB=28000 S3=29000 CMS=29100 SQS=29324 API=23001 GATEWAY=23000
work=$(mktemp -d)
log=$work/log

if ! docker info > /dev/null 2>&1; then
    echo "sam-local: no container engine answers here (docker info), so nothing was checked"
    exit 2
fi
if ! command -v sam > /dev/null; then
    [ -x .venv/bin/sam ] || { python3 -m venv .venv && .venv/bin/pip install --quiet --disable-pip-version-check aws-sam-cli==1.170.0; }
    export PATH="$PWD/.venv/bin:$PATH"
fi
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local SAM_CLI_TELEMETRY=0

options=(--region us-east-1 --add-host host.docker.internal:host-gateway --env-vars "$work/env.json")
if docker image inspect $BASE > /dev/null 2>&1 || ! timeout 120 docker pull --quiet $BASE > /dev/null 2>&1; then
    options+=(--skip-pull-image)
    if ! docker image inspect $BASE > /dev/null 2>&1; then
        echo "sam-local: no registry can be reached; making $BASE of Debian's packages"
        debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base" > "$log" 2>&1 || { tail "$log"; exit 1; }
        tar -C "$work/base" -c . | docker import \
            --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime' \
            --change 'WORKDIR /var/task' - $BASE > /dev/null
        rm -r "$work/base"
    fi
fi

sam build > "$log" 2>&1 || { tail -20 "$log"; exit 1; }
cargo build --quiet
sed -e "s/:8000/:$DYNAMODB/; s/:9000/:$S3/; s/:9100/:$CMS/; s/:9324/:$SQS/" events/env.json > "$work/env.json"

# A queue that takes every message.
python3 - $SQS <<'PYTHON' &
import http.server, json, sys

class Queue(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        answer = json.dumps({"MessageId": "00000000-0000-4000-8000-000000000000", "MD5OfMessageBody": "0" * 32}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass

http.server.HTTPServer(("0.0.0.0", int(sys.argv[1])), Queue).serve_forever()
PYTHON
queue=$!
target/debug/local --ephemeral --listen 127.0.0.1:$GATEWAY --dynamodb 0.0.0.0:$DYNAMODB --s3 0.0.0.0:$S3 --cms 0.0.0.0:$CMS \
    --tick-seconds 0 > "$work/stack.log" 2>&1 &
stack=$!
api=
trap 'kill $stack $queue $api 2> /dev/null; rm -rf "$work"' EXIT
until curl --silent --output /dev/null http://127.0.0.1:$GATEWAY/v1/card-order; do
    kill -0 $stack 2> /dev/null || { echo "sam-local: the local stack does not start"; cat "$work/stack.log"; exit 1; }
    sleep 0.2
done

checked=0
fail() { echo "sam-local: $1: expected $2, got: $3"; tail -20 "$log"; exit 1; }

# Function, event, and what the answer must hold. `sam local invoke` exits with 0 when the function failed.
while read -r function event want; do
    answer=$(sam local invoke "$function" --event "events/$event.json" "${options[@]}" 2> "$log")
    [[ $answer == *"$want"* ]] || fail "$event" "$want" "$answer"
    echo "sam-local: $event: ok"
    checked=$((checked + 1))
done <<'EVENTS'
CreateOrderFunction create-order \"result\":\"success\"
CreateOrderFunction create-order-invalid ORD001
FetchStatusFunction fetch-status RECEIVED
ReceivedOrdersFunction received-orders ORD-1001
FetchOrderFunction fetch-order-unknown ORD004
ReviewOrderFunction review-order-unknown ORD004
CancelOrderFunction cancel-order cancelled
ListOrdersFunction list-orders ORD-1001
FetchOrderFunction fetch-order-caller ACME
ListOrdersFunction list-orders-invalid ORD001
ListOrdersFunction list-orders-attention AWAITING_APPROVAL
ReviewOrderFunction review-order-invalid ORD001
PgkOrderFunction pgk-order-no-file ORD006
UploadFileFunction upload-file-refused ORD002
FetchFileFunction fetch-file-unknown ORD006
FetchFileFunction fetch-file-list \"exception\":null
IngestFileFunction ingest-file-test-event batchItemFailures
ProcessOrderFunction process-order ORD004
SyncStatusFunction sync-status-all true
RetryStuckFunction retry-stuck true
DispatchDueFunction dispatch-due 2
WorkDueFunction work-due batchItemFailures
AuthorizeFunction authorize-unknown-key Deny
EVENTS
for folder in functions/*; do
    function=$(sed -E 's/(^|-)(.)/\U\2/g' <<< "${folder#functions/}")Function
    grep -q "^$function " "$0" || { echo "sam-local: $function is not checked"; exit 1; }
done

# The README's walk. The header alone says who calls, as on the local stack.
sam local start-api --port $API --warm-containers LAZY --disable-authorizer "${options[@]}" > "$work/api.log" 2>&1 &
api=$!
log=$work/api.log
until curl --silent --output /dev/null http://127.0.0.1:$API/; do
    kill -0 $api || { tail "$log"; exit 1; }
    sleep 0.5
done
target/debug/local sample-pgk --kits 3 --tenant ACME_BANK > "$work/kits.txt"
call() { # route, what the answer must hold, more of curl's arguments
    local answer
    answer=$(curl --silent "http://127.0.0.1:$API/card-order$1" -H 'tenant: ACME_BANK' "${@:3}")
    [[ $answer == *"$2"* ]] || fail "start-api $1" "$2" "$answer"
    echo "sam-local: start-api /card-order$1: ok"
    checked=$((checked + 1))
}
json=(-H 'content-type: application/json' -d)
call "" '"result":"success"' "${json[@]}" '{"orderId": "WALK-1", "branchInfo": {"branchId": "12345"},
    "products": [{"productId": "01", "bin": "87654322", "quantity": 5}]}'
call /fetchStatus RECEIVED "${json[@]}" '{"cardOrderId": "WALK-1"}'
call /uploadFile kits.txt -F "file=@$work/kits.txt"
call /withFile '"result":"success"' "${json[@]}" '{"orderId": "WALK-2", "fileName": "kits.txt",
    "branchInfo": {"branchId": "12345"}, "products": [{"productId": "PROD-001", "bin": "60804012", "quantity": 3}]}'
call /fetchStatus '"noOfCard":3' "${json[@]}" '{"cardOrderId": "WALK-2"}'
call /process true "${json[@]}" '{"cardOrderId": "WALK-2"}'
call /status true "${json[@]}" '{"cardOrderId": "WALK-2"}'
call /fetchStatus SUCCESS "${json[@]}" '{"cardOrderId": "WALK-2"}'
call "" ORD001 "${json[@]}" '{}'
echo "sam-local: $checked checks passed"
