#!/usr/bin/env bash
# Runs the functions in containers by `sam local invoke`, against the local stack: for machines with a container engine
# and the SAM CLI. It is no part of .ci/run. Further arguments go to `sam local invoke` (such as --skip-pull-image).
set -euo pipefail
cd "$(dirname "$0")/.."

if ! docker info > /dev/null 2>&1; then
    echo "sam-local: no container engine answers here, so nothing was checked"
    exit 0
fi
if ! command -v sam > /dev/null; then
    echo "sam-local: the SAM CLI is not installed (pip install aws-sam-cli), so nothing was checked"
    exit 0
fi

export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local SAM_CLI_TELEMETRY=0
sam build
cargo build --quiet
target/debug/local --ephemeral --dynamodb 0.0.0.0:8000 --s3 0.0.0.0:9000 --cms 0.0.0.0:9100 > /dev/null 2>&1 &
stack=$!
trap 'kill $stack' EXIT
sleep 2

# Function, event, and what the answer must hold.
while read -r function event want; do
    answer=$(sam local invoke "$function" -e "events/$event.json" --env-vars events/env.json --region us-east-1 \
        --add-host host.docker.internal:host-gateway "$@" 2> /tmp/sam-local.log)
    if [[ $answer != *"$want"* ]]; then
        echo "sam-local: $event: expected $want, got: $answer"
        tail -20 /tmp/sam-local.log
        exit 1
    fi
    echo "sam-local: $event: ok"
done <<'EVENTS'
CreateOrderFunction create-order \"result\":\"success\"
CreateOrderFunction create-order-invalid ORD001
FetchStatusFunction fetch-status RECEIVED
ReceivedOrdersFunction received-orders ORD-1001
CancelOrderFunction cancel-order cancelled
PgkOrderFunction pgk-order-no-file ORD006
UploadFileFunction upload-file-refused ORD002
FetchFileFunction fetch-file-unknown ORD006
IngestFileFunction ingest-file-test-event batchItemFailures
ProcessOrderFunction process-order ORD004
SyncStatusFunction sync-status-all true
RetryStuckFunction retry-stuck true
WorkDueFunction work-due batchItemFailures
EVENTS
