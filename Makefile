# What `sam build` calls, one target a function: one cargo build for all of them, then a copy of each binary.
FUNCTIONS := create-order pgk-order upload-file ingest-file fetch-file cancel-order fetch-status \
    received-orders process-order sync-status retry-stuck dispatch-due work-due

.PHONY: release
release:
	cargo build --release --locked $(FUNCTIONS:%=--package %)

build-CreateOrderFunction: release
	cp target/release/create-order "$(ARTIFACTS_DIR)/bootstrap"

build-PgkOrderFunction: release
	cp target/release/pgk-order "$(ARTIFACTS_DIR)/bootstrap"

build-UploadFileFunction: release
	cp target/release/upload-file "$(ARTIFACTS_DIR)/bootstrap"

build-CancelOrderFunction: release
	cp target/release/cancel-order "$(ARTIFACTS_DIR)/bootstrap"

build-FetchStatusFunction: release
	cp target/release/fetch-status "$(ARTIFACTS_DIR)/bootstrap"

build-IngestFileFunction: release
	cp target/release/ingest-file "$(ARTIFACTS_DIR)/bootstrap"

build-FetchFileFunction: release
	cp target/release/fetch-file "$(ARTIFACTS_DIR)/bootstrap"

build-ReceivedOrdersFunction: release
	cp target/release/received-orders "$(ARTIFACTS_DIR)/bootstrap"

build-ProcessOrderFunction: release
	cp target/release/process-order "$(ARTIFACTS_DIR)/bootstrap"

build-SyncStatusFunction: release
	cp target/release/sync-status "$(ARTIFACTS_DIR)/bootstrap"

build-RetryStuckFunction: release
	cp target/release/retry-stuck "$(ARTIFACTS_DIR)/bootstrap"

build-DispatchDueFunction: release
	cp target/release/dispatch-due "$(ARTIFACTS_DIR)/bootstrap"

build-WorkDueFunction: release
	cp target/release/work-due "$(ARTIFACTS_DIR)/bootstrap"
